import type { CounterSample } from './counter-sum.ts';

/** What a long-lived counter counted since its first sample, as a function of time. */
export interface CounterCurve {
  firstAt: number;
  lastAt: number;
  /** Between two samples on the straight line; before the first zero, after the last the whole. */
  countedUntil(at: number): number;
}

/** Null when there are not two usable samples. What is lost at a reset is taken as nothing. */
export function curveOf(samples: readonly CounterSample[]): CounterCurve | null {
  const usable = samples
    .filter(([at, value]) => Number.isFinite(at) && Number.isFinite(value) && value >= 0)
    .sort((a, b) => a[0] - b[0]);
  const [first] = usable;
  const last = usable.at(-1);
  if (first === undefined || last === undefined || usable.length < 2) return null;
  let previous = first[1];
  let counted = 0;
  const points = usable.map(([at, value]) => {
    counted += value < previous ? value : value - previous;
    previous = value;
    return [at, counted] as const;
  });
  return {
    firstAt: first[0],
    lastAt: last[0],
    countedUntil(at) {
      const next = points.findIndex(([pointAt]) => pointAt >= at);
      if (next === 0) return 0;
      const after = points[next];
      const before = points.at(next === -1 ? -1 : next - 1);
      if (before === undefined || after === undefined) return counted;
      const share = (at - before[0]) / (after[0] - before[0]);
      return before[1] + share * (after[1] - before[1]);
    },
  };
}
