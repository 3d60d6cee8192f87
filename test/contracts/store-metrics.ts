import { beforeEach, describe, expect, it } from 'vitest';
import type {
  Metric,
  MetricsBatch,
  MetricsSourceState,
  SampleFact,
  SeriesFact,
} from '../../src/domain/metrics.ts';
import { DAY_MS, HOUR_MS } from '../../src/domain/time.ts';
import { aBatch, aClaim, aPolicy, aRun, CLUSTER, minutes, T0 } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

const PHOTOS = aClaim('photos').resourceId;
const LIMITS = { sampleDays: 30, rollupDays: 400, runDays: 400, rows: 1_000 };

const days = (count: number) => minutes(count * 1_440);

const SOURCE: MetricsSourceState = {
  url: 'http://prometheus',
  state: 'answers',
  observedAt: T0,
  historyFrom: null,
  problems: [],
};

function aSeries(metric: Metric, parts: Partial<SeriesFact> = {}): SeriesFact {
  return {
    seriesId: `${metric}/${parts.subjectId ?? PHOTOS}`,
    metric,
    subject: 'resource',
    subjectId: PHOTOS,
    namespace: 'media',
    origin: 'kubelet_volume_stats_used_bytes',
    ...parts,
  };
}

function sample(series: SeriesFact, at: Date, value: number): SampleFact {
  return { seriesId: series.seriesId, at, value };
}

function aMetricsBatch(parts: Partial<MetricsBatch> = {}): MetricsBatch {
  return {
    clusterId: CLUSTER,
    observedAt: T0,
    series: [],
    samples: [],
    runs: [],
    source: null,
    ...parts,
  };
}

/** A run as metrics show it. */
const shown = (key: string, endedAt: Date) =>
  aRun(key, {
    startedAt: new Date(endedAt.getTime() - 600_000),
    endedAt,
    endedWithinSeconds: 210,
    resourceId: null,
    logicalBytes: null,
    unlistedVolumes: null,
  });

/** The same, of a Job that failed. */
const failed = (key: string, name: string, begun: number, endedAt: number) => {
  const startedAt = minutes(begun);
  return { ...shown(key, minutes(endedAt)), name, outcome: 'failed' as const, startedAt };
};

/** Metrics: each sample once, runs that objects show only once, what is old is removed. */
export function describeMetrics(context: ContractContext): void {
  const system = () => context.store.system;
  const save = (parts: Partial<MetricsBatch>) =>
    system().saveMetrics(context.tenant, aMetricsBatch(parts));
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  const used = aSeries('volume-used-bytes');
  const capacity = aSeries('volume-capacity-bytes');
  const usage = async () => (await owner().showResource('media', 'photos', null))?.resource.usage;
  const count = async (table: string) => {
    const rows = await context.query(
      `select count(*)::int as n from plimsoll.${table} where tenant_id = $1`,
      [context.tenant],
    );
    return rows[0]?.['n'];
  };

  const listed = async () => {
    const { items } = await owner().listRuns({});
    return items.map(({ startedAt, source }) => [startedAt, source]);
  };

  describe('metrics', () => {
    beforeEach(async () => {
      await system().saveFacts(
        context.tenant,
        aBatch({ resources: [aClaim('photos')], policies: [aPolicy('photos')] }),
      );
    });

    it('are shown with the claim: fill, and growth once a day lies behind', async () => {
      const first = [sample(used, days(0), 1_000), sample(capacity, days(0), 4_000)];
      await save({ series: [used, capacity], samples: first });
      expect(await usage()).toEqual({
        usedBytes: 1_000,
        capacityBytes: 4_000,
        fill: 0.25,
        growthBytesPerDay: null,
        at: days(0).toISOString(),
      });
      await save({ series: [used], samples: [sample(used, days(4), 1_800)] });
      expect(await usage()).toMatchObject({ usedBytes: 1_800, fill: 0.45, growthBytesPerDay: 200 });
      const listed = await owner().listResources({});
      expect(listed.items[0]?.usage?.usedBytes).toBe(1_800);
    });

    it('that came twice, late or out of order change nothing but what is new', async () => {
      const samples = [0, 1, 2, 70].map((n) => sample(used, minutes(n), 100 + n));
      expect(await save({ series: [used], samples: samples.slice(2) })).toMatchObject({
        samples: 2,
      });
      expect(await save({ series: [used], samples })).toMatchObject({ samples: 2 });
      expect(await save({ series: [used], samples })).toMatchObject({ samples: 0 });
      expect(await usage()).toMatchObject({ usedBytes: 170, at: minutes(70).toISOString() });
      const hours = await context.query(
        `select samples, lowest, highest, total, last_value from plimsoll.samples_hourly
         where tenant_id = $1 order by hour`,
        [context.tenant],
      );
      expect(hours).toEqual([
        { samples: 3, lowest: 100, highest: 102, total: 303, last_value: 102 },
        { samples: 1, lowest: 170, highest: 170, total: 170, last_value: 170 },
      ]);
      const [day] = await context.query(
        `select samples, lowest, highest, last_value from plimsoll.samples_daily where tenant_id = $1`,
        [context.tenant],
      );
      expect(day).toEqual({ samples: 4, lowest: 100, highest: 170, last_value: 170 });
    });

    it('of things the facts do not know are left out', async () => {
      const stranger = aSeries('volume-used-bytes', { subjectId: 'of-another-cluster' });
      const saved = await save({ series: [stranger], samples: [sample(stranger, T0, 1)] });
      expect(saved).toEqual({ samples: 0, runs: 0 });
      expect(await count('series')).toBe(0);
      expect(await usage()).toBeNull();
    });

    it('say how their source stands, and readers see a change of it', async () => {
      expect(await system().readMetricsState(context.tenant, CLUSTER)).toBeNull();
      const problem = {
        source: 'prometheus',
        code: 'unreachable' as const,
        message: 'nothing listens there',
        nextStep: 'Start it.',
        namespaces: null,
        since: T0,
      };
      const down = { ...SOURCE, state: 'unreachable' as const, problems: [problem] };
      const before = await owner().readRevision();
      await save({ source: down });
      expect(await owner().readRevision()).not.toBe(before);
      expect(await system().readMetricsState(context.tenant, CLUSTER)).toEqual(down);
      const [cluster] = (await owner().readStatus()).clusters;
      expect(cluster?.metrics).toMatchObject({ state: 'unreachable', url: 'http://prometheus' });
      expect(cluster?.problems).toMatchObject([{ source: 'prometheus', code: 'unreachable' }]);
      const after = await owner().readRevision();
      await save({ source: { ...down, observedAt: minutes(5) } });
      expect(await owner().readRevision()).toBe(after);
    });

    it('need a known cluster', async () => {
      await expect(save({ clusterId: 'nobody' })).rejects.toMatchObject({ code: 'not-found' });
    });
  });

  describe('runs that only metrics show', () => {
    beforeEach(async () => {
      await system().saveFacts(
        context.tenant,
        aBatch({ resources: [aClaim('photos')], policies: [aPolicy('photos')] }),
      );
    });

    it('are marked, judged like others and added once', async () => {
      const run = shown('metric-1', minutes(300));
      expect(await save({ runs: [run] })).toEqual({ samples: 0, runs: 1 });
      expect(await save({ runs: [run] })).toEqual({ samples: 0, runs: 0 });
      expect(await listed()).toEqual([[minutes(290).toISOString(), 'metric']]);
      const input = await system().readJudgeInput(context.tenant, CLUSTER, 0, 10);
      expect(input.runs).toMatchObject([{ runId: run.runId, resourceId: PHOTOS }]);
      expect((await owner().readStatus()).counts.runs).toBe(1);
    });

    it('are left out where an object shows the run, ended, running or with an unseen end', async () => {
      await system().saveFacts(
        context.tenant,
        aBatch({
          runs: [
            aRun('ended', { startedAt: minutes(100), endedAt: minutes(110) }),
            aRun('lost', { startedAt: minutes(200), endedAt: null, outcome: 'unknown' }),
            aRun('now', { startedAt: minutes(400), endedAt: null, outcome: 'running' }),
          ],
        }),
      );
      const near = [113, 107, 210, 400, 500].map((at) => shown(`m${at}`, minutes(at)));
      expect(await save({ runs: near })).toMatchObject({ runs: 0 });
      expect(await save({ runs: [shown('m150', minutes(150))] })).toMatchObject({ runs: 1 });
      expect(await listed()).toHaveLength(4);
    });

    it('give way to the object that comes later', async () => {
      await save({ runs: [shown('metric-1', minutes(300)), shown('metric-2', minutes(900))] });
      const object = aRun('object-1', { startedAt: minutes(288), endedAt: minutes(298) });
      await system().saveFacts(context.tenant, aBatch({ runs: [object] }));
      expect(await listed()).toEqual([
        [minutes(890).toISOString(), 'metric'],
        [minutes(288).toISOString(), 'object'],
      ]);
      expect((await owner().readStatus()).counts.runs).toBe(2);
    });

    it('are not added again when a gap makes the same Job look new', async () => {
      expect((await save({ runs: [failed('1', 'dump-1', 0, 10)] })).runs).toBe(1);
      expect((await save({ runs: [failed('2', 'dump-1', 0, 3_000)] })).runs).toBe(0);
      const object = { startedAt: minutes(5_000), endedAt: minutes(5_010), name: 'dump-2' };
      await system().saveFacts(context.tenant, aBatch({ runs: [aRun('3', object)] }));
      expect((await save({ runs: [failed('4', 'dump-2', 5_000, 9_000)] })).runs).toBe(0);
      expect((await save({ runs: [failed('5', 'dump-3', 6_000, 9_000)] })).runs).toBe(1);
    });

    it('of a policy nobody knows are left out', async () => {
      const run = { ...shown('m', minutes(300)), policyId: aPolicy('unknown').policyId };
      expect(await save({ runs: [run] })).toMatchObject({ runs: 0 });
    });
  });

  describe('the house', () => {
    // Far enough back that the limits do not depend on the database's own date.
    const old = new Date('2024-03-10T12:00:00Z');
    const today = new Date('2025-06-01T12:00:00Z');
    const keep = (limits = LIMITS, at = today) => system().keepHouse(context.tenant, at, limits);

    beforeEach(async () => {
      await system().saveFacts(
        context.tenant,
        aBatch({ resources: [aClaim('photos')], policies: [aPolicy('photos')] }),
      );
    });

    it('is rid of samples, rollups and runs that have outlived their limits, and of nothing else', async () => {
      const recent = new Date(today.getTime() - 40 * DAY_MS);
      const young = new Date(today.getTime() - 5 * DAY_MS);
      const samples = [old, recent, young].map((at, n) => sample(used, at, n));
      await save({ series: [used], samples });
      const runs = [old, recent].map((at, n) =>
        aRun(`r${n}`, { startedAt: at, endedAt: at, runDay: at.toISOString().slice(0, 10) }),
      );
      await system().saveFacts(context.tenant, aBatch({ runs }));
      const kept = await keep();
      expect(kept).toMatchObject({ rows: 2, more: false });
      expect(kept.partitions).toBeGreaterThanOrEqual(3);
      expect(await count('samples')).toBe(1);
      expect(await count('samples_hourly')).toBe(2);
      expect(await count('samples_daily')).toBe(2);
      expect((await owner().listRuns({})).items.map(({ startedAt }) => startedAt)).toEqual([
        recent.toISOString(),
      ]);
      expect((await owner().readStatus()).counts.runs).toBe(1);
      expect(await keep()).toEqual({ partitions: 0, rows: 0, more: false });
    });

    it('removes a bounded number of rows at a time', async () => {
      const samples = [0, 1, 2].map((n) => sample(used, new Date(old.getTime() + n * HOUR_MS), n));
      await save({ series: [used], samples });
      expect(await keep({ ...LIMITS, rows: 2 })).toMatchObject({ rows: 3, more: true });
      expect(await keep({ ...LIMITS, rows: 2 })).toMatchObject({ rows: 1, more: false });
    });

    it('believes no clock that is ahead of the database’s', async () => {
      const now = new Date();
      await save({ series: [used], samples: [sample(used, now, 1)] });
      await keep(LIMITS, new Date('2999-01-01T00:00:00Z'));
      expect(await count('samples')).toBe(1);
      expect(await count('samples_hourly')).toBe(1);
    });
  });
}
