import { normalTail } from './tails.ts';

/**
 * How often values without a trend agree as much (Mann 1945, Kendall 1975): the normal approximation to the sum of
 * signs of all pairs, with its correction by one; for at least four values without many ties.
 */
export function trendChance(agreement: number, count: number): number {
  const sum = (agreement * count * (count - 1)) / 2;
  const variance = (count * (count - 1) * (2 * count + 5)) / 18;
  return normalTail((sum - 1) / Math.sqrt(variance));
}

export interface Slope {
  /** Median rise from one value to the next. */
  perStep: number;
  /** Share of pairs that rise minus share that falls, −1..1 (Kendall's tau). */
  agreement: number;
  /** The largest rise between neighbours over the whole rise: 1 is one step, small is a steady creep. */
  largestStep: number;
}

/** The median slope over all pairs (Theil 1950, Sen 1968) of equally spaced values; at least two. */
export function theilSen(values: readonly number[]): Slope {
  const slopes = new Float64Array((values.length * (values.length - 1)) / 2);
  let pairs = 0;
  let agreement = 0;
  for (let i = 0; i < values.length; i += 1) {
    for (let j = i + 1; j < values.length; j += 1) {
      const rise = values[j]! - values[i]!;
      slopes[pairs] = rise / (j - i);
      pairs += 1;
      agreement += Math.sign(rise);
    }
  }
  slopes.sort();
  const middle = slopes.length >> 1;
  const perStep =
    slopes.length % 2 === 1 ? slopes[middle]! : (slopes[middle - 1]! + slopes[middle]!) / 2;
  const whole = values.at(-1)! - values[0]!;
  const steps = values.slice(1).map((value, i) => value - values[i]!);
  const largestStep = whole > 0 ? Math.max(...steps) / whole : 1;
  return { perStep, agreement: agreement / slopes.length, largestStep };
}
