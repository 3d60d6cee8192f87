import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import type { Calendar } from '../../statistics/seasons.ts';
import { learnRun, readRun } from './baseline.ts';
import type { Baseline, ChannelPriors, Figures } from './baseline.ts';
import type { RecentRun } from './job-state.ts';

export interface ScoreContext {
  /** Failed attempts and the waits between them are in its duration: that says nothing about speed. */
  retried: boolean;
  priors: ChannelPriors;
  intervalSeconds: number | null;
}

/** What a run says compared with the job's history. */
export type RunScore = Pick<RecentRun, 'readings' | 'adopted' | 'oddSize'>;

const UNSCORED: RunScore = { readings: null, adopted: [], oddSize: false };

/** Compares a finished success with the job's history and lets the history learn from it; failures teach no level. */
export function scoreRun(baseline: Baseline, run: RecentRun, context: ScoreContext): RunScore {
  if (run.outcome !== 'success') return UNSCORED;
  const figures = figuresOf(run, context.retried);
  const at = calendarOf(run);
  const readings = readRun(baseline, figures, at, context.priors);
  const oddSize = (readings.logical?.odd ?? false) || (readings.files?.odd ?? false);
  if (run.learned) return { readings, adopted: [], oddSize };
  const hold = heldRuns(context.intervalSeconds);
  const day = Math.floor(run.start / DAY_MS);
  const adopted = learnRun(baseline, figures, at, readings, { day, hold });
  return { readings, adopted, oddSize };
}

/** A full read, and what it stores, is of another kind than other runs. */
function figuresOf(run: RecentRun, retried: boolean): Figures {
  const { seconds, logical, added, files, dedup } = run;
  return {
    duration: run.full || retried ? null : seconds,
    added: run.full ? null : added,
    logical,
    files,
    dedup,
  };
}

/** When a run came, as seasons and exceptions know it. */
export function calendarOf({ start }: RecentRun): Calendar {
  const at = new Date(start);
  return {
    weekday: at.getUTCDay(),
    dayPart: Math.floor(at.getUTCHours() / 3),
    monthDay: at.getUTCDate(),
  };
}

/** Runs after which a level that held is the level: a day of frequent ones, four of rare ones, else eight. */
function heldRuns(intervalSeconds: number | null): number {
  if (intervalSeconds === null) return 8;
  const interval = intervalSeconds * SECOND_MS;
  if (interval > 3 * DAY_MS) return 4;
  return Math.min(24, Math.max(8, Math.ceil(DAY_MS / interval)));
}
