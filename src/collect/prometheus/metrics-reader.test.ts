import { afterEach, describe, expect, it } from 'vitest';
import {
  answered,
  stubPrometheus,
  type SeenQuery,
  type StubAnswer,
  type StubPrometheus,
} from '../../../test/support/stub-prometheus.ts';
import type { MetricsBatch } from '../../domain/metrics.ts';
import { createPrometheusClient } from './client.ts';
import { createMetricsReader } from './metrics-reader.ts';
import { openSource } from './prometheus-source.ts';

const UNTIL = new Date('2026-11-21T07:00:42Z');
const window = { clusterId: 'cluster-a', from: new Date('2026-11-21T06:55:42Z'), until: UNTIL };
const never = new AbortController().signal;

let stub: StubPrometheus | null = null;
afterEach(() => stub?.close());

async function readerOf(answer: (query: SeenQuery) => StubAnswer) {
  stub = await stubPrometheus(answer);
  const client = createPrometheusClient(openSource(stub.url), { retryMs: 1 });
  const batches: MetricsBatch[] = [];
  const sink = { save: async (batch: MetricsBatch) => void batches.push(batch) };
  return { reader: createMetricsReader(client, { now: () => UNTIL }), batches, sink };
}

const isVolumes = ({ form }: SeenQuery) => form.get('query')?.includes('kubelet_volume') ?? false;
const volume = (name: string, value: string) => ({
  metric: { __name__: name, namespace: 'media', persistentvolumeclaim: 'photos' },
  value: [UNTIL.getTime() / 1_000, value],
});
const volumes = answered([
  volume('kubelet_volume_stats_used_bytes', '10'),
  volume('kubelet_volume_stats_capacity_bytes', '+Inf'),
]);

const NOW = UNTIL.getTime() / 1_000;
const photos = (end: string, labels: Record<string, string>, value: number) => ({
  metric: { namespace: 'media', pod: `volsync-src-photos-${end}`, ...labels },
  value: [NOW, String(value)],
});

describe('a cycle', () => {
  it('that finds nothing new writes nothing', async () => {
    const { reader, batches, sink } = await readerOf((query) =>
      isVolumes(query) ? volumes : answered([]),
    );
    await reader.collect(window, sink, never);
    expect(batches.map(({ samples }) => samples.map(({ value }) => value))).toEqual([[10]]);
    await reader.collect(window, sink, never);
    expect(batches).toHaveLength(1);
  });

  it('keeps every mover of a policy, whatever the order they are told in', async () => {
    const { reader, batches, sink } = await readerOf(({ form }) => {
      const query = form.get('query') ?? '';
      if (query.includes('kube_pod_completion_time'))
        return answered([
          photos('late0', { __name__: 'kube_pod_completion_time' }, NOW - 300),
          photos('early', { __name__: 'kube_pod_completion_time' }, NOW - 2_400),
        ]);
      const used = [photos('late0', { what: 'cpu' }, 9), photos('early', { what: 'cpu' }, 4)];
      return answered(query.includes('"cpu"') ? used : []);
    });
    await reader.collect(window, sink, never);
    const values = batches.flatMap(({ samples }) => samples.map(({ value }) => value));
    expect(values).toEqual([4, 9]);
  });

  it('saves what was answered and names what was not', async () => {
    const { reader, batches, sink } = await readerOf((query) =>
      isVolumes(query)
        ? volumes
        : { status: 422, body: { status: 'error', errorType: 'execution', error: 'too many' } },
    );
    const report = await reader.collect(window, sink, never);
    expect(batches).toHaveLength(1);
    expect(report.state).toBe('partial');
    expect(report.problems.map(({ code }) => code)).toEqual(['invalid', 'invalid', 'invalid']);
  });

  it.each([
    [503, 'unreachable'],
    [401, 'refused'],
    [403, 'refused'],
    [404, 'invalid'],
  ])(
    'of a store that answers %i only is reported, writes nothing, and heals',
    async (status, state) => {
      let down = true;
      const { reader, batches, sink } = await readerOf(() =>
        down ? { status, body: 'x' } : answered([]),
      );
      const report = await reader.collect(window, sink, never);
      expect(report.state).toBe(state);
      expect(report.problems[0]).toMatchObject({ source: 'prometheus', since: UNTIL });
      down = false;
      expect(report.witnesses).toBeNull();
      expect(report.whole).toBe(false);
      // No operator tells anything: that is not known either.
      const healed = { state: 'answers', problems: [], whole: true, witnesses: null };
      expect(await reader.collect(window, sink, never)).toEqual(healed);
      expect(batches).toEqual([]);
    },
  );

  it('with parts missing says so', async () => {
    const { reader, sink } = await readerOf(() =>
      answered([], { warnings: ['no StoreAPI for eu'] }),
    );
    const report = await reader.collect(window, sink, never);
    expect(report.state).toBe('partial');
    expect(report.problems[0]?.message).toContain('no StoreAPI for eu');
  });

  it('names a metric that was there and no longer is, after a quarter of an hour, for a day', async () => {
    let renamed = false;
    const { reader, sink } = await readerOf((query) =>
      isVolumes(query) && !renamed ? volumes : answered([]),
    );
    const problemsAt = async (minutes: number) => {
      const until = new Date(UNTIL.getTime() + minutes * 60_000);
      const { problems } = await reader.collect({ ...window, until }, sink, never);
      return problems.map(({ message }) => message.replace(/^\S+ /, ''));
    };
    expect(await problemsAt(0)).toEqual([]);
    renamed = true;
    expect(await problemsAt(5)).toEqual([]);
    const said = 'no longer has any series of kubelet_volume_stats_used_bytes';
    for (const minutes of [15, 600]) expect(await problemsAt(minutes)).toEqual([said]);
    expect(await problemsAt(1_500)).toEqual([]);
  });

  it('takes the larger of two tellings of one volume, in whatever order and however often', async () => {
    for (const bytes of [
      ['10', '20'],
      ['20', '10'],
    ]) {
      const rows = bytes.map((value) => volume('kubelet_volume_stats_used_bytes', value));
      const { reader, batches, sink } = await readerOf((query) =>
        answered(isVolumes(query) ? rows : []),
      );
      for (const minutes of [0, 5]) {
        const until = new Date(UNTIL.getTime() + minutes * 60_000);
        await reader.collect({ ...window, until }, sink, never);
      }
      const values = batches.flatMap(({ samples }) => samples.map(({ value }) => value));
      expect(values).toEqual([20]);
      await stub?.close();
    }
  });

  it('whose write fails rejects, and writes all of it the next time', async () => {
    const { reader, batches, sink } = await readerOf((query) =>
      isVolumes(query) ? volumes : answered([]),
    );
    const full = { save: () => Promise.reject(new Error('disk full')) };
    await expect(reader.collect(window, full, never)).rejects.toThrow('disk full');
    await reader.collect(window, sink, never);
    expect(batches[0]?.samples).toHaveLength(1);
  });

  it('asks at whole minutes', async () => {
    const { reader, sink } = await readerOf(() => answered([]));
    await reader.collect(window, sink, never);
    const times = new Set(stub?.seen.map(({ form }) => form.get('time')));
    expect([...times]).toEqual([String(Date.UTC(2026, 10, 21, 7, 0) / 1_000)]);
  });
});

const isRange = ({ path }: SeenQuery) => path.endsWith('query_range');

describe('a history', () => {
  it('reaches back as far as the store keeps it, day by day, oldest first', async () => {
    const { reader, sink } = await readerOf(({ path }) =>
      path.endsWith('/runtimeinfo')
        ? { body: { status: 'success', data: { storageRetention: '3d' } } }
        : answered([]),
    );
    const long = { ...window, from: new Date('2026-08-01T00:00:00Z') };
    const read = await reader.backfill(long, sink, never);
    expect(read.historyFrom).toEqual(new Date('2026-11-18T07:00:42Z'));
    const starts = stub?.seen.filter(isRange).map(({ form }) => Number(form.get('start'))) ?? [];
    expect(starts).toHaveLength(3 * 4);
    expect(starts[0]).toBeGreaterThanOrEqual(Date.parse('2026-11-18T07:00:42Z') / 1_000);
  });

  it('that breaks off is not known to be read', async () => {
    let ranges = 0;
    const { reader, sink } = await readerOf((query) =>
      isRange(query) && (ranges += 1) > 5 ? { status: 401, body: '' } : answered([]),
    );
    const read = await reader.backfill(
      { ...window, from: new Date('2026-11-10T00:00:00Z') },
      sink,
      never,
    );
    expect(read).toMatchObject({ missingFrom: new Date('2026-11-11T00:00:00Z'), state: 'refused' });
    expect(ranges).toBe(6);
  });

  it('of which parts are missing goes on, takes no run from a part, and says from when', async () => {
    const job = { what: 'ended', namespace: 'shop', job_name: 'dump-29400120' };
    const { reader, batches, sink } = await readerOf((query) => {
      if (!isRange(query) || !query.form.get('query')?.includes('kube_job')) return answered([]);
      const start = Number(query.form.get('start'));
      const day = new Date(start * 1_000).getUTCDate();
      const row = { metric: job, values: [[start + 600, String(start + 300)]] };
      return answered([row], day === 19 ? { warnings: ['store eu is gone'] } : {});
    });
    const from = new Date('2026-11-18T00:00:00Z');
    const read = await reader.backfill({ ...window, from }, sink, never);
    expect(read).toMatchObject({ missingFrom: new Date('2026-11-19T00:00:00Z'), state: 'partial' });
    expect(read.problems.map(({ message }) => message).join()).toContain('since 2026-11-19T00:00Z');
    const days = batches.flatMap(({ runs }) => runs.map(({ runDay }) => runDay));
    expect(days).toEqual(['2026-11-18', '2026-11-20', '2026-11-21']);
  });
});
