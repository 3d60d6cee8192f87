import type { ExpectedRun } from '../domain/judgement.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../domain/time.ts';
import { MAD_TO_SIGMA } from '../statistics/robust.ts';
import { normalQuantile } from '../statistics/tails.ts';
import { longestUsual } from './job/baseline.ts';
import type { JobFacts } from './job/job-facts.ts';
import { KEPT_DUES } from './job/job-state.ts';
import type { Due, JobState, RecentRun } from './job/job-state.ts';
import { isObserved } from './job/observed.ts';
import type { Cadence } from './schedules/due-times.ts';
import { dueAfter } from './schedules/due-times.ts';
import type { Reading } from './schedules/recurrence.ts';

const LEAST_GRACE_SECONDS = 600;
/** 1; of the interval: what is this little late costs nothing, up to half an hour. */
const LEAST_GRACE_SHARE = 0.05;
const LARGEST_LEAST_GRACE_SECONDS = 1_800;
const GRACE_WITHOUT_HISTORY_SECONDS = 2 * 3_600;
/** The next run may take a little longer than the last, even if that one was unusual. */
const RECENT_FACTOR = 1.2;
/** ln scatter assumed of start delays and durations at least. */
const LEAST_SPREAD = 0.3;
/** Share of days on which chance may delay a start by more than is usual. */
const LATE_SHARE = 0.005;

/**
 * How long after its due time a run may be unseen before it counts as missed: what the job's start delay stays below on
 * 99.5 % of days and its duration in 99.5 % of runs, since some sources show a run only when it ends; at most half the
 * interval, and at least a twentieth of it, between ten minutes and half an hour. With no history two hours, within the
 * same bounds.
 */
export function graceSeconds(
  { runs, baseline }: Pick<JobState, 'runs' | 'baseline'>,
  intervalSeconds: number | null,
): number {
  const last = runs.findLast(({ judged, outcome }) => judged && outcome === 'success');
  const duration = Math.max(longestUsual(baseline), RECENT_FACTOR * (last?.seconds ?? 0));
  const usual =
    duration === 0
      ? GRACE_WITHOUT_HISTORY_SECONDS
      : duration + longestUsualDelay(runs, intervalSeconds);
  const most = intervalSeconds === null ? usual : intervalSeconds / 2;
  return Math.max(leastGraceSeconds(intervalSeconds ?? 0), Math.min(usual, most));
}

function leastGraceSeconds(intervalSeconds: number): number {
  const least = Math.min(LARGEST_LEAST_GRACE_SECONDS, LEAST_GRACE_SHARE * intervalSeconds);
  return Math.max(LEAST_GRACE_SECONDS, least);
}

/** A quantile of the log-normal through the start delays, by how many starts a day has; 0 without any. */
function longestUsualDelay(runs: readonly RecentRun[], intervalSeconds: number | null): number {
  const delays: number[] = [];
  for (const { delay } of runs) if (delay !== null && delay > 0) insert(delays, delay);
  if (delays.length === 0) return 0;
  const { length } = delays;
  const center = (Math.log(delays[(length - 1) >> 1]!) + Math.log(delays[length >> 1]!)) / 2;
  const spread = MAD_TO_SIGMA * medianDistance(delays, center);
  return Math.exp(center + farthestUsual(intervalSeconds) * Math.max(LEAST_SPREAD, spread));
}

/** In spreads of a normal distribution. */
function farthestUsual(intervalSeconds: number | null): number {
  const startsADay = Math.max(1, DAY_MS / SECOND_MS / (intervalSeconds ?? Infinity));
  return normalQuantile(LATE_SHARE / startsADay);
}

/** The median of |ln value − center|, walking outwards from the middle. */
function medianDistance(ascending: readonly number[], center: number): number {
  const { length } = ascending;
  let right = length >> 1;
  let left = right - 1;
  let before = 0;
  let last = 0;
  for (let taken = 0; taken <= length >> 1; taken += 1) {
    before = last;
    const below = left < 0 ? Infinity : center - Math.log(ascending[left]!);
    const above = right < length ? Math.log(ascending[right]!) - center : Infinity;
    if (below < above) left -= 1;
    else right += 1;
    last = Math.min(below, above);
  }
  return length % 2 === 1 ? last : (before + last) / 2;
}

/** Keeps two dozen numbers in order, cheaper than sorting them for every run. */
function insert(ascending: number[], value: number): void {
  let place = ascending.length;
  ascending.push(value);
  for (; place > 0 && ascending[place - 1]! > value; place -= 1)
    ascending[place] = ascending[place - 1]!;
  ascending[place] = value;
}

/** Due times in order, from the state's cursor on; `next` peeks, and an interval counts from the last run. */
export interface DueSource {
  next(): number | null;
  take(): void;
  /** ms; what has not started by then may have started unseen. */
  last: number;
}

export function createDueSource(
  state: JobState,
  reading: Reading,
  span: { until: number; last: number },
): DueSource {
  const { last } = span;
  const source = dueSourceOf(state, reading, span.until);
  if (last === Infinity) return { ...source, last };
  const next = (): number | null => {
    const due = source.next();
    return due !== null && due <= last ? due : null;
  };
  return { ...source, next, last };
}

function dueSourceOf(state: JobState, reading: Reading, until: number): Omit<DueSource, 'last'> {
  if (reading.type === 'interval') {
    const next = (): number | null => {
      const last = state.runs.at(-1);
      const anchor = Math.max(last?.due ?? last?.start ?? 0, state.dueCursor ?? 0);
      return anchor === 0 ? null : anchor + reading.seconds * SECOND_MS;
    };
    return { next, take: () => (state.dueCursor = next()) };
  }
  if (reading.type === 'unknown' || state.dueCursor === null)
    return { next: () => null, take: () => undefined };
  const { recurrence } = reading;
  // The due time past the end tells when to wake.
  const horizon = until + 5 * 366 * DAY_MS;
  let head = dueAfter(recurrence, state.dueCursor, horizon);
  return {
    next: () => head,
    take: () => {
      state.dueCursor = head;
      head = head === null ? null : dueAfter(recurrence, head, horizon);
    },
  };
}

/** A run may start this much before its due time and still answer it: clocks differ. */
export function earlyMs(intervalSeconds: number): number {
  return Math.min(MINUTE_MS, (intervalSeconds * SECOND_MS) / 10);
}

/** Takes the due times that have come, decides what can be decided, and tells what was decided anew. */
export function advanceExpectedRuns(
  state: JobState,
  job: JobFacts,
  source: DueSource,
  cadence: Cadence,
  now: number,
): ExpectedRun[] {
  for (let due = source.next(); due !== null && due <= now; due = source.next()) {
    const deadline = due + graceSeconds(state, cadence.intervalSeconds) * SECOND_MS;
    state.dues.push({
      at: due,
      deadline: deadline <= source.last ? deadline : Infinity,
      state: 'waiting',
      runId: null,
      blocked: isBusy(state.runs, due),
    });
    source.take();
  }
  const decided: ExpectedRun[] = [];
  const { dues } = state;
  for (let index = 0; index < dues.length; index += 1) {
    const before = dues[index]!;
    if (before.runId !== null) continue;
    const nextAt = dues[index + 1]?.at ?? source.next() ?? Number.POSITIVE_INFINITY;
    const due = decide(before, nextAt, state, job, cadence, now);
    dues[index] = due;
    const told = due.state === before.state ? null : expectedRun(due, job, now);
    if (told !== null) decided.push(told);
  }
  while (state.dues.length > KEPT_DUES && state.dues[0]?.state !== 'waiting') state.dues.shift();
  return decided;
}

/** A claim's part in a run of several is due with the whole, which tells of both. */
function expectedRun({ at, state, runId }: Due, job: JobFacts, now: number): ExpectedRun | null {
  const { policyId, jobId, scope } = job;
  if (state === 'waiting' || policyId === null || scope === 'volume') return null;
  return { jobId, policyId, dueAt: new Date(at), state, runId, decidedAt: new Date(now) };
}

function decide(
  due: Due,
  nextAt: number,
  state: JobState,
  job: JobFacts,
  { intervalSeconds }: Cadence,
  now: number,
): Due {
  const index = answering(state.runs, due.at, nextAt, earlyMs(intervalSeconds), now);
  const run = state.runs[index];
  if (run) {
    const delay = Math.max(0, (run.start - due.at) / SECOND_MS);
    const met = delay <= lateAfterSeconds(state.runs, delay, intervalSeconds);
    state.runs[index] = { ...run, delay: met ? delay : null };
    return { ...due, runId: run.id, state: met ? 'met' : 'late' };
  }
  const late = due.state === 'waiting' && now >= due.deadline;
  return late ? { ...due, state: undone(due, state, job) } : due;
}

/** Index of the run that answers a due time: the first to start until the next one, or one that says so; else -1. */
function answering(
  runs: readonly RecentRun[],
  at: number,
  nextAt: number,
  early: number,
  now: number,
): number {
  for (let index = 0; index < runs.length; index += 1) {
    const { start, due } = runs[index]!;
    if (start > now) continue;
    if (start >= at - early && start < nextAt - early) return index;
    if (due !== null && Math.abs(due - at) <= early) return index;
  }
  return -1;
}

/** Starts are late beyond what they stay below on 99.5 % of days, and beyond ten minutes. */
function lateAfterSeconds(
  runs: readonly RecentRun[],
  delay: number,
  intervalSeconds: number,
): number {
  if (delay <= LEAST_GRACE_SECONDS) return LEAST_GRACE_SECONDS;
  return Math.max(LEAST_GRACE_SECONDS, longestUsualDelay(runs, intervalSeconds));
}

function undone(due: Due, state: JobState, job: JobFacts): 'excused' | 'missed' | 'unobserved' {
  const paused = job.pausedSince !== null && job.pausedSince.getTime() <= due.deadline;
  if (paused || due.at < job.scheduleSince.getTime()) return 'excused';
  const seen = isObserved(state.windows, due.at) && isObserved(state.windows, due.deadline);
  return seen ? 'missed' : 'unobserved';
}

/** Whether a run was still going at an instant and none has started since. */
function isBusy(runs: readonly RecentRun[], at: number): boolean {
  const last = runs.findLast((run) => run.start < at);
  return last !== undefined && (last.end === null ? last.outcome === 'running' : last.end > at);
}
