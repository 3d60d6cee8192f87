import { describe, expect, it } from 'vitest';
import { nightly, seeded } from '../../../test/support/run-lines.ts';
import type { ForecastStateRow } from '../../domain/forecast.ts';
import type { JobFacts, JobRun } from '../job/job-facts.ts';
import { advanceForecasts, recallForecasts } from './forecast-book.ts';
import { forecastRuns } from './forecast-runs.ts';

const START = Date.UTC(2026, 0, 5);
const DAY = 86_400_000;
const HOUR = 3_600_000;
const PASS = 300_000;
const JOBS = 6;
const DAYS = 30;

function jobOf(index: number): JobFacts {
  const name = `team/app-${index}`;
  return {
    clusterId: 'home',
    jobId: name,
    scope: 'whole',
    engine: 'volsync',
    policyId: name,
    resourceId: `resource-${index}`,
    repositoryId: null,
    policy: name,
    resource: name,
    namespace: 'team',
    source: `ReplicationSource ${name}`,
    schedule: {
      type: 'cron',
      expression: `${10 * index} 2 * * *`,
      timeZone: 'UTC',
      dialect: 'volsync',
    },
    scheduleSince: new Date(START),
    pausedSince: null,
    removedAt: null,
    problem: null,
    lastSuccessAt: null,
    rpoSeconds: null,
    claimCreatedAt: null,
  };
}

function dueOf(index: number, day: number): number {
  return START + day * DAY + 2 * HOUR + 10 * index * 60_000;
}

/** Every job's run of every day; app-0 fails often. */
const RUNS = (() => {
  const random = seeded(8);
  return Array.from({ length: JOBS * DAYS }, (_, i) => {
    const [index, day] = [i % JOBS, Math.floor(i / JOBS)];
    const startedAt = new Date(dueOf(index, day) + 15_000);
    const run: JobRun = {
      runId: `${index}/${day}`,
      table: 'runs',
      startedAt,
      endedAt: new Date(startedAt.getTime() + 240_000 + Math.floor(random() * 60_000)),
      outcome: random() < (index === 0 ? 0.4 : 0.03) ? 'failed' : 'success',
      durationSeconds: null,
      logicalBytes: 1e9,
      addedBytes: null,
      files: null,
      errorText: null,
      fullRead: false,
      dedupRatio: null,
      dueAt: null,
      volumesFailed: false,
    };
    return { index, day, run };
  });
})();

interface Played {
  /** By job and due time, as frozen when it was due. */
  stated: Map<string, number>;
  rows: Map<string, number>;
  broken: Map<string, number | null>;
  memory: Map<string, string>;
  outcomes: number;
}

/** Passes every five minutes; after each a new process may go on from what is stored. */
function play(restarts: boolean): Played {
  const rows = new Map<string, number>();
  const broken: Played['broken'] = new Map();
  const played: Played = { stated: new Map(), rows, broken, memory: new Map(), outcomes: 0 };
  const jobs = new Map(Array.from({ length: JOBS }, (_, i) => [jobOf(i).jobId, jobOf(i)]));
  let book = recallForecasts([]);
  for (let at = START + 60_000; at < START + DAYS * DAY; at += PASS) {
    const runs = new Map<string, JobRun[]>();
    for (const { index, run } of RUNS) {
      const ended = run.endedAt!.getTime();
      if (ended > at - PASS && ended <= at) runs.set(jobOf(index).jobId, [run]);
    }
    const news = { at, jobs, runs, expectedRuns: [] };
    const judged = advanceForecasts(book, news);
    for (const row of judged.rows) {
      rows.set(row.jobId, row.probability);
      broken.set(row.jobId, row.rpoBrokenWithinDay);
    }
    for (const { key, state } of judged.states) played.memory.set(key, state);
    for (const [jobId, record] of book.forecaster.state.jobs)
      for (const one of record.pending) played.stated.set(`${jobId} ${one.at}`, one.probability);
    played.outcomes = Math.max(played.outcomes, countOf(judged.verified.slice(-1)));
    if (restarts) book = recallForecasts(rowsOf(played.memory));
  }
  return played;
}

interface StoredRow {
  v: number;
  model?: { outlooks?: unknown; pool?: Record<string, unknown> };
  record?: Record<string, unknown>;
}

function countOf(verified: ReturnType<typeof advanceForecasts>['verified']): number {
  return verified.flatMap(({ bins }) => bins).reduce((sum, bin) => sum + bin.count, 0);
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
    expect(whole.outcomes).toBe(JOBS);
    expect(whole.rows.get('team/app-0')).toBeGreaterThan(4 * whole.rows.get('team/app-1')!);
  });

  it('lose no day that one pass catches up with', () => {
    const runs = new Map<string, JobRun[]>();
    for (const { index, run } of RUNS)
      runs.set(jobOf(index).jobId, [...(runs.get(jobOf(index).jobId) ?? []), run]);
    const jobs = new Map(Array.from({ length: JOBS }, (_, i) => [jobOf(i).jobId, jobOf(i)]));
    const at = START + DAYS * DAY;
    const judged = advanceForecasts(recallForecasts([]), { at, jobs, runs, expectedRuns: [] });
    expect(judged.verified).toHaveLength(DAYS);
    expect(countOf(judged.verified)).toBe(JOBS * DAYS);
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
      delete row.record?.['outlook'];
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

  it('state what a replay of the same runs states', async () => {
    const lines = RUNS.map(({ index, run }) =>
      nightly(1, {
        policy: jobOf(index).policy,
        resource: jobOf(index).resource,
        schedule: `${10 * index} 2 * * *`,
        dueAt: null,
        startedAt: run.startedAt.toISOString(),
        endedAt: run.endedAt!.toISOString(),
        outcome: run.outcome,
        logicalBytes: run.logicalBytes,
      }),
    );
    let compared = 0;
    for await (const line of forecastRuns(lines)) {
      const stated = whole.stated.get(`${line.policy} ${Date.parse(line.statedAt)}`);
      if (stated === undefined) continue;
      compared += 1;
      expect(line.probability).toBeCloseTo(stated, 4);
    }
    expect(compared).toBe(JOBS * DAYS);
  });
});
