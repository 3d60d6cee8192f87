import { describe, expect, it } from 'vitest';
import {
  dueOf,
  HISTORY,
  jobOf,
  jobsById,
  replayed,
  runsBetween,
  turnedOut,
} from '../../../test/support/forecast-history.ts';
import { PROBABILITY_EDGES } from '../../domain/forecast.ts';
import type { ForecastStateRow } from '../../domain/forecast.ts';
import { FORECASTS_ABOUT } from '../../domain/words.ts';
import { advanceForecasts, recallForecasts } from './forecast-book.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
const PASS = 300_000;
const { start: START, jobs: JOBS, days: DAYS } = HISTORY;
const END = START + DAYS * DAY;

interface Played {
  /** By job and due time, as frozen when it was due. */
  stated: Map<string, number>;
  rows: Map<string, number>;
  broken: Map<string, number | null>;
  memory: Map<string, string>;
  /** By day and what it was about, as last told. */
  verified: Map<string, Verified[number]>;
}

type Verified = ReturnType<typeof advanceForecasts>['verified'];

/** Passes every five minutes; after each a new process may go on from what is stored. */
function play(restarts: boolean): Played {
  const rows = new Map<string, number>();
  const broken: Played['broken'] = new Map();
  const verified: Played['verified'] = new Map();
  const played: Played = { stated: new Map(), rows, broken, memory: new Map(), verified };
  let book = recallForecasts([]);
  for (let at = START + 60_000; at < END; at += PASS) {
    const news = { at, jobs: jobsById, runs: runsBetween(at - PASS, at), expectedRuns: [] };
    const judged = advanceForecasts(book, news);
    for (const row of judged.rows) {
      rows.set(row.jobId, row.probability);
      broken.set(row.jobId, row.rpoBrokenWithinDay);
    }
    for (const { key, state } of judged.states) played.memory.set(key, state);
    for (const [jobId, record] of book.forecaster.state.jobs)
      for (const one of record.pending) played.stated.set(`${jobId} ${one.at}`, one.probability);
    for (const one of structuredClone(judged.verified))
      verified.set(`${one.day} ${one.about}`, one);
    if (restarts) book = recallForecasts(rowsOf(played.memory));
  }
  return played;
}

interface StoredRow {
  v: number;
  model?: { outlooks?: unknown; pool?: Record<string, unknown> };
  record?: { outlook?: { waiting: { stated?: unknown }[] } };
  verified?: { bins: unknown };
}

function countOf(verified: Iterable<Verified[number]>): number {
  return [...verified].flatMap(({ bins }) => bins).reduce((sum, bin) => sum + bin.count, 0);
}

/** All of it at once, as after a first contact. */
function playAtOnce(): Verified {
  const news = { at: END, jobs: jobsById, runs: runsBetween(START, END), expectedRuns: [] };
  return advanceForecasts(recallForecasts([]), news).verified;
}

function binOf(probability: number): number {
  return PROBABILITY_EDGES.filter((edge) => edge <= probability).length;
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}

function rowsOf(memory: ReadonlyMap<string, string>): ForecastStateRow[] {
  return [...memory].map(([key, state]) => ({ key, state }));
}

describe('forecasts in production', () => {
  const whole = play(false);

  it('go on from what is stored as if nothing had happened', () => {
    expect(play(true)).toEqual(whole);
  });

  it('count every outcome once, against what was stated when it was due', () => {
    const runs = [...whole.verified.values()].filter(({ about }) => about === 'run');
    expect(runs).toHaveLength(DAYS);
    expect(runs.map((day) => countOf([day]))).toEqual(runs.map(() => JOBS));
    expect(whole.rows.get('team/app-0')).toBeGreaterThan(4 * whole.rows.get('team/app-1')!);
  });

  it('count an outcome on the day on which it became known', () => {
    const startedAt = new Date(START + DAY - 120_000);
    const endedAt = new Date(START + DAY + 180_000);
    const run = { ...runsBetween(START, END).get('team/app-1')![0]!, startedAt, endedAt };
    const { verified } = advanceForecasts(recallForecasts([]), {
      at: START + DAY + 300_000,
      jobs: jobsById,
      runs: new Map([['team/app-1', [run]]]),
      expectedRuns: [],
    });
    expect(verified.map(({ day, about }) => [day, about])).toEqual([['2026-01-06', 'run']]);
  });

  it('take in a hundred and fifty thousand runs of a job that is new', () => {
    const [first] = runsBetween(START, END).get('team/app-1')!;
    const runs = Array.from({ length: 150_000 }, (_, minute) => {
      const startedAt = new Date(START + minute * 60_000);
      return { ...first!, runId: `run-${minute}`, startedAt, endedAt: startedAt };
    });
    const book = recallForecasts([]);
    advanceForecasts(book, {
      at: START + 150_000 * 60_000,
      jobs: jobsById,
      runs: new Map([['team/app-1', runs]]),
      expectedRuns: [],
    });
    expect(book.forecaster.record('team/app-1')?.results).toBe(150_000);
  });

  it('lose no day that one pass catches up with', () => {
    const verified = new Map(playAtOnce().map((one) => [`${one.day} ${one.about}`, one]));
    expect(verified).toEqual(whole.verified);
  });

  it.each(FORECASTS_ABOUT)('count what was stated and what came of it: %s', async (about) => {
    const expected = (await turnedOut()).filter((one) => one.about === about);
    expect(expected.filter(({ cameTrue }) => cameTrue).length).toBeGreaterThan(2);
    expect(expected.filter(({ cameTrue }) => !cameTrue).length).toBeGreaterThan(2);
    const counted = [...whole.verified.values()].filter((one) => one.about === about);
    expect(countOf(counted)).toBe(expected.length);
    for (const { day, bins } of counted)
      for (const { bin, count, stated, failed, squares } of bins) {
        const inBin = expected.filter((one) => one.day === day && binOf(one.probability) === bin);
        expect([day, bin, count]).toEqual([day, bin, inBin.length]);
        expect(failed).toBe(inBin.filter(({ cameTrue }) => cameTrue).length);
        expect(stated).toBeCloseTo(sumOf(inBin.map(({ probability }) => probability)), 4);
        const errors = inBin.map(({ probability, cameTrue }) => probability - Number(cameTrue));
        expect(squares).toBeCloseTo(sumOf(errors.map((error) => error ** 2)), 4);
      }
  });

  it('keep little: a few kilobytes a job, whatever its history', () => {
    for (const [key, state] of whole.memory)
      expect(Buffer.byteLength(state)).toBeLessThan(key === 'fleet' ? 60_000 : 6_000);
  });

  it('go on from rows of version 2, which know no outlooks', () => {
    const rows = rowsOf(whole.memory).map(({ key, state }) => {
      const { v: _, ...row } = JSON.parse(state) as StoredRow;
      delete row.model?.outlooks;
      delete row.model?.pool?.['chainStrength'];
      delete row.record?.outlook;
      return { key, state: JSON.stringify({ v: 2, ...row }) };
    });
    const { forecaster } = recallForecasts(rows);
    expect(forecaster.state.jobs.size).toBe(JOBS);
    expect(forecaster.state.model.pool.chainStrength).toEqual([4, 4]);
    for (const [, record] of forecaster.state.jobs) {
      expect(record.results).toBe(DAYS);
      expect(record.outlook.waiting).toEqual([]);
    }
  });

  it('go on from rows of version 3, whose outlooks are learnt from and not counted', () => {
    const rows = rowsOf(whole.memory).map(({ key, state }) => {
      const { v: _, ...row } = JSON.parse(state) as StoredRow;
      for (const one of row.record?.outlook?.waiting ?? []) delete one.stated;
      if (row.verified) row.verified.bins = (row.verified.bins as { run: unknown }).run;
      return { key, state: JSON.stringify({ v: 3, ...row }) };
    });
    const runs = whole.verified.get(`${new Date(END - DAY).toISOString().slice(0, 10)} run`);
    expect(recallForecasts(rows).verified[0]!.bins.run).toEqual(runs!.bins);
    const [old, now] = [rows, rowsOf(whole.memory)].map((stored) => {
      const book = recallForecasts(stored);
      // Only what waited before is over by then.
      const at = END + 6 * DAY;
      const news = { at, jobs: jobsById, runs: new Map(), expectedRuns: [] };
      const { verified } = advanceForecasts(book, news);
      const { outlooks } = book.forecaster.state.model;
      return { about: new Set(verified.map(({ about }) => about)), outlooks };
    });
    expect(old!.about).toEqual(new Set(['run']));
    expect(now!.about).toEqual(new Set(FORECASTS_ABOUT));
    expect(old!.outlooks).toEqual(now!.outlooks);
  });

  it('begin anew from rows that are damaged or of another version', () => {
    for (const damage of [
      (text: string) => text.slice(0, 40),
      (text: string) => text.replace(/"v":\d+/, '"v":99'),
    ]) {
      const rows = rowsOf(whole.memory).map(({ key, state }) => ({ key, state: damage(state) }));
      const book = recallForecasts(rows);
      const jobs = new Map([['team/app-1', jobOf(1)]]);
      const at = START + DAYS * DAY;
      const { rows: stated } = advanceForecasts(book, {
        at,
        jobs,
        runs: new Map(),
        expectedRuns: [],
      });
      expect(stated).toHaveLength(1);
      expect(stated[0]!.reasons).toEqual(['no run yet: as other jobs like it']);
    }
  });

  it('count on the run that is due and has not ended yet', () => {
    const before = whole.broken.get('team/app-1')!;
    const { rows } = advanceForecasts(recallForecasts(rowsOf(whole.memory)), {
      at: dueOf(1, DAYS) + 2 * 60_000,
      jobs: new Map([['team/app-1', jobOf(1)]]),
      runs: new Map(),
      expectedRuns: [],
    });
    expect(before).toBeLessThan(0.1);
    expect(rows[0]!.rpoBrokenWithinDay).toBeLessThan(0.1);
  });

  it('take a missed due time for a failure, and forget jobs that are gone', () => {
    const book = recallForecasts(rowsOf(whole.memory));
    const at = dueOf(1, DAYS) + 3 * HOUR;
    const missed = {
      jobId: 'team/app-1',
      policyId: 'team/app-1',
      dueAt: new Date(dueOf(1, DAYS)),
      runId: null,
    };
    const judged = advanceForecasts(book, {
      at,
      jobs: new Map([['team/app-1', jobOf(1)]]),
      runs: new Map(),
      expectedRuns: [{ ...missed, state: 'missed', decidedAt: new Date(at - HOUR) }],
    });
    expect(judged.removedJobIds).toHaveLength(JOBS - 1);
    expect(judged.rows[0]!.probability).toBeGreaterThan(2 * whole.rows.get('team/app-1')!);
    expect(judged.rows[0]!.reasons[0]).toMatch(/^the last run was missed/);
    expect(countOf(judged.verified.slice(-1))).toBe(1);
  });

  it('take what a policy missed for a failure of each volume of its runs', () => {
    const volume = { ...jobOf(1), jobId: 'volume', scope: 'volume' } as const;
    const jobs = new Map([jobOf(1), jobOf(2), volume].map((job) => [job.jobId, job]));
    const pass = (at: number, missed: boolean) => ({
      at,
      jobs,
      runs: new Map(),
      expectedRuns: ['team/app-1', 'team/app-2'].slice(0, missed ? 1 : 0).map((jobId) => ({
        jobId,
        policyId: jobId,
        dueAt: new Date(dueOf(1, 1)),
        runId: null,
        state: 'missed' as const,
        decidedAt: new Date(at),
      })),
    });
    const book = recallForecasts([]);
    advanceForecasts(book, pass(START, false));
    const { rows } = advanceForecasts(book, pass(dueOf(1, 1) + 2 * HOUR, true));
    const chances = new Map(rows.map(({ jobId, probability }) => [jobId, probability]));
    expect(chances.get('volume')).toBeCloseTo(chances.get('team/app-1')!, 6);
    expect(chances.get('volume')).toBeGreaterThan(1.5 * chances.get('team/app-2')!);
  });

  it('state what a replay of the same runs states', async () => {
    const told = await replayed();
    expect(told).toHaveLength(JOBS * DAYS);
    for (const { policy, statedAt, probability } of told)
      expect(probability).toBeCloseTo(whole.stated.get(`${policy} ${Date.parse(statedAt)}`)!, 4);
  });
});
