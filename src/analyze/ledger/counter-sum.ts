/** A sample of a counter: Unix seconds, and a value in the counter's unit. */
export type CounterSample = readonly [at: number, value: number];

export interface CounterSum {
  /** Everything counted, beginning at zero with the first sample when `fromZero`. */
  total: number;
  firstAt: number;
  lastAt: number;
  /** How often the counter began again; each time what it counted since the sample before is lost. */
  resets: number;
}

/**
 * What a counter counted, whatever resets it had. With `fromZero` the counter began with the thing it counts, so the
 * first sample is counted whole. Samples may come in any order; values that are no finite numbers ≥ 0 are left out.
 * Null when no sample is left.
 */
export function sumCounter(
  samples: readonly CounterSample[],
  fromZero: boolean,
): CounterSum | null {
  const usable = samples
    .filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value) && value >= 0)
    .sort((a, b) => a[0] - b[0] || a[1] - b[1]);
  const first = usable[0];
  const last = usable.at(-1);
  if (first === undefined || last === undefined) return null;
  const sum: CounterSum = {
    total: fromZero ? first[1] : 0,
    firstAt: first[0],
    lastAt: last[0],
    resets: 0,
  };
  let previous = first[1];
  for (const [, value] of usable.slice(1)) {
    if (value < previous) sum.resets += 1;
    sum.total += value < previous ? value : value - previous;
    previous = value;
  }
  return sum;
}
