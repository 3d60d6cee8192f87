import { DAY_MS } from '../../domain/time.ts';
import { freshTallies } from './tallies.ts';
import type { Tallies } from './tallies.ts';

/** Days ahead that the chance of a broken RPO is stated for. */
export const HORIZON_DAYS = [1, 7] as const;
/** At least this long between two outlooks that are kept: three and seven share no factor, so all weekdays have turns. */
const EVERY_MS = 3 * DAY_MS;
const LONGEST_MS = HORIZON_DAYS.at(-1)! * DAY_MS;

/** An outlook that waits until its longest horizon is over. */
export interface WaitingOutlook {
  /** ms */
  at: number;
  /** What was weighed, by horizon; null: that one was certain. */
  x: (number[] | null)[];
  /** What was stated then, by horizon; null: that one was certain, or an earlier version kept no statement. */
  stated: (number | null)[];
  /** ms; when the RPO broke for the first time since; null: not yet. */
  brokenAt: number | null;
}

/** A job's newest good copy, and what was said about its future. */
export interface OutlookWatch {
  /** ms; start of the newest good run; null: none has been seen. */
  copyAt: number | null;
  /** The objective that the waiting outlooks are about; null: none. */
  rpoMs: number | null;
  /** Broken among over, by horizon. */
  broken: Tallies;
  waiting: WaitingOutlook[];
}

export function freshWatch(): OutlookWatch {
  return { copyAt: null, rpoMs: null, broken: freshTallies(HORIZON_DAYS.length), waiting: [] };
}

/** Under another objective, what waits can no longer be answered. */
export function followObjective(watch: OutlookWatch, rpoMs: number | null): void {
  if (watch.rpoMs === rpoMs) return;
  watch.rpoMs = rpoMs;
  watch.waiting = [];
}

/** A run that began at `startedAt` was good for something from `endedAt` on. */
export function noteCopy(watch: OutlookWatch, startedAt: number, endedAt: number): void {
  noteBreak(watch, endedAt);
  watch.copyAt = Math.max(watch.copyAt ?? startedAt, startedAt);
}

/** Until `now` there was no newer good copy. */
function noteBreak({ copyAt, rpoMs, waiting }: OutlookWatch, now: number): void {
  if (copyAt === null || rpoMs === null || copyAt + rpoMs > now) return;
  for (const one of waiting) one.brokenAt ??= copyAt + rpoMs;
}

export function isTimeForOutlook({ waiting }: OutlookWatch, at: number): boolean {
  const last = waiting.at(-1);
  return last === undefined || at - last.at >= EVERY_MS;
}

/**
 * Takes out what is over at `now`. A broken RPO is known before one that held; an outlook is answered only when either
 * would be known, or else the broken ones would come first and count too much.
 */
export function takeOver(watch: OutlookWatch, now: number): WaitingOutlook[] {
  noteBreak(watch, now);
  const count = watch.waiting.findIndex(({ at }) => at + LONGEST_MS > now);
  return watch.waiting.splice(0, count < 0 ? watch.waiting.length : count);
}

/** Whether the RPO broke within a horizon, given as its index. */
export function brokeWithin({ at, brokenAt }: WaitingOutlook, horizon: number): 0 | 1 {
  return brokenAt !== null && brokenAt <= at + HORIZON_DAYS[horizon]! * DAY_MS ? 1 : 0;
}
