import { DAY_MS, HOUR_MS } from '../../domain/time.ts';

/** What is usual at a time of day and of the week. */
export interface SeasonProfile {
  /** Distance from what is usual now, or from the level where no season is seen; null for the first day. */
  residual(at: number, value: number): number | null;
  learn(at: number, value: number): void;
}

const DAY_BINS = 48;
const WEEK_BINS = 168;
const WEEK_MS = 7 * DAY_MS;
/** A season must lower the mean error by this factor before it is believed. */
const WORTH_IT = 0.9;
/** How quickly the level and the bins follow, a row. */
const RATES = { level: 0.01, day: 0.08, week: 0.15, error: 0.001 };

export function createSeasonProfile(): SeasonProfile {
  const day = new Float64Array(DAY_BINS).fill(Number.NaN);
  const week = new Float64Array(WEEK_BINS).fill(Number.NaN);
  const errors = { level: 0, day: 0, week: 0 };
  let level = Number.NaN;
  let rows = 0;

  return {
    residual(at, value) {
      const daily = day[dayBin(at)]!;
      if (Number.isNaN(daily)) return null;
      const weekly = week[weekBin(at)]!;
      if (Math.min(errors.day, errors.week) >= WORTH_IT * errors.level) return value - level;
      return value - (!Number.isNaN(weekly) && errors.week < errors.day ? weekly : daily);
    },
    learn(at, value) {
      const i = dayBin(at);
      const j = weekBin(at);
      if (Number.isNaN(level)) level = value;
      const daily = day[i]!;
      if (!Number.isNaN(daily)) {
        const weekly = Number.isNaN(week[j]!) ? daily : week[j]!;
        rows += 1;
        const rate = Math.max(1 / rows, RATES.error);
        errors.level += rate * (Math.abs(value - level) - errors.level);
        errors.day += rate * (Math.abs(value - daily) - errors.day);
        errors.week += rate * (Math.abs(value - weekly) - errors.week);
      }
      level += RATES.level * (value - level);
      follow(day, i, value, RATES.day);
      follow(week, j, value, RATES.week);
    },
  };
}

function follow(bins: Float64Array, bin: number, value: number, rate: number): void {
  const known = bins[bin]!;
  bins[bin] = Number.isNaN(known) ? value : known + rate * (value - known);
}

function dayBin(at: number): number {
  return Math.floor(within(at, DAY_MS) / (DAY_MS / DAY_BINS));
}

function weekBin(at: number): number {
  return Math.floor(within(at, WEEK_MS) / HOUR_MS);
}

/** Also right before 1970. */
function within(at: number, length: number): number {
  return ((at % length) + length) % length;
}
