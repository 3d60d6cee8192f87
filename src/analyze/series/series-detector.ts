import { createParetoTail } from '../../statistics/pareto-tail.ts';
import { combinedSurprise } from '../../statistics/power-mean.ts';
import { createSeriesFigures, FIGURES } from './series-figures.ts';

/** What is said of one row, from that row and those before it. */
export interface SeriesVerdict {
  /** 0..1; from 0.5 on: something new begins here. */
  score: number;
  anomalous: boolean;
}

/** Judges one series row by row, in constant memory; the same rows give the same verdicts. */
export interface SeriesDetector {
  /** `at` in ms, `value` finite. A non-finite value is unknown: null, and nothing is learnt. */
  judge(at: number, value: number): SeriesVerdict | null;
}

/** Rows before anything is said. */
const WARM_UP = 150;
/** Rows after which a row counts 1/e for what is usual. */
const MEMORY = 2_000;
/** −log10 of the combined p value from which on a row is anomalous: the one threshold, for every series. */
const THRESHOLD = 1;
/** After an alert the series stays quiet for so many rows, and so much of what has been seen. */
const QUIET = { rows: 30, share: 0.02 };
/** Surprise beyond the threshold that brings the score half way to 1. */
const HALF_WAY = 1;

export function createSeriesDetector(): SeriesDetector {
  const figures = createSeriesFigures();
  const tails = FIGURES.map(() => createParetoTail(MEMORY));
  let rows = 0;
  let quietUntil = WARM_UP;

  function surpriseOf(at: number, value: number): number {
    const surprises: number[] = [];
    figures.take(at, value).forEach((figure, i) => {
      if (figure === null) return;
      surprises.push(tails[i]!.surprise(figure));
      tails[i]!.learn(figure);
    });
    return combinedSurprise(surprises);
  }

  return {
    judge(at, value) {
      if (!Number.isFinite(value) || !Number.isFinite(at)) return null;
      rows += 1;
      const surprise = surpriseOf(at, value);
      if (rows <= WARM_UP) return { score: 0, anomalous: false };
      const anomalous = surprise >= THRESHOLD && rows > quietUntil;
      if (anomalous) quietUntil = rows + QUIET.rows + QUIET.share * rows;
      return { score: scoreOf(surprise, anomalous), anomalous };
    },
  };
}

/** Below one half: not anomalous, or within the quiet after an alert. */
function scoreOf(surprise: number, anomalous: boolean): number {
  if (anomalous) return 1 - 0.5 * 0.5 ** ((surprise - THRESHOLD) / HALF_WAY);
  return Math.min(0.49, (0.5 * surprise) / THRESHOLD);
}
