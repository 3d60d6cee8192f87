import type { ForecastRow, ForecastsJudged, ForecastStateRow } from '../../domain/forecast.ts';
import { DAY_MS, MINUTE_MS } from '../../domain/time.ts';
import { FORECASTS_ABOUT } from '../../domain/words.ts';
import type { JobFacts } from '../job/job-facts.ts';
import { nextDue } from '../schedules/due-times.ts';
import { forecastEvents, playEvent } from './forecast-events.ts';
import type { ForecastNews } from './forecast-events.ts';
import { readForecastState, writeForecastState } from './forecast-state.ts';
import type { ForecastBook, JobNote } from './forecast-state.ts';
import { createForecaster, freshFleet } from './forecaster.ts';
import type { JobRecord } from './job-record.ts';
import { knownJob } from './known-job.ts';
import type { Ahead } from './outlooks.ts';
import { reasonsOf } from './reasons.ts';

/** Jobs due within this get their forecast anew at each pass. */
const SOON_MS = 30 * MINUTE_MS;
/** So many of them at one pass; the others wait for the next. */
const MOST_LATE = 5_000;
/** A probability is written again when it has moved by this share. */
const MATERIAL = 0.02;

export function recallForecasts(rows: readonly ForecastStateRow[]): ForecastBook {
  const state = freshFleet();
  const notes = new Map<string, JobNote>();
  const verified = readForecastState(rows, state, notes);
  return { forecaster: createForecaster(state), notes, verified };
}

/**
 * Takes in what has happened up to `news.at`, in event time, and states what lies ahead. The probability of a run is
 * frozen when it is due; only outcomes that were known then have had a say in it.
 */
export function advanceForecasts(book: ForecastBook, news: ForecastNews): ForecastsJudged {
  const { forecaster } = book;
  const dayBefore = forecaster.state.model.day;
  // Of the days before, all has been written.
  book.verified = book.verified.slice(-1);
  const gone = forgetGone(book, news);
  const ended: string[] = [];
  const touched = new Set<string>();
  const events = forecastEvents(book, news, touched);
  for (const event of events) playEvent(book, event);
  forecaster.advance(news.at);
  const newDay = forecaster.state.model.day !== dayBefore;
  const rows: ForecastRow[] = [];
  let late = 0;
  for (const [jobId, job] of news.jobs) {
    const note = book.notes.get(jobId);
    if (note === undefined) continue;
    if (note.dueAt === null) {
      if (note.told === null) continue;
      note.told = null;
      touched.add(jobId);
      ended.push(jobId);
    } else if (touched.has(jobId) || isSoon(note.dueAt, news.at) || isLate(note.told, news.at)) {
      if (!touched.has(jobId) && isLate(note.told, news.at) && (late += 1) > MOST_LATE) continue;
      const row = rowOf(book, job, note.dueAt, news.at);
      if (!isMaterial(note.told, row)) continue;
      const { results, probability } = row;
      note.told = { at: news.at, dueAt: note.dueAt, results, probability };
      touched.add(jobId);
      rows.push(row);
    }
  }
  const learnt = events.length > 0 || newDay || rows.length > 0 || ended.length > 0;
  return {
    rows,
    removedJobIds: [...gone, ...ended],
    removedKeys: gone.map((jobId) => `job ${jobId}`),
    states: learnt ? writeForecastState(book, touched, news.jobs) : [],
    verified: learnt ? verifiedOf(book) : [],
  };
}

/** What is due soon is stated at every pass. */
function isSoon(dueAt: number, now: number): boolean {
  return dueAt - now <= SOON_MS;
}

/** What was stated a day ago, or never, is stated anew. */
function isLate(told: JobNote['told'], now: number): boolean {
  return told === null || now - told.at >= DAY_MS;
}

function rowOf(book: ForecastBook, job: JobFacts, due: number, now: number): ForecastRow {
  const { forecaster, notes } = book;
  const known = knownJob(job);
  const { probability, low, high, x } = forecaster.look(known, due);
  const record = forecaster.record(job.jobId)!;
  const copyAt = notes.get(job.jobId)?.lastGoodAt ?? null;
  const ahead = { now, copyAt, ...firstAhead(record, job, { due, first: probability }) };
  const rpo = forecaster.outlook(known, ahead);
  const { jobId, policyId, resourceId, namespace, policy, resource, engine } = job;
  return {
    jobId,
    policyId,
    resourceId,
    namespace,
    policy,
    resource,
    engine,
    nextDueAt: new Date(due),
    probability,
    low,
    high,
    rpoBrokenWithinDay: rpo.withinDay,
    rpoBrokenWithinWeek: rpo.withinWeek,
    reasons: reasonsOf(record, x, forecaster.state.model.belief.mean, due),
    results: record.results,
    statedAt: new Date(now),
  };
}

/** The run that is due and has not ended yet may still bring a copy; else the next one is the first that may. */
function firstAhead({ pending }: JobRecord, { schedule }: JobFacts, next: FirstAhead): FirstAhead {
  const last = pending.at(-1);
  if (last === undefined || nextDue(schedule, new Date(last.at))?.getTime() !== next.due)
    return next;
  return { due: last.at, first: last.probability };
}

type FirstAhead = Pick<Ahead, 'due' | 'first'>;

function isMaterial(told: JobNote['told'], row: ForecastRow): boolean {
  if (told === null || told.dueAt !== row.nextDueAt.getTime()) return true;
  if (row.statedAt.getTime() - told.at >= DAY_MS) return true;
  if (told.results !== row.results) return true;
  return Math.abs(row.probability - told.probability) > MATERIAL * told.probability;
}

function forgetGone(book: ForecastBook, news: ForecastNews): string[] {
  const gone = [...book.notes.keys()].filter((jobId) => !news.jobs.has(jobId));
  for (const jobId of gone) {
    book.notes.delete(jobId);
    book.forecaster.state.jobs.delete(jobId);
  }
  return gone;
}

function verifiedOf({ verified }: ForecastBook): ForecastsJudged['verified'] {
  return verified.flatMap(({ day, bins }) =>
    FORECASTS_ABOUT.filter((about) => bins[about].some(({ count }) => count > 0)).map((about) => ({
      day: dayText(day),
      about,
      bins: bins[about],
    })),
  );
}

function dayText(day: number): string {
  return new Date(Math.max(0, day) * DAY_MS).toISOString().slice(0, 10);
}
