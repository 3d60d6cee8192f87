import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { logit } from '../../statistics/logistic-belief.ts';
import { hourBinOf, KEEPS, weekdayOf } from './job-record.ts';
import type { Channel, JobRecord } from './job-record.ts';
import { count, drawn, shareOf } from './pool.ts';
import type { Pool } from './pool.ts';
import { othersOf } from './shared-record.ts';
import type { Others, SharedRecord } from './shared-record.ts';
import { tallyAt } from './tallies.ts';

/** What a forecast weighs, in the order of the weights. Each is about 0 for a job like any other of its class. */
export const FEATURES = [
  'one',
  'class',
  'rateQuick',
  'rateRecent',
  'rateLong',
  'rateEver',
  'follows',
  'streak',
  'cause',
  'weekday',
  'weekdayOfAll',
  'hour',
  'clusterFailing',
  'othersFailing',
  'othersLately',
  'othersToday',
  'slower',
  'slowLast',
  'slowerFactor',
  'lateLast',
  'triesLast',
  'triesLately',
  'full',
  'dueToFail',
  'unfinished',
  'young',
  'missedLast',
] as const;
export type Feature = (typeof FEATURES)[number];

/** A job as the forecast sees it. */
export interface ForecastJob {
  /** Unique within the cluster. */
  key: string;
  /** Jobs alike: engine and cadence. */
  className: string;
}

export interface Surroundings {
  pool: Pool;
  /** All jobs of the cluster. */
  cluster: SharedRecord;
  /** What the job shares with some of them. */
  groups: readonly SharedRecord[];
}

/** Share of failures assumed of a fleet nobody has seen yet. */
const FIRST_GUESS = 0.04;
/** How many results the class speaks for in the first of `KEEPS`; in the others by its strength. */
const QUICK_WEIGHTS = [1, 2] as const;
const LARGEST = 5;

/** The class's share of failures, drawn to the fleet's, drawn to a first guess. */
export function classRate(pool: Pool, job: ForecastJob): number {
  const fleet = shareOf(pool, 'all', FIRST_GUESS, 20);
  return shareOf(pool, `class ${job.className}`, fleet, 30);
}

/** The share of failures this job has shown in the long run, drawn to its class. */
export function usualRate(record: JobRecord, pool: Pool, rate: number): number {
  return drawn(tallyAt(record.rates, 2), rate, pool.strength);
}

/** The shares of failures this job has shown, ever and lately, drawn to its class. */
export function plainRates(record: JobRecord, pool: Pool, rate: number): [number, number] {
  return [
    drawn(tallyAt(record.rates, 3), rate, pool.strength),
    drawn(tallyAt(record.rates, 1), rate, pool.strength),
  ];
}

/** The key of the pooled table of what follows a streak. */
export function streakKey({ results, lastFailed, streak, streakBefore }: JobRecord): string {
  if (results === 0) return 'streak none';
  const now = `${lastFailed ? 'failed' : 'ok'} ${lengthBin(streak)}`;
  return streakBefore === 0 ? `streak ${now}` : `streak ${now} after ${lengthBin(streakBefore)}`;
}

function lengthBin(length: number): number {
  return length <= 3 ? length : length <= 5 ? 4 : length <= 10 ? 6 : length <= 25 ? 11 : 26;
}

/** What is known before the due time `at`, as numbers. */
export function featuresOf(
  job: ForecastJob,
  record: JobRecord,
  around: Surroundings,
  at: number,
): number[] {
  const { pool } = around;
  const rate = classRate(pool, job);
  const base = logit(rate);
  const above = (share: number): number => clip(logit(share) - base);
  const rates = KEEPS.map((_, i) =>
    above(drawn(tallyAt(record.rates, i), rate, QUICK_WEIGHTS[i] ?? pool.strength)),
  );
  const usual = usualRate(record, pool, rate);
  const day = weekdayOf(at);
  return [
    1,
    base,
    ...rates,
    follows(record, pool, rate, above),
    above(shareOf(pool, streakKey(record), record.lastFailed ? rate : usual, 10)),
    causePull(record, pool, rate),
    clip(logit(drawn(tallyAt(record.weekdays, day), usual, 3)) - logit(usual)),
    above(shareOf(pool, `weekday ${day}`, rate, 20)),
    clip(logit(drawn(tallyAt(record.hours, hourBinOf(at)), usual, 4)) - logit(usual)),
    ...fromOthers(record, around, rate, above, at),
    ...fromFigures(record),
    fullness(record),
    dueToFail(record),
    unfinished(record, at) ? 1 : 0,
    1 / (1 + record.results / 3),
    record.lastMissed ? 1 : 0,
  ];
}

function follows(
  record: JobRecord,
  pool: Pool,
  rate: number,
  above: (share: number) => number,
): number {
  if (record.results === 0) return 0;
  const key = record.lastFailed ? 'after failed' : 'after ok';
  const pooled = shareOf(pool, key, rate, 5);
  return above(drawn(tallyAt(record.after, record.lastFailed ? 1 : 0), pooled, 4));
}

/** Whether failures of this cause last longer than failures do. */
function causePull(record: JobRecord, pool: Pool, rate: number): number {
  if (!record.lastFailed || record.cause === null) return 0;
  const usual = shareOf(pool, 'after failed', rate, 5);
  return clip(logit(shareOf(pool, `cause ${record.cause}`, usual, 5)) - logit(usual));
}

function fromOthers(
  record: JobRecord,
  { cluster, groups }: Surroundings,
  rate: number,
  above: (share: number) => number,
  at: number,
): number[] {
  const failing = ({ failing, jobs }: Others): number => above((failing + 2 * rate) / (jobs + 2));
  const all = othersOf(cluster, record, at);
  const near = groups.map((group) => othersOf(group, record, at));
  return [
    failing(all),
    most(near.map(failing)),
    Math.asinh(most([all, ...near].map(({ surprise }) => surprise[0]!))),
    Math.asinh(most([all, ...near].map(({ surprise }) => surprise[1]!))),
  ];
}

function most(values: readonly number[]): number {
  return Math.max(0, ...values);
}

function fromFigures({ seconds, delay, tries }: JobRecord): number[] {
  return [
    Math.asinh(Math.max(0, drift(seconds))),
    Math.asinh(Math.max(0, lastOff(seconds))),
    Math.min(3, Math.max(0, seconds.lately - seconds.level)),
    Math.asinh(Math.max(0, lastOff(delay))),
    Math.max(0, tries.last - tries.level),
    Math.max(0, tries.lately),
  ];
}

/** A figure's scatter is at least this, on the log scale, before a move counts as one. */
const LEAST_SCATTER = 0.05;
const LEAST_HISTORY = 4;

function drift(one: Channel): number {
  if (one.count < LEAST_HISTORY) return 0;
  return (one.lately - one.level) / (one.scatter + LEAST_SCATTER);
}

function lastOff(one: Channel): number {
  if (one.count < LEAST_HISTORY) return 0;
  return (one.last - one.level) / (one.scatter + LEAST_SCATTER);
}

/** 0..1: how near a growing size is to where it failed before. */
export function fullness({ size, fullAt }: JobRecord): number {
  if (fullAt === null || size.count < LEAST_HISTORY) return 0;
  const near = Math.exp(-Math.max(0, fullAt - size.last) / (2 * size.scatter + 0.01));
  return near * Math.min(1, size.scatter / 0.03);
}

/** −0.5..1: how far a job that fails at regular distances is towards its next failure. */
function dueToFail({ lastFailed, streak, upMean, upSquare, upCount }: JobRecord): number {
  if (lastFailed || upCount < 3) return 0;
  const regular = 1 / (1 + (8 * Math.max(0, upSquare - upMean ** 2)) / upMean ** 2);
  return regular * (Math.min(1.5, (streak + 1) / upMean) - 0.5);
}

/** The run before has started and not ended. */
function unfinished({ pending }: JobRecord, at: number): boolean {
  return pending.some(
    (one) => one.at < at && at - one.at < 30 * DAY_MS && at - one.at > HOUR_MS / 60,
  );
}

function clip(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, value));
}

/** Adds a result to the pooled tables; before the record takes it in. */
export function teachPool(
  pool: Pool,
  job: ForecastJob,
  record: JobRecord,
  failed: number,
  dueAt: number,
): void {
  for (const key of poolKeys(job, record, dueAt)) count(pool, key, failed);
}

function poolKeys(job: ForecastJob, record: JobRecord, dueAt: number): string[] {
  const keys = ['all', `class ${job.className}`, streakKey(record), `weekday ${weekdayOf(dueAt)}`];
  if (record.results > 0) keys.push(record.lastFailed ? 'after failed' : 'after ok');
  if (record.lastFailed && record.cause !== null) keys.push(`cause ${record.cause}`);
  return keys;
}
