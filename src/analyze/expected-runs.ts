import type { Schedule } from '../domain/facts.ts';
import type { ExpectedRun } from '../domain/judgement.ts';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../domain/time.ts';
import { MAD_TO_SIGMA } from '../statistics/robust.ts';
import { longestUsual } from './job/baseline.ts';
import type { JobFacts } from './job/job-facts.ts';
import { KEPT_DUES } from './job/job-state.ts';
import type { Due, JobState, RecentRun } from './job/job-state.ts';
import { isObserved } from './job/observed.ts';
import type { Cadence } from './schedules/due-times.ts';
import { dueTimes, readSchedule } from './schedules/due-times.ts';

const LEAST_GRACE_SECONDS = 600;
const GRACE_WITHOUT_HISTORY_SECONDS = 2 * 3_600;
/** The next run may take a little longer than the last, even if that one was unusual. */
const RECENT_FACTOR = 1.2;
/** ln scatter assumed of start delays and durations at least, and the normal quantile of 99.5 %. */
const LEAST_SPREAD = 0.3;
const Q995 = 2.576;

/**
 * How long after its due time a run may be unseen before it counts as missed: what the job's start delay and duration
 * stay below in 99.5 % of runs, since some sources show a run only when it ends; at most half the interval and at
 * least ten minutes. With no history two hours, within the same bounds.
 */
export function graceSeconds(
  { runs, baseline }: Pick<JobState, 'runs' | 'baseline'>,
  intervalSeconds: number | null,
): number {
  const last = runs.findLast(({ judged, outcome }) => judged && outcome === 'success');
  const duration = Math.max(longestUsual(baseline), RECENT_FACTOR * (last?.seconds ?? 0));
  const usual =
    duration === 0 ? GRACE_WITHOUT_HISTORY_SECONDS : duration + highQuantile(delaysOf(runs));
  const most = intervalSeconds === null ? usual : intervalSeconds / 2;
  return Math.max(LEAST_GRACE_SECONDS, Math.min(usual, most));
}

/** The 99.5 % quantile of a log-normal through the values; 0 without values. */
function highQuantile(values: readonly number[]): number {
  const logs = sorted(values.filter((value) => value > 0).map(Math.log));
  if (logs.length === 0) return 0;
  const center = middleOf(logs);
  const spread = MAD_TO_SIGMA * middleOf(sorted(logs.map((log) => Math.abs(log - center))));
  return Math.exp(center + Q995 * Math.max(LEAST_SPREAD, spread));
}

/** In place, by insertion: two dozen numbers, twice for every run. */
function sorted(values: number[]): number[] {
  for (let i = 1; i < values.length; i += 1) {
    const value = values[i]!;
    let place = i;
    for (; place > 0 && values[place - 1]! > value; place -= 1) values[place] = values[place - 1]!;
    values[place] = value;
  }
  return values;
}

function middleOf(ascending: readonly number[]): number {
  const { length } = ascending;
  return (ascending[(length - 1) >> 1]! + ascending[length >> 1]!) / 2;
}

function delaysOf(runs: readonly RecentRun[]): number[] {
  const delays: number[] = [];
  for (const { delay } of runs) if (delay !== null) delays.push(delay);
  return delays;
}

/** Due times in order, from the state's cursor on; `next` peeks, and an interval counts from the last run. */
export interface DueSource {
  next(): number | null;
  take(): void;
}

export function createDueSource(state: JobState, schedule: Schedule, until: number): DueSource {
  const reading = readSchedule(schedule);
  if (reading.type === 'interval') {
    const next = (): number | null => {
      const last = state.runs.at(-1);
      const anchor = Math.max(last?.due ?? last?.start ?? 0, state.dueCursor ?? 0);
      return anchor === 0 ? null : anchor + reading.seconds * SECOND_MS;
    };
    return { next, take: () => (state.dueCursor = next()) };
  }
  if (state.dueCursor === null) return { next: () => null, take: () => undefined };
  // The due time past the end tells when to wake.
  const horizon = new Date(until + 5 * 366 * DAY_MS);
  const times = dueTimes(schedule, new Date(state.dueCursor), horizon);
  const step = (): number | null => {
    const result = times.next();
    return result.done === true ? null : result.value.getTime();
  };
  let head = step();
  return {
    next: () => head,
    take: () => {
      state.dueCursor = head;
      head = step();
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
    const grace = graceSeconds(state, cadence.intervalSeconds);
    state.dues.push({
      at: due,
      deadline: due + grace * SECOND_MS,
      state: 'waiting',
      runId: null,
      blocked: isBusy(state.runs, due),
    });
    source.take();
  }
  const decided: ExpectedRun[] = [];
  const early = earlyMs(cadence.intervalSeconds);
  state.dues.forEach((before, index) => {
    const nextAt = state.dues[index + 1]?.at ?? source.next() ?? Number.POSITIVE_INFINITY;
    const due = decide(before, nextAt, state, job, early, now);
    if (due === before) return;
    state.dues[index] = due;
    // Due times are kept by policy; the claims of a policy that runs for each apart would contradict each other.
    if (due.state === before.state || due.state === 'waiting') return;
    if (job.policyId === null || (job.scope === 'whole' && job.jobId !== job.policyId)) return;
    decided.push({
      policyId: job.policyId,
      dueAt: new Date(due.at),
      state: due.state,
      runId: due.runId,
      decidedAt: new Date(now),
    });
  });
  while (state.dues.length > KEPT_DUES && state.dues[0]?.state !== 'waiting') state.dues.shift();
  return decided;
}

function decide(
  due: Due,
  nextAt: number,
  state: JobState,
  job: JobFacts,
  early: number,
  now: number,
): Due {
  if (due.runId !== null) return due;
  const index = state.runs.findIndex(
    (r) =>
      r.start <= now &&
      ((r.start >= due.at - early && r.start < nextAt - early) ||
        (r.due !== null && Math.abs(r.due - due.at) <= early)),
  );
  const run = state.runs[index];
  if (run) {
    const delay = Math.max(0, (run.start - due.at) / SECOND_MS);
    const met = delay <= lateAfterSeconds(state.runs, delay);
    state.runs[index] = { ...run, delay: met ? delay : null };
    return { ...due, runId: run.id, state: met ? 'met' : 'late' };
  }
  const late = due.state === 'waiting' && now >= due.deadline;
  return late ? { ...due, state: undone(due, state, job) } : due;
}

/** Starts are late beyond what 99.5 % of them stay below, and beyond ten minutes. */
function lateAfterSeconds(runs: readonly RecentRun[], delay: number): number {
  if (delay <= LEAST_GRACE_SECONDS) return LEAST_GRACE_SECONDS;
  return Math.max(LEAST_GRACE_SECONDS, highQuantile(delaysOf(runs)));
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
