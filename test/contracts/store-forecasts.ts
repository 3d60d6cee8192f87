import { describe, expect, it } from 'vitest';
import { advanceForecasts, recallForecasts } from '../../src/analyze/forecast/forecast-book.ts';
import type { ForecastRow, ForecastsJudged, VerifiedBin } from '../../src/domain/forecast.ts';
import { AppError } from '../../src/domain/error.ts';
import { DAY_MS } from '../../src/domain/time.ts';
import { FORECASTS_ABOUT } from '../../src/domain/words.ts';
import { HISTORY, jobsById, runsBetween, turnedOut } from '../support/forecast-history.ts';
import { aJudgement, CLUSTER, minutes, T0 } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

function aForecast(jobId: string, parts: Partial<ForecastRow> = {}): ForecastRow {
  return {
    jobId,
    policyId: `policy-${jobId}`,
    resourceId: `resource-${jobId}`,
    namespace: 'media',
    policy: `media/${jobId}`,
    resource: `media/${jobId}`,
    engine: 'volsync',
    nextDueAt: minutes(600),
    probability: 0.1,
    low: 0.05,
    high: 0.2,
    rpoBrokenWithinDay: 0,
    rpoBrokenWithinWeek: null,
    reasons: ['the last run failed'],
    results: 12,
    statedAt: T0,
    ...parts,
  };
}

function aBin(
  bin: number,
  count: number,
  stated: number,
  failed: number,
  squares: number,
): VerifiedBin {
  return { bin, count, stated, failed, squares };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** Forecasts: the newest of each job, the memory behind them, and how they turned out. */
export function describeForecasts(context: ContractContext): void {
  let minute = 0;
  const judge = (parts: Partial<ForecastsJudged>) => {
    minute += 5;
    const none = { rows: [], removedJobIds: [], states: [], removedKeys: [], verified: [] };
    const forecasts = { ...none, ...parts };
    const judgement = aJudgement({ judgedAt: minutes(minute), revision: minute, forecasts });
    return context.store.system.saveJudgement(context.tenant, judgement);
  };
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  const memory = () => context.store.system.readForecastMemory(context.tenant, CLUSTER);

  describe('forecasts', () => {
    it('come worst first, page by page, and replace what was stated before', async () => {
      const rows = [0.2, 0.9, 0.5].map((probability, i) =>
        aForecast(`job-${i}`, { probability, low: 0, high: 1 }),
      );
      await judge({ rows });
      await judge({ rows: [aForecast('job-0', { probability: 0.7, low: 0, high: 1 })] });
      const first = await owner().listForecasts({ limit: 2 });
      expect(first.items.map(({ jobId, probability }) => [jobId, probability])).toEqual([
        ['job-1', 0.9],
        ['job-0', 0.7],
      ]);
      const rest = await owner().listForecasts({ limit: 2, cursor: first.nextCursor! });
      expect(rest.items.map(({ jobId }) => jobId)).toEqual(['job-2']);
      expect(rest.nextCursor).toBeNull();
      await judge({ removedJobIds: ['job-1'] });
      expect((await owner().listForecasts({})).items).toHaveLength(2);
    });

    it('are shown as they were stated, and filtered', async () => {
      await judge({ rows: [aForecast('job-0'), aForecast('job-1', { namespace: 'home' })] });
      const { items } = await owner().listForecasts({ namespace: 'media' });
      expect(items).toEqual([
        {
          ...aForecast('job-0'),
          clusterId: CLUSTER,
          cluster: 'home',
          nextDueAt: minutes(600).toISOString(),
          statedAt: T0.toISOString(),
        },
      ]);
      const count = async (query: object) => (await owner().listForecasts(query)).items.length;
      expect(await count({ resourceId: 'resource-job-1' })).toBe(1);
      expect(await count({ policyId: 'policy-job-1' })).toBe(1);
      expect(await count({ minProbability: 0.11 })).toBe(0);
      expect(await count({ clusterId: 'elsewhere' })).toBe(0);
    });

    it('keep their memory through more than one page of it', async () => {
      const states = Array.from({ length: 1_203 }, (_, i) => ({ key: `job ${i}`, state: `${i}` }));
      await judge({ states });
      await judge({ states: [{ key: 'job 7', state: 'new' }], removedKeys: ['job 8'] });
      const rows = await memory();
      expect(rows).toHaveLength(1_202);
      expect(rows.find(({ key }) => key === 'job 7')?.state).toBe('new');
    });

    it('have no score before the first outcome, and then that of all days', async () => {
      const nothing = await owner().readForecastCalibration({});
      expect(nothing).toEqual({
        about: 'run',
        since: null,
        until: null,
        forecasts: 0,
        failed: 0,
        brier: null,
        brierSkill: null,
        calibrationError: null,
        bins: [],
      });
      const about = 'run' as const;
      await judge({ verified: [{ day: '2026-11-01', about, bins: [aBin(0, 8, 0.04, 0, 0.01)] }] });
      // The same day again, grown: it counts once.
      await judge({
        verified: [
          { day: '2026-11-01', about, bins: [aBin(0, 16, 0.08, 0, 0.02)] },
          { day: '2026-11-02', about, bins: [aBin(7, 4, 1.6, 2, 1), aBin(9, 0, 0, 0, 0)] },
        ],
      });
      const table = await owner().readForecastCalibration({});
      expect(table).toMatchObject({
        since: '2026-11-01',
        until: '2026-11-02',
        forecasts: 20,
        failed: 2,
      });
      expect(table.brier).toBeCloseTo(1.02 / 20, 10);
      expect(table.brierSkill).toBeCloseTo(1 - 1.02 / 20 / (0.1 * 0.9), 10);
      expect(table.calibrationError).toBeCloseTo((0.08 + 0.4) / 20, 10);
      expect(table.bins).toEqual([
        { bin: 0, from: 0, to: 0.005, forecasts: 16, stated: 0.005, observed: 0 },
        { bin: 7, from: 0.3, to: 0.5, forecasts: 4, stated: 0.4, observed: 0.5 },
      ]);
      expect((await owner().readForecastCalibration({ since: '2026-11-02' })).forecasts).toBe(4);
      expect((await owner().readForecastCalibration({ clusterId: 'elsewhere' })).forecasts).toBe(0);
    });

    it('tell what was stated of a played history, and what came of it, of runs and of the RPO', async () => {
      const book = recallForecasts([]);
      const { start, days } = HISTORY;
      for (let day = 1; day <= days; day += 1) {
        const at = start + day * DAY_MS;
        const runs = runsBetween(at - DAY_MS, at);
        await judge(advanceForecasts(book, { at, jobs: jobsById, runs, expectedRuns: [] }));
      }
      const happened = await turnedOut();
      for (const about of FORECASTS_ABOUT) {
        const expected = happened.filter((one) => one.about === about);
        const table = await owner().readForecastCalibration({ about });
        const dayOf = expected.map(({ day }) => day).sort();
        expect(table).toMatchObject({
          about,
          since: dayOf[0],
          until: dayOf.at(-1),
          forecasts: expected.length,
          failed: expected.filter(({ cameTrue }) => cameTrue).length,
        });
        expect(table.brier).toBeCloseTo(
          mean(expected.map(({ probability, cameTrue }) => (probability - Number(cameTrue)) ** 2)),
          4,
        );
        expect(table.bins.length).toBeGreaterThan(2);
        for (const { from, to, forecasts, stated, observed } of table.bins) {
          const inBin = expected.filter(({ probability: p }) => from <= p && p < to);
          expect(forecasts).toBe(inBin.length);
          expect(stated).toBeCloseTo(mean(inBin.map(({ probability }) => probability)), 4);
          expect(observed).toBeCloseTo(mean(inBin.map(({ cameTrue }) => Number(cameTrue))), 9);
        }
      }
    });

    it('refuse an outcome of what nothing is stated about', async () => {
      const bins = [aBin(0, 1, 0, 0, 0)];
      const unknown = { day: '2026-11-01', about: 'weather', bins };
      // oxlint-disable-next-line no-unsafe-type-assertion -- what the types forbid
      const verified = [unknown] as unknown as ForecastsJudged['verified'];
      await expect(judge({ verified })).rejects.toThrow(AppError);
      expect((await owner().readForecastCalibration({})).forecasts).toBe(0);
    });
  });
}
