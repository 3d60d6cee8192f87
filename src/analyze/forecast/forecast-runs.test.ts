import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { nightly, nights, seeded } from '../../../test/support/run-lines.ts';
import { forecastRuns } from './forecast-runs.ts';
import type { ForecastLine, ForecastOptions } from './forecast-runs.ts';

async function forecasts(
  lines: readonly string[],
  options: ForecastOptions = {},
): Promise<ForecastLine[]> {
  const told: ForecastLine[] = [];
  for await (const line of forecastRuns(lines, options)) told.push(line);
  return told;
}

const START = Date.UTC(2026, 0, 5, 2);
const DAY = 86_400_000;

/** A fleet of daily jobs of which some fail in bursts, as one line each. */
function fleet(seed: number, jobs: number, days: number): string[] {
  const random = seeded(seed);
  const lines: string[] = [];
  for (let job = 0; job < jobs; job += 1) {
    let failing = false;
    for (let day = 0; day < days; day += 1) {
      failing = random() < (failing ? 0.7 : job % 4 === 0 ? 0.15 : 0.01);
      lines.push(runOn(job, day, failing ? 'failed' : 'success'));
    }
  }
  return lines;
}

function runOn(job: number, day: number, outcome: string, fields: object = {}): string {
  const due = START + day * DAY + job * 60_000;
  const policy = `team-${job % 3}/app-${job}`;
  return nightly(1, {
    policy,
    resource: policy,
    schedule: `${job} 2 * * *`,
    dueAt: iso(due),
    startedAt: iso(due + 20_000),
    endedAt: iso(due + 20_000 + 600_000),
    outcome,
    ...fields,
  });
}

const iso = (ms: number): string => new Date(ms).toISOString();

const statedOnly = (line: ForecastLine) => ({ ...line, outcome: null, failed: null });

describe('forecasts of run lines', () => {
  it('state one probability for each run, before it', async () => {
    const told = await forecasts(nights(1, 6));
    expect(told).toHaveLength(6);
    for (const { probability, interval, statedAt, dueAt, failed } of told) {
      expect(statedAt).toBe(new Date(dueAt!).toISOString());
      expect(interval[0]).toBeLessThan(probability);
      expect(interval[1]).toBeGreaterThan(probability);
      expect(failed).toBe(false);
    }
    expect(told.at(-1)!.probability).toBeLessThan(told[0]!.probability);
    expect(told.at(-1)!.reasons).toEqual(['the last 5 runs succeeded']);
  });

  it('do not know the run, nor anything that ended after it was due', async () => {
    const lines = fleet(1, 12, 30);
    const whole = await forecasts(lines);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 29 }), fc.nat(99), async (day, seed) => {
        const changed = [
          ...lines.filter((line) => dayOf(line) < day),
          ...fleet(seed + 2, 12, 30)
            .filter((line) => dayOf(line) >= day)
            .map((line) => line.replaceAll('"dedupRatio":7.9', '"dedupRatio":1')),
        ];
        const until = new Date(START + day * DAY + 5 * 60_000).toISOString();
        const before = (told: ForecastLine[]) =>
          told.filter(({ statedAt }) => statedAt < until).map(statedOnly);
        expect(before(await forecasts(changed))).toEqual(before(whole));
      }),
      { numRuns: 10 },
    );
  });

  it('of the first lines of a file are those of the whole file', async () => {
    const lines = fleet(3, 8, 40).sort((a, b) => startOf(a) - startOf(b));
    const whole = await forecasts(lines);
    for (const count of [1, 7, 100, 200]) {
      const part = await forecasts(lines.slice(0, count));
      expect(part.map(statedOnly)).toEqual(whole.slice(0, count).map(statedOnly));
    }
  });

  it('do not depend on the order of lines', async () => {
    const lines = fleet(4, 6, 25);
    const random = seeded(9);
    const shuffled = lines.toSorted(() => random() - 0.5);
    expect(await forecasts(shuffled)).toEqual(await forecasts(lines));
  });

  it('rise for a job that fails, and fall when it recovers', async () => {
    const quiet = Array.from({ length: 30 }, (_, day) => runOn(0, day, 'success'));
    const failing = [30, 31, 32].map((day) => runOn(0, day, 'failed'));
    const better = Array.from({ length: 10 }, (_, i) => runOn(0, 33 + i, 'success'));
    const told = await forecasts([...quiet, ...failing, ...better]);
    expect(told[33]!.probability).toBeGreaterThan(5 * told[30]!.probability);
    expect(told[33]!.reasons[0]).toBe('the last 3 runs failed or were missed');
    expect(told[42]!.probability).toBeLessThan(told[33]!.probability / 2);
  });

  it('count a due time that no run answered, and tell it when asked', async () => {
    const lines = [...nights(1, 9), ...nights(11, 12)];
    expect(await forecasts(lines)).toHaveLength(11);
    const told = await forecasts(lines, { missed: true });
    expect(told).toHaveLength(12);
    expect(told[9]).toMatchObject({ startedAt: null, outcome: 'missed', failed: true });
    expect(told[9]!.dueAt).toBe('2026-11-10T02:00:00.000Z');
    expect(told[10]!.probability).toBeGreaterThan(3 * told[9]!.probability);
  });

  it('leave out what cannot be read, and say nothing of failure for skipped runs', async () => {
    const problems: number[] = [];
    const told = await forecasts(
      ['no json', nightly(1), nightly(2, { outcome: 'skipped' }), '{"v":1}'],
      { onProblem: ({ line }) => void problems.push(line) },
    );
    expect(problems).toEqual([1, 4]);
    expect(told.map(({ failed }) => failed)).toEqual([false, null]);
    expect(await forecasts([])).toEqual([]);
  });

  it('stay probabilities through absurd figures', async () => {
    const odd = [
      runOn(0, 0, 'success', { logicalBytes: 1e300, addedBytes: 0 }),
      runOn(0, 1, 'failed', { logicalBytes: 0, dueAt: '1999-01-01T00:00:00Z' }),
      runOn(0, 2, 'success', { dueAt: '2150-01-01T00:00:00Z', warnings: 1e12, attempts: -4 }),
      runOn(0, 3, 'success', { endedAt: null }),
      runOn(0, 4, 'running', { endedAt: null, schedule: '99 99 * * *' }),
      runOn(0, 5, 'success', { schedule: null, intervalSeconds: 1e-3 }),
    ];
    for (const { probability, interval } of await forecasts(odd)) {
      expect(probability).toBeGreaterThan(0);
      expect(probability).toBeLessThan(1);
      expect(interval.every(Number.isFinite)).toBe(true);
    }
  });
});

function startOf(line: string): number {
  return Date.parse((JSON.parse(line) as { startedAt: string }).startedAt);
}

function dayOf(line: string): number {
  return Math.floor((startOf(line) - START) / DAY);
}
