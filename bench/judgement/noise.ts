import type { Random } from '../../src/world/home/random.ts';

/** How a figure scatters around its level; `heavy`, `bursty` and `gamma` are not log-normal on purpose. */
export const NOISES = [
  'log-normal',
  'gamma',
  'heavy',
  'autocorrelated',
  'bursty',
  'laplace',
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
  let last = random.normal();
  return () => {
    last = 0.7 * last + Math.sqrt(1 - 0.49) * random.normal();
    return Math.exp(sigma * last);
  };
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
