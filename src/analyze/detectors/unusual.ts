import { z } from 'zod';
import type { Evidence } from '../../domain/judgement.ts';
import type { Reading } from '../../statistics/channel.ts';
import type { RecentRun } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { sayTimes } from '../job/phrases.ts';
import { runEvidence } from './detector.ts';

/** Settings of every rule that asks how unlikely a figure is. */
export function surpriseOf(usual: number) {
  return z
    .number()
    .gt(0)
    .max(0.05)
    .default(usual)
    .describe('1; chance gives a run so far out on fewer days than this share of them');
}
export const youngSurprise = z
  .number()
  .gt(0)
  .max(0.05)
  .default(2e-3)
  .describe('1; … with fewer than ten runs, when only gross changes count');

/** Below it a history is young: it tells gross changes only. */
export const YOUNG_RUNS = 10;
const DAY_SECONDS = 86_400;
/** A single run may have been an exception, such as the first upload. */
export const LEAST_RUNS = 2;

export function isYoung({ basis }: Reading): boolean {
  return basis < YOUNG_RUNS;
}

/** Whether chance explains the reading too badly, by the limit for its age. */
export function isUnlikely(
  view: JobView,
  { basis }: Reading,
  probability: number,
  limits: { surprise: number; youngSurprise: number },
): boolean {
  if (basis < LEAST_RUNS) return false;
  if (basis < YOUNG_RUNS) return probability <= limits.youngSurprise;
  const runsADay = DAY_SECONDS / (view.cadence?.intervalSeconds ?? DAY_SECONDS);
  return probability <= limits.surprise / Math.max(1, runsADay);
}

/** The newest success, with how it compares with those before. */
export function lastSuccess(view: JobView): RecentRun | undefined {
  return view.ended.findLast((run) => run.outcome === 'success');
}

/** Neither a weekend nor the first of a month, when full backups are made. */
export function isWorkday({ start }: RecentRun): boolean {
  const at = new Date(start);
  return ![0, 6].includes(at.getUTCDay()) && at.getUTCDate() !== 1;
}

/** `about 4 min, from 12 runs and 212 similar jobs`. */
export function sayBasis(view: JobView, { basis }: Reading): string {
  const own = sayTimes(basis, 'run');
  return view.alike > 1 ? `${own} and ${view.alike} similar jobs` : own;
}

export function runRow(run: RecentRun): { table: string; rowId: string; at: number | null } {
  return { table: run.table, rowId: run.id, at: run.end };
}

/** How unlikely it is by chance, rounded to one digit. */
export function chanceEvidence(view: JobView, run: RecentRun, probability: number): Evidence {
  const rounded = Number(probability.toPrecision(1));
  return runEvidence(view, 'probability by chance', rounded, '1', runRow(run));
}
