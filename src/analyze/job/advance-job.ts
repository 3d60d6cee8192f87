import type { ExpectedRun, FindingChange } from '../../domain/judgement.ts';
import { TICK_MS } from '../../domain/time.ts';
import { opinionsOn } from '../detectors/job-detectors.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { advanceExpectedRuns, createDueSource } from '../expected-runs.ts';
import type { DueSource } from '../expected-runs.ts';
import type { Cadence } from '../schedules/due-times.ts';
import type { JobFacts, JobInput } from './job-facts.ts';
import { copyState, freshState, trimState } from './job-state.ts';
import type { JobState, RecentAttempt, RecentRun } from './job-state.ts';
import { viewJob } from './job-view.ts';
import { isAboutLevel, takeMark } from './mark-expected.ts';
import type { ExpectedMark } from './mark-expected.ts';
import { addWindow, isObserved, nextWindow } from './observed.ts';
import { termsOf } from './schedule-terms.ts';
import { scoreRun } from './score-run.ts';
import { assumedPriors, classOf, isOfEngine, priorOf } from './class-priors.ts';
import type { ClassPrior } from './class-priors.ts';
import { forgetEngine, outcomes } from './baseline.ts';
import { resolveAll, settleFindings } from './settle-findings.ts';
import { stateKey } from './state-key.ts';
import { readAttempts, readRuns, rememberAttempt, rememberRun } from './take-runs.ts';

/** What one advance of a job decided. */
export interface JobAdvance {
  state: JobState;
  changes: FindingChange[];
  expectedRuns: ExpectedRun[];
  /** Advance again at this instant even without news; null: only news can change anything. */
  wakeAt: Date | null;
}

/** Rows of the next ticks that wait in the state for their time. */
const KEPT_PENDING = 6;

interface Work {
  state: JobState;
  job: JobFacts;
  cadence: Cadence | null;
  dues: DueSource;
  /** Rows still to come in event time, oldest first. */
  runs: RecentRun[];
  nextRun: number;
  attempts: RecentAttempt[];
  nextAttempt: number;
  /** Marks still to come in event time, oldest first. */
  marks: ExpectedMark[];
  settings: JudgeSettings;
  prior: ClassPrior;
  changes: FindingChange[];
  expectedRuns: ExpectedRun[];
}

/**
 * Judges one job in event time, in ticks, up to the last tick at or before `until`. Pure: it returns a new state and
 * leaves the given one alone. The same rows give the same findings at the same ticks whether they come one by one or
 * together, as long as each is there when its own time is judged; later ones are judged at the next tick. A tick
 * nobody observed is not judged: nothing is raised and nothing resolved then. In live operation news is also judged at
 * `until` itself, so that nobody waits for a tick. `state` null starts a job anew.
 */
export function advanceJob(
  state: JobState | null,
  input: JobInput,
  until: Date,
  settings: JudgeSettings,
): JobAdvance {
  return continueJob(state && copyState(state), input, until, settings);
}

/** As `advanceJob`, for those who need the given state no more: it is changed. */
export function continueJob(
  state: JobState | null,
  input: JobInput,
  until: Date,
  settings: JudgeSettings,
): JobAdvance {
  const end = Math.floor(until.getTime() / TICK_MS) * TICK_MS;
  const work = prepare(state, input, until.getTime(), settings);
  let next = nextTick(work);
  while (next !== null && next <= end) {
    work.state.wake = judgeTick(work, next);
    work.state.tick = next;
    next = nextTick(work);
  }
  if (input.live === true && (nextChange(work) ?? Infinity) <= until.getTime()) {
    work.state.wake = judgeTick(work, until.getTime());
    next = nextTick(work);
  }
  keepPending(work);
  work.state.classKey = classOf(work.job, work.cadence, work.state.baseline);
  trimState(work.state);
  const { changes, expectedRuns } = work;
  return {
    state: work.state,
    changes,
    expectedRuns,
    wakeAt: next === null ? null : new Date(next),
  };
}

/** What is still to come waits in the state. */
function keepPending({ state, runs, attempts, nextRun, nextAttempt }: Work): void {
  for (let i = Math.max(nextRun, runs.length - KEPT_PENDING); i < runs.length; i += 1)
    rememberRun(state, runs[i]!);
  for (let i = Math.max(nextAttempt, attempts.length - KEPT_PENDING); i < attempts.length; i += 1)
    rememberAttempt(state, attempts[i]!);
}

function prepare(
  before: JobState | null,
  input: JobInput,
  until: number,
  settings: JudgeSettings,
): Work {
  const { job } = input;
  const runs = readRuns(input.runs, until);
  const attempts = readAttempts(input.attempts, until);
  const state = before ?? freshState(firstTick(input, runs, until));
  for (const { from, until: to } of input.observedWindows) {
    addWindow(state.windows, from.getTime(), to.getTime());
  }
  noteEngine(state, job);
  noteFacts(state, job, until, runs);
  const waiting = takeWaiting(state);
  const { cadence: rhythm, reading } = termsOf(job.schedule);
  const key = state.classKey === '' ? classOf(job, rhythm, state.baseline) : state.classKey;
  return {
    state,
    job,
    prior: priorOf(input.priors ?? assumedPriors, key),
    cadence: rhythm,
    dues: createDueSource(state, reading, { until, last: input.dueUntil?.getTime() ?? Infinity }),
    runs: merge(waiting.runs, runs, (run) => run.id, byStart),
    nextRun: 0,
    attempts: merge(waiting.attempts, attempts, (a) => `${a.runId}/${a.key}`, byTime),
    nextAttempt: 0,
    marks: (input.marks ?? []).filter(isAboutLevel).sort((a, b) => a.at.getTime() - b.at.getTime()),
    settings,
    changes: [],
    expectedRuns: [],
  };
}

/** Rows that the last call could not judge yet come in again at their time. */
function takeWaiting(state: JobState): Pick<JobState, 'runs' | 'attempts'> {
  const { tick } = state;
  const some = (state.runs.at(-1)?.start ?? 0) > tick;
  const more = (state.attempts.at(-1)?.at ?? 0) > tick;
  return {
    runs: some ? take(state.runs, (run) => run.start > tick && !run.judged) : [],
    attempts: more ? take(state.attempts, (attempt) => attempt.at > tick) : [],
  };
}

/** Takes out what is asked for. */
function take<T>(rows: T[], wanted: (row: T) => boolean): T[] {
  const taken = rows.filter(wanted);
  const left = rows.filter((row) => !wanted(row));
  rows.splice(0, rows.length, ...left);
  return taken;
}

const byStart = (a: RecentRun, b: RecentRun): number => a.start - b.start;
const byTime = (a: RecentAttempt, b: RecentAttempt): number => a.at - b.at;

/** News, in order already, with what waited unless it is news again. */
function merge<T>(
  waiting: readonly T[],
  news: T[],
  key: (row: T) => string,
  order: (a: T, b: T) => number,
): T[] {
  if (waiting.length === 0) return news;
  const known = new Set(news.map(key));
  return [...waiting.filter((row) => !known.has(key(row))), ...news].sort(order);
}

/** Judging starts with the first thing known of the job. */
function firstTick(input: JobInput, runs: readonly RecentRun[], until: number): number {
  const first = Math.min(
    until,
    runs[0]?.start ?? until,
    ...input.observedWindows.map((window) => window.from.getTime()),
  );
  return (Math.ceil(first / TICK_MS) - 1) * TICK_MS;
}

/** A job that has moved to another engine keeps what is known of its data. */
function noteEngine(state: JobState, job: JobFacts): void {
  if (state.classKey === '' || isOfEngine(state.classKey, job)) return;
  forgetEngine(state.baseline);
  state.classKey = '';
}

function noteFacts(
  state: JobState,
  job: JobFacts,
  until: number,
  runs: readonly RecentRun[],
): void {
  const { key } = termsOf(job.schedule);
  const since = job.scheduleSince.getTime() - 1;
  if (state.scheduleKey !== key) {
    const changed = state.scheduleKey !== '';
    state.scheduleKey = key;
    state.dueCursor = Math.max(since, changed ? (state.dueCursor ?? 0) : firstKnown(state, runs));
    if (changed) state.dues = state.dues.filter((due) => due.state !== 'waiting' || due.at < since);
  }
  const factsKey = factsKeyOf(job);
  if (factsKey !== state.factsKey) {
    state.dirty = true;
    state.unspoken = true;
  }
  state.factsKey = factsKey;
  const text = job.problem?.slice(0, 500) ?? null;
  if (text === null) state.problem = null;
  else if (state.problem) state.problem.text = text;
  else state.problem = { text, since: Math.floor(until / TICK_MS) * TICK_MS };
}

const factsKeys = new WeakMap<JobFacts, string>();

/** What of the facts rules look at; found out once for each object, as facts are never changed but replaced. */
function factsKeyOf(job: JobFacts): string {
  const known = factsKeys.get(job);
  if (known !== undefined) return known;
  const { pausedSince, removedAt, rpoSeconds } = job;
  const problem = job.problem?.slice(0, 200);
  const { text } = termsOf(job.schedule);
  const factsKey = stateKey(JSON.stringify([pausedSince, removedAt, problem, rpoSeconds, text]));
  factsKeys.set(job, factsKey);
  return factsKey;
}

function firstKnown(state: JobState, runs: readonly RecentRun[]): number {
  return Math.min(runs[0]?.start ?? state.tick, state.tick);
}

/** The next tick at which anything can differ; null when only news can change something. */
function nextTick(work: Work): number | null {
  const next = nextChange(work);
  const first = work.state.tick + TICK_MS;
  return next === null ? null : Math.max(first, Math.ceil(next / TICK_MS) * TICK_MS);
}

/** The next instant at which anything can differ. */
function nextChange(work: Work): number | null {
  const { state, job } = work;
  const run = work.runs[work.nextRun];
  const attempt = work.attempts[work.nextAttempt];
  const gone = job.removedAt !== null;
  if (gone && state.open.length === 0 && !state.dirty && !run) return null;
  let next = Math.min(
    state.dirty ? state.tick + 1 : Infinity,
    state.wake ?? Infinity,
    run?.start ?? Infinity,
    attempt?.at ?? Infinity,
    job.removedAt?.getTime() ?? Infinity,
    work.marks[0]?.at.getTime() ?? Infinity,
  );
  if (state.problem && state.problem.since > state.tick) next = Math.min(next, state.problem.since);
  for (const known of state.runs) {
    if (!known.judged && known.end !== null) next = Math.min(next, known.end);
  }
  if (work.cadence && !gone) {
    next = Math.min(next, work.dues.next() ?? Infinity);
    for (const due of state.dues) if (due.state === 'waiting') next = Math.min(next, due.deadline);
  }
  return next === Infinity ? null : next;
}

/** Takes in what has happened by this tick and judges it; returns when time alone changes something next. */
function judgeTick(work: Work, now: number): number | null {
  const { state, job } = work;
  const due = (state.wake ?? Infinity) <= now || (state.problem?.since ?? 0) > state.tick;
  const known = work.nextRun + work.nextAttempt;
  takeRows(work, now);
  judgeEnds(work, now);
  takeMarks(work, now);
  const stirred = due || state.dirty || state.unspoken || work.nextRun + work.nextAttempt > known;
  state.dirty = false;
  if (job.removedAt !== null && job.removedAt.getTime() <= now) {
    work.changes.push(...resolveAll(state, now, 'the policy is gone'));
    return null;
  }
  const waiting = work.cadence !== null && expectRuns(work, now);
  if (!isObserved(state.windows, now)) return nextWindow(state.windows, now) ?? now + TICK_MS;
  return stirred || !waiting ? speak(work, now) : state.wake;
}

function takeMarks({ state, marks }: Work, now: number): void {
  for (let mark = marks[0]; mark && mark.at.getTime() <= now; mark = marks[0]) {
    takeMark(state, mark);
    marks.shift();
  }
}

function judgeEnds(work: Work, now: number): void {
  const { state } = work;
  for (let index = 0; index < state.runs.length; index += 1) {
    const run = state.runs[index]!;
    if (run.judged || !hasEnded(run, now)) continue;
    state.runs[index] = judgeEnd(work, run);
    state.unspoken = true;
  }
}

/** True when all that came of it is one more run that is waited for, after one that went well: no rule minds that. */
function expectRuns(work: Work, now: number): boolean {
  const { state, job, dues, cadence: rhythm } = work;
  if (rhythm === null) return false;
  const newest = state.dues.at(-1)?.at ?? -Infinity;
  const waited = countWaiting(state, Infinity);
  work.expectedRuns.push(...advanceExpectedRuns(state, job, dues, rhythm, now));
  const last = state.runs.at(-1);
  const well = last?.judged === true && last.outcome === 'success';
  const answered = (state.dues.at(-2)?.runId ?? null) !== null;
  return well && answered && countWaiting(state, newest) === waited;
}

/** Due times up to an instant that are still waited for. */
function countWaiting({ dues }: JobState, until: number): number {
  let count = 0;
  for (const due of dues) if (due.state === 'waiting' && due.at <= until) count += 1;
  return count;
}

function speak(work: Work, now: number): number | null {
  const { state, job } = work;
  const opinions = opinionsOn(viewJob(state, job, work, now), work.settings, state.unspoken);
  state.unspoken = false;
  work.changes.push(...settleFindings(state, job, opinions, now));
  let wake = Infinity;
  for (const { verdict } of opinions)
    if (verdict.wakeAt !== null && verdict.wakeAt > now) wake = Math.min(wake, verdict.wakeAt);
  return wake === Infinity ? null : wake;
}

function takeRows(work: Work, now: number): void {
  const { state, runs, attempts } = work;
  for (; (runs[work.nextRun]?.start ?? Infinity) <= now; work.nextRun += 1) {
    const run = runs[work.nextRun];
    if (run) rememberRun(state, run);
  }
  for (; (attempts[work.nextAttempt]?.at ?? Infinity) <= now; work.nextAttempt += 1) {
    const attempt = attempts[work.nextAttempt];
    if (attempt) rememberAttempt(state, attempt);
  }
}

function hasEnded(run: RecentRun, now: number): boolean {
  return run.end !== null && run.end <= now && run.outcome !== 'running';
}

function judgeEnd({ state, prior, cadence: rhythm }: Work, run: RecentRun): RecentRun {
  const retried = state.attempts.some((attempt) => attempt.runId === run.id && attempt.failed);
  const intervalSeconds = rhythm?.intervalSeconds ?? null;
  const score = scoreRun(state.baseline, run, { retried, priors: prior.priors, intervalSeconds });
  if (!run.learned) learnOutcome(state, run);
  const good =
    run.outcome === 'success' ||
    (run.outcome === 'partial' && run.volumesFailed) ||
    // Skipped without a complaint, for want of anything new: the copy there is still holds everything.
    (run.outcome === 'skipped' && run.text === null && state.lastGood !== null);
  if (good && run.start > (state.lastGood?.start ?? 0)) {
    state.lastGood = { runId: run.id, start: run.start };
  }
  const { readings, adopted, oddSize } = score;
  return { ...run, readings, adopted, oddSize, judged: true, learned: true };
}

function learnOutcome(state: JobState, run: RecentRun): void {
  const failed = run.outcome === 'failed' || (run.outcome === 'partial' && !run.volumesFailed);
  if (failed || run.outcome === 'success' || run.outcome === 'empty')
    outcomes.learn(state.baseline, failed);
}
