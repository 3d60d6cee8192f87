import { createSeriesDetector } from '../../src/analyze/series/series-detector.ts';
import { KINDS, labelledSeries } from './labelled-series.ts';
import type { LabelledSeries } from './labelled-series.ts';
import { holdOff, modifiedZ, threeSigma } from './peers.ts';
import type { Rule } from './peers.ts';
import { scoreSeries } from './score-series.ts';

export interface DetectFigures {
  kind: string;
  found: number;
  planted: number;
  falsePerThousandRows: number;
  /** 0: never alerts; 100: every stretch at its first row and nothing else. */
  score: number;
}

/** The rows of a series at which a detector alerts. */
type Detect = (series: LabelledSeries) => number[];

export const DETECTORS: Record<string, Detect> = {
  plimsoll: ({ rows }) => {
    const detector = createSeriesDetector();
    return rowsWhere(rows, ({ at, value }) => detector.judge(at, value)?.anomalous === true);
  },
  '3 sigma of 100, quiet for 100': byRule(threeSigma),
  'modified z of 100, quiet for 100': byRule(modifiedZ),
};

function byRule(make: () => Rule): Detect {
  return ({ rows }) => {
    const rule = holdOff(make(), 100);
    return rowsWhere(rows, ({ value }) => Number.isFinite(value) && rule(value));
  };
}

function rowsWhere<T>(rows: readonly T[], test: (row: T) => boolean): number[] {
  return rows.flatMap((row, i) => (test(row) ? [i] : []));
}

/** Every kind of trouble over the seeds, and all together as the last row. */
export function benchDetect(
  detect: Detect,
  setting: 'tuning' | 'final',
  seeds: readonly number[],
): DetectFigures[] {
  const all = { found: 0, planted: 0, falseAlerts: 0, quietRows: 0, score: 0 };
  const rows = KINDS.map((kind) => {
    const own = { found: 0, planted: 0, falseAlerts: 0, quietRows: 0, score: 0 };
    for (const seed of seeds) {
      const series = labelledSeries(kind, seed, setting);
      const one = scoreSeries(series, detect(series));
      for (const sum of [own, all])
        for (const key of Object.keys(sum) as (keyof typeof sum)[]) sum[key] += one[key];
    }
    return figuresOf(kind, own);
  });
  return [...rows, figuresOf('all', all)];
}

function figuresOf(
  kind: string,
  sum: { found: number; planted: number; falseAlerts: number; quietRows: number; score: number },
): DetectFigures {
  const { found, planted, falseAlerts, quietRows, score } = sum;
  return {
    kind,
    found,
    planted,
    falsePerThousandRows: (1_000 * falseAlerts) / quietRows,
    score: planted === 0 ? Number.NaN : (100 * (score + planted)) / (2 * planted),
  };
}

/** Rows judged a second on this thread. */
export function detectSpeed(): number {
  const series = Array.from({ length: 25 }, (_, seed) => labelledSeries('level', seed, 'final'));
  const rows = series.reduce((sum, one) => sum + one.rows.length, 0);
  for (const one of series) DETECTORS['plimsoll']!(one);
  const from = performance.now();
  for (const one of series) DETECTORS['plimsoll']!(one);
  return (1_000 * rows) / (performance.now() - from);
}
