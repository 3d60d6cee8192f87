import { createSortedWindow } from '../../statistics/sorted-window.ts';
import { createSeasonProfile } from './season-profile.ts';
import { createShapeNovelty } from './shape-novelty.ts';

/** The ways a row can be unusual; each grows with how far it is from what went before. */
export const FIGURES = ['shift', 'spread', 'calm', 'season', 'range', 'shape'] as const;

/** Turns a series into figures, row by row. */
export interface SeriesFigures {
  /** In the order of `FIGURES`; null: not to be told yet. */
  take(at: number, value: number): (number | null)[];
}

/** Rows of the lasting and of the short view. */
const WIDE = 256;
const NARROW = 16;
/** The usual spread of the short view follows this slowly, in rows. */
const SPREAD_ROWS = 300;
/** Scales are at least these shares of the range seen, so that a flat series does not shout. */
const LEAST_SCALE = 0.002;
const LEAST_SPREAD = 0.001;

export function createSeriesFigures(): SeriesFigures {
  const wide = createSortedWindow(WIDE);
  const season = createSeasonProfile();
  const shape = createShapeNovelty();
  const recent: number[] = [];
  let rows = 0;
  let usualSpread = 0;
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;

  return {
    take(at, value) {
      rows += 1;
      const span = high > low ? high - low : Math.abs(value) || 1;
      recent.push(value);
      if (recent.length > NARROW) recent.shift();
      const { mean, spread } = momentsOf(recent);
      usualSpread += (spread - usualSpread) * Math.max(1 / rows, 1 / SPREAD_ROWS);
      const least = LEAST_SPREAD * span;
      const ratio = (spread + least) / (usualSpread + least);
      const median = wide.size === 0 ? value : wide.quantile(0.5);
      const sigma = (wide.quantile(0.84) - wide.quantile(0.16)) / 2 || 0;
      const off = season.residual(at, value);
      const beyond = rows === 1 ? 0 : Math.max(0, value - high, low - value);
      const novelty = shape.judge(value);
      const figures = [
        Math.abs(mean - median) / Math.max(sigma, LEAST_SCALE * span, Number.MIN_VALUE),
        ratio,
        1 / ratio,
        off === null ? null : (10 * Math.abs(off)) / span,
        (10 * beyond) / span,
        novelty === null ? null : (10 * novelty) / span,
      ];
      wide.push(value);
      season.learn(at, value);
      low = Math.min(low, value);
      high = Math.max(high, value);
      return figures;
    },
  };
}

function momentsOf(values: readonly number[]): { mean: number; spread: number } {
  let sum = 0;
  for (const value of values) sum += value;
  const mean = sum / values.length;
  let squares = 0;
  for (const value of values) squares += (value - mean) ** 2;
  return { mean, spread: Math.sqrt(squares / values.length) };
}
