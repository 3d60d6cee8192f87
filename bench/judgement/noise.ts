import type { Random } from '../../src/world/home/random.ts';

/** How a figure scatters around its level; most are not log-normal on purpose. The last four are of the final worlds. */
export const NOISES = [
  'log-normal',
  'gamma',
  'heavy',
  'autocorrelated',
  'bursty',
  'laplace',
  'queued',
  'mixture',
  'tidal',
  'weibull',
  'log-logistic',
] as const;
export type Noise = (typeof NOISES)[number];

/** A source of factors with median near 1 and a spread near `sigma` on the log scale. */
export function createNoise(kind: Noise, sigma: number, random: Random): () => number {
  if (kind === 'gamma') return () => gammaFactor(sigma, random);
  if (kind === 'heavy') return () => Math.exp((sigma / 1.3) * studentThree(random));
  if (kind === 'laplace') return () => Math.exp(sigma * laplace(random));
  if (kind === 'bursty') {
    return () => random.lognormal(sigma) * (random.chance(0.02) ? random.between(1.4, 2.2) : 1);
  }
  if (kind === 'log-normal') return () => random.lognormal(sigma);
  if (kind === 'queued')
    return () => random.lognormal(sigma / 2) * (1 - sigma * Math.log(1 - random.next()));
  if (kind === 'mixture')
    return () => random.lognormal(random.chance(0.1) ? 2.2 * sigma : 0.8 * sigma);
  if (kind === 'weibull') return () => weibullFactor(sigma, random);
  if (kind === 'log-logistic') return () => Math.exp(0.55 * sigma * logit(random.next()));
  if (kind === 'tidal') return tidal(sigma, random);
  let last = random.normal();
  return () => {
    last = 0.7 * last + Math.sqrt(1 - 0.49) * random.normal();
    return Math.exp(sigma * last);
  };
}

/** A slow wave of a few weeks beside scatter of its own. */
function tidal(sigma: number, random: Random): () => number {
  const period = random.between(15, 60);
  let step = random.between(0, period);
  return () => {
    step += 1;
    return Math.exp(
      0.8 * sigma * (Math.sin((2 * Math.PI * step) / period) + random.normal() * 0.85),
    );
  };
}

/** Short runs are likelier than long ones are, log scale: the mirror of most noises. */
function weibullFactor(sigma: number, random: Random): number {
  const shape = 1.28 / sigma;
  return (-Math.log(1 - random.next()) / Math.LN2) ** (1 / shape);
}

function logit(uniform: number): number {
  const inside = Math.min(1 - 1e-6, Math.max(1e-6, uniform));
  return Math.log(inside / (1 - inside));
}

/** Marsaglia and Tsang, ACM TOMS 26 (2000); shape 1/σ² gives a relative spread of σ. */
function gammaFactor(sigma: number, random: Random): number {
  const shape = Math.max(1, 1 / sigma ** 2);
  const d = shape - 1 / 3;
  const c = 1 / Math.sqrt(9 * d);
  for (;;) {
    const x = random.normal();
    const v = (1 + c * x) ** 3;
    if (v <= 0) continue;
    if (Math.log(1 - random.next()) < 0.5 * x * x + d - d * v + d * Math.log(v))
      return (d * v) / shape;
  }
}

/** Student t with three degrees of freedom, cut at 12: about one value in a hundred lies beyond 4.5. */
function studentThree(random: Random): number {
  const chi = random.normal() ** 2 + random.normal() ** 2 + random.normal() ** 2;
  return Math.max(-12, Math.min(12, random.normal() / Math.sqrt(chi / 3)));
}

/** Two-sided exponential with a spread near 1: tails between the normal and Student's. */
function laplace(random: Random): number {
  const size = -Math.log(1 - random.next()) / 1.2;
  return random.chance(0.5) ? size : -size;
}
