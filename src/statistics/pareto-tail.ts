/**
 * How rare a figure is among those before it: an exponentially fading histogram on a logarithmic scale, and beyond its
 * 95 % quantile a Pareto tail by Hill's estimator, since no history of its own shows one in a million. O(1) memory.
 */
export interface ParetoTail {
  /** −log10 of the probability that a figure is at least `value`; 0..`MOST_SURPRISE`. Looks, does not learn. */
  surprise(value: number): number;
  /** Takes a figure in; ≥ 0, in any unit that `scale` of the tail fits. */
  learn(value: number): void;
}

const BINS = 160;
const BINS_PER_E = 10;
const TAIL = 0.05;
const MOST_SURPRISE = 30;
const REFRESH = 16;
/** A tail is never thought thinner: mean excess on the logarithmic scale. */
const THINNEST = 0.06;
/** What the first guess of the mean excess is worth, in figures beyond the quantile. */
const PRIOR_EXCESS = { weight: 4, mean: 0.25 };

/** `memory`: figures after which a figure counts 1/e. */
export function createParetoTail(memory: number): ParetoTail {
  const keep = 1 - 1 / memory;
  const counts = new Float64Array(BINS);
  let unit = 1;
  let total = 0;
  let learned = 0;
  let start = Number.POSITIVE_INFINITY;
  let excess = PRIOR_EXCESS.mean;

  function refresh(): void {
    let above = 0;
    let bin = BINS - 1;
    let sum = 0;
    for (; bin > 0 && above + counts[bin]! < TAIL * total; bin -= 1) {
      above += counts[bin]!;
      sum += counts[bin]! * bin;
    }
    start = (bin + 1) / BINS_PER_E;
    const over = sum / BINS_PER_E + (0.5 / BINS_PER_E) * above - start * above;
    const { weight, mean } = PRIOR_EXCESS;
    const scaled = above / unit;
    excess = Math.max(THINNEST, (over / unit + weight * mean) / (scaled + weight));
  }

  return {
    surprise(value) {
      if (total === 0) return 0;
      const at = logOf(value);
      if (at > start)
        return Math.min(MOST_SURPRISE, -Math.log10(TAIL) + (at - start) / excess / Math.LN10);
      let above = 0;
      const bin = Math.min(BINS - 1, Math.floor(at * BINS_PER_E));
      for (let i = BINS - 1; i >= bin; i -= 1) above += counts[i]!;
      return Math.max(0, -Math.log10(Math.min(1, above / total)));
    },
    learn(value) {
      const bin = Math.min(BINS - 1, Math.floor(logOf(value) * BINS_PER_E));
      // Fading the past is growing the present.
      unit /= keep;
      counts[bin]! += unit;
      total += unit;
      learned += 1;
      if (unit > 1e100) {
        for (let i = 0; i < BINS; i += 1) counts[i]! /= unit;
        total /= unit;
        unit = 1;
      }
      if (learned % REFRESH === 0 || learned < REFRESH) refresh();
    },
  };
}

function logOf(value: number): number {
  return Math.log1p(1_000 * value);
}
