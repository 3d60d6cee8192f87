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
