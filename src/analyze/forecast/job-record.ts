import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { freshWatch } from './outlook-watch.ts';
import type { OutlookWatch } from './outlook-watch.ts';
import { addResult, freshTallies } from './tallies.ts';
import type { Tallies } from './tallies.ts';

/** How a figure of a job runs: its level, its usual scatter, and where it has been lately. */
export interface Channel {
  count: number;
  level: number;
  /** Mean distance from the level. */
  scatter: number;
  lately: number;
  last: number;
}

/** A forecast that waits for its outcome. */
export interface Pending {
  /** ms; the due time, or the start where nothing was due. */
  at: number;
  x: number[];
  /** As stated, after recalibration. */
  probability: number;
  /** Before it: as a mix of the two below. */
  raw: number;
  weighted: number;
  plain: [number, number];
}

/** Everything a job's forecast rests on; a few hundred bytes, whatever the length of its history. */
export interface JobRecord {
  results: number;
  lastFailed: boolean;
  lastMissed: boolean;
  lastAt: number;
  /** Results in a row like the last one. */
  streak: number;
  /** The same for the stretch before it. */
  streakBefore: number;
  /** By `KEEPS`. */
  rates: Tallies;
  /** After a success, after a failure. */
  after: Tallies;
  /** Sunday first, UTC. */
  weekdays: Tallies;
  /** Three hours each, UTC. */
  hours: Tallies;
  seconds: Channel;
  delay: Channel;
  tries: Channel;
  size: Channel;
  /** Log size at failures that came with one; null before the first. */
  fullAt: number | null;
  /** Successes in a row before a failure: mean and mean square. */
  upMean: number;
  upSquare: number;
  upCount: number;
  /** What the last failure said, as a key; null: nothing or no failure. */
  cause: string | null;
  /** Own part of the shared sums, by `FADES`, moved to `sharedAt`. */
  own: { excess: number; variance: number }[];
  sharedAt: number;
  pending: Pending[];
  outlook: OutlookWatch;
}

/** Share of a tally that each further result leaves: from quick to lasting memory. */
export const KEEPS = [0.6, 0.9, 0.98, 1] as const;
/** The same for what follows what, and for days and hours. */
const KEEP_SLOW = 0.985;

export interface Result {
  at: number;
  /** The due time, or the start where nothing was due. */
  dueAt: number;
  failed: boolean;
  missed: boolean;
  /** Null: not known. */
  seconds: number | null;
  delaySeconds: number | null;
  /** Failed tries and warnings on the way. */
  tries: number;
  bytes: number | null;
  cause: string | null;
}

/** Added before the logarithm, so that small figures do not scatter without end. */
const SECONDS_FLOOR = 1;
const DELAY_FLOOR = 10;

const channel = (): Channel => ({ count: 0, level: 0, scatter: 0, lately: 0, last: 0 });

export function freshRecord(fades: number): JobRecord {
  return {
    results: 0,
    lastFailed: false,
    lastMissed: false,
    lastAt: 0,
    streak: 0,
    streakBefore: 0,
    rates: freshTallies(KEEPS.length),
    after: freshTallies(2),
    weekdays: freshTallies(7),
    hours: freshTallies(8),
    seconds: channel(),
    delay: channel(),
    tries: channel(),
    size: channel(),
    fullAt: null,
    upMean: 0,
    upSquare: 0,
    upCount: 0,
    cause: null,
    own: Array.from({ length: fades }, () => ({ excess: 0, variance: 0 })),
    sharedAt: 0,
    pending: [],
    outlook: freshWatch(),
  };
}

export function weekdayOf(at: number): number {
  return (Math.floor(at / DAY_MS) + 4) % 7;
}

export function hourBinOf(at: number): number {
  return Math.floor((at % DAY_MS) / (3 * HOUR_MS));
}

/** Takes one result in; a run's figures count only when it succeeded, since failures cut them short. */
export function noteResult(record: JobRecord, result: Result): void {
  const failed = result.failed ? 1 : 0;
  if (record.results > 0) addResult(record.after, record.lastFailed ? 1 : 0, failed, KEEP_SLOW);
  KEEPS.forEach((keep, i) => addResult(record.rates, i, failed, keep));
  addResult(record.weekdays, weekdayOf(result.dueAt), failed, KEEP_SLOW);
  addResult(record.hours, hourBinOf(result.dueAt), failed, KEEP_SLOW);
  noteStreak(record, result.failed);
  if (result.failed) record.cause = result.missed ? 'missed' : result.cause;
  if (result.failed && result.bytes !== null && result.bytes > 0) noteFull(record, result.bytes);
  if (!result.failed && result.seconds !== null)
    noteFigure(record.seconds, Math.log(result.seconds + SECONDS_FLOOR));
  if (!result.failed && result.bytes !== null)
    noteFigure(record.size, Math.log(result.bytes + 4_096));
  if (result.delaySeconds !== null)
    noteFigure(record.delay, Math.log(Math.max(0, result.delaySeconds) + DELAY_FLOOR));
  if (!result.missed) noteFigure(record.tries, Math.log(1 + result.tries));
  record.results += 1;
  record.lastFailed = result.failed;
  record.lastMissed = result.missed;
  record.lastAt = result.at;
}

/** How long good runs usually take; 0 before the first. */
export function runSecondsOf({ seconds }: JobRecord): number {
  return seconds.count === 0 ? 0 : Math.max(0, Math.exp(seconds.level) - SECONDS_FLOOR);
}

/** How long after their due time runs usually start; 0 before the first. */
export function delaySecondsOf({ delay }: JobRecord): number {
  return delay.count === 0 ? 0 : Math.max(0, Math.exp(delay.level) - DELAY_FLOOR);
}

function noteStreak(record: JobRecord, failed: boolean): void {
  if (record.results > 0 && failed === record.lastFailed) {
    record.streak += 1;
    return;
  }
  if (failed && record.results > 0) {
    const share = 1 / Math.min(record.upCount + 1, 8);
    record.upMean += share * (record.streak - record.upMean);
    record.upSquare += share * (record.streak ** 2 - record.upSquare);
    record.upCount += 1;
  }
  record.streakBefore = record.streak;
  record.streak = 1;
}

function noteFull(record: JobRecord, bytes: number): void {
  const at = Math.log(bytes + 4_096);
  record.fullAt = record.fullAt === null ? at : record.fullAt + 0.3 * (at - record.fullAt);
}

function noteFigure(one: Channel, value: number): void {
  if (!Number.isFinite(value)) return;
  if (one.count === 0) one.lately = value;
  const slow = Math.max(1 / (one.count + 1), 0.04);
  const off = value - one.level;
  if (one.count > 0) {
    const usual = one.count < 4 ? Math.abs(off) : Math.min(Math.abs(off), 4 * one.scatter + 0.05);
    one.scatter += Math.max(1 / one.count, 0.04) * (usual - one.scatter);
  }
  one.level += slow * off;
  one.lately += 0.4 * (value - one.lately);
  one.last = value;
  one.count += 1;
}
