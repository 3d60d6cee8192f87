import type { ExpectedRun } from '../../domain/judgement.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { JobFacts, JobRun } from '../job/job-facts.ts';
import { dueTimes, nextDue } from '../schedules/due-times.ts';
import type { ForecastBook, JobNote } from './forecast-state.ts';
import type { KnownJob } from './forecaster.ts';
import type { Result } from './job-record.ts';
import { intervalOf, knownJob } from './known-job.ts';
import { causeKey, failedOf } from './run-outcome.ts';
import { countVerified } from './verified-days.ts';

/** What is new since the last pass. */
export interface ForecastNews {
  at: number;
  /** Jobs that live, by id. */
  jobs: ReadonlyMap<string, JobFacts>;
  runs: ReadonlyMap<string, readonly JobRun[]>;
  expectedRuns: readonly ExpectedRun[];
}

const KEPT_SETTLED = 8;
const NONE: readonly JobRun[] = [];
const NOTHING: readonly Event[] = [];
/** Due times caught up with at once; what lies further back was not watched. */
const MOST_DUES = 1_000;
/** Plain, for a first contact has hundreds of thousands of them. */
interface Event {
  at: number;
  /** 0: states a probability, 1: brings an outcome. */
  order: 0 | 1;
  job: JobFacts;
  /** The run that ended, or the due time that was missed; null where a probability is stated. */
  outcome: JobRun | Date | null;
}

export function playEvent(book: ForecastBook, { at, job, outcome }: Event): void {
  if (outcome === null) expectRun(book, knownJob(job), at);
  else if (outcome instanceof Date) settleMissed(book, job, outcome, at);
  else settleRun(book, job, outcome);
}

/** What has happened since the last pass, in event time; `touched` gets the jobs it happened to. */
export function forecastEvents(
  book: ForecastBook,
  news: ForecastNews,
  touched: Set<string>,
): Event[] {
  const events: Event[] = [];
  for (const job of news.jobs.values())
    for (const event of eventsOf(book, job, news, touched)) events.push(event);
  for (const event of missedEvents(news, touched)) events.push(event);
  return events.sort(
    (a, b) => a.at - b.at || a.order - b.order || (a.job.jobId < b.job.jobId ? -1 : 1),
  );
}

/** Due times that have come and runs that have ended, each once. */
function eventsOf(
  book: ForecastBook,
  job: JobFacts,
  news: ForecastNews,
  touched: Set<string>,
): readonly Event[] {
  const { jobId } = job;
  const runs = news.runs.get(jobId) ?? NONE;
  const note = book.notes.get(jobId) ?? firstNote(job, runs, news.at);
  book.notes.set(jobId, note);
  if (followSchedule(note, job, news.at) === 'off') book.forecaster.forgetOutlooks(jobId);
  if (runs.length === 0 && (note.dueAt === null || note.dueAt > news.at)) return NOTHING;
  const events = dueEvents(job, note, news.at);
  for (const run of runs) {
    if (note.settled.includes(run.runId) || !hasEnded(run, news.at)) continue;
    note.settled.push(run.runId);
    if (note.settled.length > KEPT_SETTLED) note.settled.shift();
    const at = run.endedAt?.getTime() ?? run.startedAt.getTime();
    events.push({ at, order: 1, job, outcome: run });
  }
  if (events.length > 0) touched.add(jobId);
  return events;
}

function firstNote(job: JobFacts, runs: readonly JobRun[], at: number): JobNote {
  const from = runs.reduce(
    (least, { startedAt }) => Math.min(least, startedAt.getTime() - MINUTE_MS),
    at,
  );
  const due = nextDue(job.schedule, new Date(from));
  const lastGoodAt = job.lastSuccessAt?.getTime() ?? null;
  return {
    dueAt: due?.getTime() ?? null,
    lastGoodAt,
    settled: [],
    told: null,
    schedule: scheduleKey(job),
  };
}

/** A paused job has no next due time; a new schedule counts from now. Tells what it went over to, null: nothing. */
function followSchedule(note: JobNote, job: JobFacts, now: number): string | null {
  const off = job.pausedSince !== null || job.removedAt !== null;
  const schedule = off ? 'off' : scheduleKey(job);
  if (note.schedule === schedule) return null;
  note.schedule = schedule;
  note.dueAt = off ? null : (nextDue(job.schedule, new Date(now))?.getTime() ?? null);
  return schedule;
}

function scheduleKey({ schedule }: JobFacts): string {
  if (schedule.type === 'cron') return `${schedule.timeZone} ${schedule.expression}`;
  return schedule.type === 'interval' ? String(schedule.seconds) : schedule.type;
}

function dueEvents(job: JobFacts, note: JobNote, now: number): Event[] {
  const events: Event[] = [];
  if (note.dueAt === null || note.dueAt > now) return events;
  const until = new Date(now + 400 * DAY_MS);
  let due: number | null = note.dueAt;
  for (const next of dueTimes(job.schedule, new Date(note.dueAt), until)) {
    if (due > now) break;
    if (events.length < MOST_DUES) events.push({ at: due, order: 0, job, outcome: null });
    due = next.getTime();
  }
  note.dueAt = due > now ? due : null;
  return events;
}

function hasEnded(run: JobRun, now: number): boolean {
  const ended = run.endedAt?.getTime() ?? null;
  return run.outcome !== 'running' && (ended === null || ended <= now);
}

/** What had been stated about the RPO is known to hold or not from here on. */
function expectRun({ forecaster, verified }: ForecastBook, job: KnownJob, at: number): void {
  const { over } = forecaster.expect(job, at);
  for (const one of over) countVerified(verified, forecaster.state.model.day, one);
}

function settleRun(book: ForecastBook, job: JobFacts, run: JobRun): void {
  const { forecaster } = book;
  const known = knownJob(job);
  const start = run.startedAt.getTime();
  const pending = forecaster.record(job.jobId)?.pending ?? [];
  const interval = intervalOf(job) ?? 0;
  const near = Math.max(2 * HOUR_MS, (interval * SECOND_MS) / 2);
  const answered = pending.findLast(({ at }) => at <= start + MINUTE_MS && start - at <= near);
  const dueAt = answered?.at ?? start;
  if (answered === undefined) expectRun(book, known, start);
  const failed = failedOf(run);
  if (failed === null) return forecaster.drop(known, dueAt);
  const note = book.notes.get(job.jobId);
  if (!failed && note) note.lastGoodAt = Math.max(note.lastGoodAt ?? 0, start);
  settle(book, known, {
    at: run.endedAt?.getTime() ?? start,
    dueAt,
    failed,
    missed: false,
    seconds: run.durationSeconds ?? secondsBetween(start, run.endedAt),
    delaySeconds: answered === undefined ? null : (start - dueAt) / SECOND_MS,
    tries: 0,
    bytes: run.logicalBytes,
    cause: causeKey(run.errorText),
  });
}

function secondsBetween(start: number, end: Date | null): number | null {
  return end === null ? null : Math.max(0, (end.getTime() - start) / SECOND_MS);
}

/** What a policy missed each volume of its runs missed too: due times are told of the policy alone. */
function missedEvents(news: ForecastNews, touched: Set<string>): Event[] {
  const missed = news.expectedRuns.filter(({ state }) => state === 'missed');
  if (missed.length === 0) return [];
  const volumes = volumesByPolicy(news);
  return missed.flatMap(({ jobId, policyId, dueAt, decidedAt }) => {
    const whole = news.jobs.get(jobId);
    if (whole === undefined) return [];
    const at = decidedAt.getTime();
    return [whole, ...(volumes.get(policyId) ?? [])].map((job): Event => {
      touched.add(job.jobId);
      return { at, order: 1, job, outcome: dueAt };
    });
  });
}

function volumesByPolicy({ jobs }: ForecastNews): Map<string, JobFacts[]> {
  const found = new Map<string, JobFacts[]>();
  for (const job of jobs.values())
    if (job.scope === 'volume' && job.policyId !== null)
      if (!found.get(job.policyId)?.push(job)) found.set(job.policyId, [job]);
  return found;
}

function settleMissed(book: ForecastBook, job: JobFacts, dueAt: Date, at: number): void {
  const due = dueAt.getTime();
  settle(book, knownJob(job), {
    at,
    dueAt: due,
    failed: true,
    missed: true,
    seconds: null,
    delaySeconds: null,
    tries: 0,
    bytes: null,
    cause: null,
  });
}

/** Counts an outcome against what was stated for it, and learns from it. */
function settle({ forecaster, verified }: ForecastBook, job: KnownJob, result: Result): void {
  forecaster.advance(result.at);
  const stated = forecaster.record(job.key)?.pending.find(({ at }) => at === result.dueAt);
  if (stated !== undefined) {
    const { probability } = stated;
    const { day } = forecaster.state.model;
    countVerified(verified, day, { about: 'run', probability, cameTrue: result.failed });
  }
  forecaster.settle(job, result);
}
