/** The value below which a fraction `q` (0..1) of the numbers lie, by linear interpolation; NaN when empty. */
export function quantile(values: readonly number[], q: number): number {
  const sorted = Float64Array.from(values).sort();
  const position = (sorted.length - 1) * q;
  const low = sorted[Math.floor(position)] ?? Number.NaN;
  const high = sorted[Math.ceil(position)] ?? Number.NaN;
  return low + (high - low) * (position - Math.floor(position));
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** Makes the median absolute deviation an estimate of a normal distribution's standard deviation. */
export const MAD_TO_SIGMA = 1.4826;

/** Spread that outliers do not move, in units of a standard deviation; 0 for fewer than two values. */
export function robustSpread(values: readonly number[], center: number = median(values)): number {
  if (values.length < 2) return 0;
  return MAD_TO_SIGMA * median(values.map((value) => Math.abs(value - center)));
}

/** Between the 10 % and the 90 % quantile lie this many standard deviations of a normal distribution. */
const DECILES_TO_SIGMA = 2.563;

/** The larger of the MAD's and the deciles' estimate: a tenth of the values may lie far out, and then it counts. */
export function wideSpread(values: readonly number[], center: number = median(values)): number {
  if (values.length < 2) return 0;
  const deciles = (quantile(values, 0.9) - quantile(values, 0.1)) / DECILES_TO_SIGMA;
  return Math.max(robustSpread(values, center), deciles);
}

export interface Prior {
  /** Spread assumed before any value was seen. */
  spread: number;
  /** How many values the assumption is worth. */
  weight: number;
}

/** A job's own spread pooled with a prior: s² = (v₀·s₀² + n·s²) / (v₀ + n). */
export function pooledSpread(prior: Prior, count: number, spread: number): number {
  const { weight } = prior;
  return Math.sqrt((weight * prior.spread ** 2 + count * spread ** 2) / (weight + count));
}
