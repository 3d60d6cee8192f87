import type { LabelledSeries } from './labelled-series.ts';

/** What one detector made of one series; alerts within the first 15 % of rows, at most 750, do not count. */
export interface SeriesScore {
  planted: number;
  found: number;
  /** Alerts outside the planted stretches. */
  falseAlerts: number;
  /** Rows that count and are not planted. */
  quietRows: number;
  /**
   * A sum in the manner of the NAB: for each stretch its earliest alert, 1 at its beginning down to 0 at its end, −1 when
   * there is none; −0.11 for each false alert, less right behind a stretch.
   */
  score: number;
}

const PROBATION = { share: 0.15, most: 750 };
const FALSE_ALERT = 0.11;

export function scoreSeries(series: LabelledSeries, alerts: readonly number[]): SeriesScore {
  const { rows } = series;
  const probation = Math.min(PROBATION.most, Math.floor(PROBATION.share * rows.length));
  const windows = series.windows.filter(([, to]) => to >= probation);
  const counted = alerts.filter((row) => row >= probation);
  let score = 0;
  let found = 0;
  for (const [from, to] of windows) {
    const first = counted.find((row) => row >= from && row <= to);
    if (first !== undefined) found += 1;
    score += first === undefined ? -1 : reward(-(to - first + 1) / (to - from + 1)) / reward(-1);
  }
  const falseOnes = counted.filter(
    (row) => !series.windows.some(([from, to]) => row >= from && row <= to),
  );
  for (const row of falseOnes) {
    const before = series.windows.findLast(([, to]) => to < row);
    score += FALSE_ALERT * (before ? reward((row - before[1]) / (before[1] - before[0])) : -1);
  }
  const planted = windows.reduce((sum, [from, to]) => sum + to - from + 1, 0);
  return {
    planted: windows.length,
    found,
    falseAlerts: falseOnes.length,
    quietRows: rows.length - probation - planted,
    score,
  };
}

/** 0.99 at the left edge (−1), 0 at the right edge (0), −0.99 a stretch's length behind it. */
function reward(position: number): number {
  return position > 3 ? -1 : 2 / (1 + Math.exp(5 * position)) - 1;
}
