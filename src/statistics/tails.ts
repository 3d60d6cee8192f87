/** How often residuals lie far out, fitted over many series (the idea of SPOT: Siffer and others, KDD 2017). */
export interface TailFit {
  /** Share of values more than `TAIL_FROM` spreads out on this side. */
  share: number;
  /** Mean excess beyond it, in spreads; the tail falls as exp(−excess / this). */
  excess: number;
}

/** From here on the pooled tail speaks, in spreads; what lies beyond `TAIL_UNTIL` may be a fault and is not fitted. */
export const TAIL_FROM = 2;
export const TAIL_UNTIL = 5;

/** The probability of a value at least `z` spreads out by the fitted tail; 1 below its start. */
export function fittedTail({ share, excess }: TailFit, z: number): number {
  return z <= TAIL_FROM ? 1 : Math.min(1, share * Math.exp((TAIL_FROM - z) / excess));
}

const WIDTH = TAIL_UNTIL - TAIL_FROM;
/** A tail fitted heavier than this holds faults that nobody marked. */
export const LARGEST_EXCESS = 1;
export const LARGEST_SHARE = 0.06;

const LARGEST_MEAN = LARGEST_EXCESS - WIDTH / Math.expm1(WIDTH / LARGEST_EXCESS);
const LEAST_STEP = 1e-12;
/** The answer is one of so fine a grid, so that its last digits do not hang on how it was found. */
const GRAIN = 2 ** -30;

/** The exponential mean excess whose values cut off at `TAIL_UNTIL` have this mean: m = β − w / (e^(w/β) − 1). */
export function untruncatedExcess(mean: number): number {
  if (mean >= LARGEST_MEAN) return LARGEST_EXCESS;
  if (mean <= 0) return GRAIN / 2;
  let excess = mean;
  // Newton's steps: m is concave in β and less than it, so that they only ever rise.
  for (let step = 1; step > LEAST_STEP; excess += step) {
    const ratio = WIDTH / excess;
    const grown = Math.expm1(ratio);
    const slope = 1 - (ratio * ratio * (1 + 1 / grown)) / grown;
    step = (mean - excess + WIDTH / grown) / slope;
  }
  return (Math.floor(excess / GRAIN) + 0.5) * GRAIN;
}

/** P(Z ≥ z) of the standard normal: Abramowitz and Stegun 26.2.17, to 7.5e-8. */
export function normalTail(z: number): number {
  if (z < 0) return 1 - normalTail(-z);
  const t = 1 / (1 + 0.231_641_9 * z);
  const sum =
    t *
    (0.319_381_53 +
      t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return (sum * Math.exp((-z * z) / 2)) / Math.sqrt(2 * Math.PI);
}

/** The z that a standard normal exceeds with this probability, 0 < p ≤ 0.5: Abramowitz and Stegun 26.2.23, to 4.5e-4. */
export function normalQuantile(p: number): number {
  const t = Math.sqrt(-2 * Math.log(p));
  const above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
  return t - above / (1 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308)));
}

/** P(T ≥ t) of Student's t, t ≥ 0: half the regularised incomplete beta function of dof/2 and 1/2. */
export function studentTail(t: number, degrees: number): number {
  const x = degrees / (degrees + t * t);
  return 0.5 * incompleteBeta(x, degrees / 2, 0.5);
}

/** Continued fraction of Lentz (Numerical Recipes 6.4); its swap for large x keeps it quick. */
function incompleteBeta(x: number, a: number, b: number): number {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  if (x > (a + 1) / (a + b + 2)) return 1 - incompleteBeta(1 - x, b, a);
  const front = Math.exp(a * Math.log(x) + b * Math.log1p(-x) - logBeta(a, b)) / a;
  let d = 1 / (1 - ((a + b) * x) / (a + 1));
  let c = 1;
  let fraction = d;
  for (let m = 1; m < 200; m += 1) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / (1 + even * d);
    c = 1 + even / c;
    fraction *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / (1 + odd * d);
    c = 1 + odd / c;
    fraction *= d * c;
    if (Math.abs(d * c - 1) < 1e-10) break;
  }
  return front * fraction;
}

function logBeta(a: number, b: number): number {
  return logGamma(a) + logGamma(b) - logGamma(a + b);
}

/** Stirling's series after stepping up to 8: thirteen digits for x > 0. */
function logGamma(given: number): number {
  let x = given;
  let product = 1;
  for (; x < 8; x += 1) product *= x;
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - Math.log(product);
}

/** P(at least k of n) for independent chances p. */
export function binomialTail(k: number, n: number, p: number): number {
  if (k <= 0) return 1;
  if (p <= 0) return 0;
  let below = 0;
  let term = (1 - p) ** n;
  for (let i = 0; i < k; i += 1) {
    below += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return below > 0.5 ? tailFrom(k, n, p) : 1 - below;
}

/** Summed from the tail itself, where 1 − the rest would lose its digits. */
function tailFrom(k: number, n: number, p: number): number {
  const choose = logGamma(n + 1) - logGamma(k + 1) - logGamma(n - k + 1);
  let term = Math.exp(choose + k * Math.log(p) + (n - k) * Math.log1p(-p));
  let sum = 0;
  for (let i = k; i <= n; i += 1) {
    sum += term;
    term *= ((n - i) / (i + 1)) * (p / (1 - p));
  }
  return sum;
}
