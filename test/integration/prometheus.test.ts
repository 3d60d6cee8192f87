import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPrometheusClient } from '../../src/collect/prometheus/client.ts';
import { createMetricsReader } from '../../src/collect/prometheus/metrics-reader.ts';
import { openSource } from '../../src/collect/prometheus/prometheus-source.ts';
import type { RunFact } from '../../src/domain/facts.ts';
import { policyIdOf, resourceIdOf } from '../../src/domain/id.ts';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { createMetricsCollector } from '../../src/services/collect-metrics.ts';
import { openDataDirectory } from '../../src/store/embedded/data-directory.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import { createStore } from '../../src/store/store.ts';
import { aCluster } from '../contracts/store-context.ts';
import { aBatch, aClaim, aPolicy, aRun } from '../contracts/store-facts.ts';
import type { MetricsBatch } from '../../src/domain/metrics.ts';
import {
  hasPrometheus,
  startPrometheus,
  type GivenSeries,
  type RealPrometheus,
} from '../support/prometheus.ts';
import { requireReal } from '../support/real.ts';

const CLUSTER = 'cluster-a';
const HOUR = 3_600;
/** The latest whole hour: blocks of the past are what a backfill finds. */
const NOW = Math.floor(Date.now() / (HOUR * 1_000)) * HOUR;
const never = new AbortController().signal;
const date = (seconds: number) => new Date(seconds * 1_000);

const claimId = (name: string) =>
  resourceIdOf({ clusterId: CLUSTER, kind: 'PersistentVolumeClaim', namespace: 'media', name });
const sourceId = (name: string) =>
  policyIdOf('volsync', {
    clusterId: CLUSTER,
    kind: 'ReplicationSource',
    namespace: 'media',
    name,
  });

type Points = GivenSeries['points'];

/** A gauge or counter, told every minute from the first to the last instant. */
function told(
  name: string,
  labels: Record<string, string>,
  from: number,
  until: number,
  valueAt: (at: number) => number,
): GivenSeries {
  const points: (readonly [number, number])[] = [];
  for (let at = from; at <= until; at += 60) points.push([at, valueAt(at)]);
  return { name, labels, points };
}

const ends = [
  NOW - 30 * HOUR + 600,
  NOW - 20 * HOUR + 600,
  NOW - 10 * HOUR + 600,
  NOW - 2 * HOUR + 600,
];
const seconds = [100, 110, 120, 130];
/** The controller began again after the second run. */
const RESET = NOW - 15 * HOUR;
const START = NOW - 36 * HOUR;

function counted(at: number, of: (run: number) => number): number {
  return ends.reduce(
    (sum, end, run) => (end <= at && (at < RESET || end > RESET) ? sum + of(run) : sum),
    0,
  );
}

function volsync(): GivenSeries[] {
  const labels = { obj_namespace: 'media', obj_name: 'photos', role: 'source', method: 'restic' };
  const each = (pod: string, from: number, until: number) => {
    const own = { ...labels, pod };
    return [
      told('volsync_sync_duration_seconds_count', own, from, until, (at) => counted(at, () => 1)),
      told('volsync_sync_duration_seconds_sum', own, from, until, (at) =>
        counted(at, (run) => seconds[run] ?? 0),
      ),
      told('volsync_volume_out_of_sync', own, from, until, () => 0),
    ];
  };
  return [...each('volsync-1', START, RESET - 60), ...each('volsync-2', RESET, NOW)];
}

function volumes(cluster: string, used: number): GivenSeries[] {
  const on = (node: string) => ({
    cluster,
    node,
    namespace: 'media',
    persistentvolumeclaim: 'photos',
  });
  return ['node-a', 'node-b'].flatMap((node) => [
    told('kubelet_volume_stats_used_bytes', on(node), START, NOW, (at) => used + (at - START) / 60),
    told('kubelet_volume_stats_capacity_bytes', on(node), START, NOW, () => 1_000_000),
  ]);
}

/** A mover of four minutes, scraped every fifteen seconds, with the pod-wide and pause series cAdvisor adds. */
function mover(): GivenSeries[] {
  const end = NOW - 600;
  const pod = { namespace: 'media', pod: 'volsync-src-photos-abc12' };
  const alive = Array.from({ length: 17 }, (_, n) => end - 240 + n * 15);
  const points = (valueAt: (age: number) => number): Points =>
    alive.map((at) => [at, valueAt(at - end + 240)]);
  const cpu = (container: string, perSecond: number) => ({
    name: 'container_cpu_usage_seconds_total',
    labels: { ...pod, container, image: container === 'POD' ? 'pause' : 'restic' },
    points: points((age) => age * perSecond),
  });
  return [
    cpu('restic', 0.5),
    { ...cpu('', 0.5), labels: { ...pod } },
    cpu('POD', 0.001),
    {
      name: 'container_memory_working_set_bytes',
      labels: { ...pod, container: 'restic', image: 'restic' },
      points: points((age) => (age === 120 ? 9_000 : 5_000)),
    },
    {
      name: 'container_network_transmit_bytes_total',
      labels: { ...pod, interface: 'eth0' },
      points: points((age) => age * 100),
    },
    {
      name: 'kube_pod_completion_time',
      labels: pod,
      points: [
        [end + 20, end],
        [end + 80, end],
      ],
    },
  ];
}

function velero(): GivenSeries[] {
  const labels = { namespace: 'velero', schedule: 'nightly' };
  const success = NOW - 12 * HOUR + 77;
  return [
    told('velero_backup_last_successful_timestamp', labels, START, NOW, (at) =>
      at < success ? START - 9 * HOUR : success,
    ),
    told('velero_backup_duration_seconds_count', labels, START, NOW, (at) =>
      at < success ? 1 : 2,
    ),
    told('velero_backup_duration_seconds_sum', labels, START, NOW, (at) =>
      at < success ? 50 : 110,
    ),
    told('velero_backup_partial_failure_total', labels, START, NOW, (at) =>
      at < NOW - 5 * HOUR ? 3 : 4,
    ),
    told(
      'velero_backup_location_status_gauge',
      { namespace: 'velero', backup_location_name: 'default', replica: 'a' },
      START,
      NOW,
      () => 1,
    ),
    told(
      'velero_backup_location_status_gauge',
      { namespace: 'velero', backup_location_name: 'default', replica: 'b' },
      START,
      NOW,
      () => 0,
    ),
  ];
}

function jobs(): GivenSeries[] {
  const done = { namespace: 'shop', job_name: 'dump-29400120' };
  const failed = { namespace: 'shop', job_name: 'dump-29400180' };
  const end = NOW - 4 * HOUR;
  return [
    told('kube_job_status_start_time', done, end - 300, end + 1_800, () => end - 300),
    told('kube_job_status_completion_time', done, end + 30, end + 1_800, () => end),
    told('kube_job_status_start_time', failed, end + HOUR, end + 2 * HOUR, () => end + HOUR),
    told('kube_job_failed', { ...failed, condition: 'true' }, end + HOUR, end + 2 * HOUR, (at) =>
      at > end + HOUR + 400 ? 1 : 0,
    ),
  ];
}

describe.runIf(requireReal('Prometheus', hasPrometheus()))('a real Prometheus', () => {
  let real: RealPrometheus | null = null;
  beforeAll(async () => {
    real = await startPrometheus([
      ...volsync(),
      ...volumes('home', 5_000),
      ...volumes('other', 700_000),
      ...mover(),
      ...velero(),
      ...jobs(),
    ]);
  });
  afterAll(() => real?.stop());
  const source = (value?: string) => ({
    ...openSource(real?.url ?? ''),
    clusterLabel: value === undefined ? null : { name: 'cluster', value },
  });
  const readerOf = (value?: string) =>
    createMetricsReader(createPrometheusClient(source(value)), { now: () => date(NOW) });

  async function read(work: 'collect' | 'backfill', from: number, label?: string) {
    const batches: MetricsBatch[] = [];
    const reader = readerOf(label);
    const sink = { save: async (batch: MetricsBatch) => void batches.push(batch) };
    const window = { clusterId: CLUSTER, from: date(from), until: date(NOW) };
    const report = await reader[work](window, sink, never);
    const requests = reader.requests();
    reader.close();
    const samples = batches.flatMap((batch) => {
      const metricOf = new Map(
        batch.series.map(({ seriesId, metric, subjectId }) => [seriesId, { metric, subjectId }]),
      );
      return batch.samples.map(({ seriesId, at, value }) => ({
        ...metricOf.get(seriesId),
        at,
        value,
      }));
    });
    // An instant answer has no order of its own.
    samples.sort((a, b) => ((a.metric ?? '') < (b.metric ?? '') ? -1 : 1));
    return { report, requests, samples, runs: batches.flatMap(({ runs }) => runs) };
  }

  it('tells of volumes, operators and movers in four questions', async () => {
    const { report, requests, samples } = await read('collect', NOW - 300, 'home');
    expect(requests).toBe(4);
    const photos = resourceIdOf({
      clusterId: CLUSTER,
      kind: 'PersistentVolumeClaim',
      namespace: 'media',
      name: 'photos',
    });
    expect(samples).toEqual([
      { metric: 'volume-capacity-bytes', subjectId: photos, at: date(NOW), value: 1_000_000 },
      { metric: 'volume-used-bytes', subjectId: photos, at: date(NOW), value: 5_000 + 36 * 60 },
    ]);
    expect(report).toMatchObject({ state: 'answers', problems: [] });
  });

  it('gives up on replicas that disagree, and says so', async () => {
    const { report, samples } = await read('collect', NOW - 300);
    expect(samples.some(({ metric }) => metric === 'location-available')).toBe(false);
    expect(report.state).toBe('partial');
    expect(report.problems).toMatchObject([{ source: 'prometheus', code: 'broken' }]);
    expect(report.problems[0]?.message).toContain('velero_backup_location_status_gauge');
  });

  it('adds up a mover that has ended: containers only, peak memory, dated with its end', async () => {
    const { samples } = await read('collect', NOW - 300);
    const policyId = policyIdOf('volsync', {
      clusterId: CLUSTER,
      kind: 'ReplicationSource',
      namespace: 'media',
      name: 'photos',
    });
    const movers = samples.filter(({ metric }) => metric?.startsWith('mover-'));
    expect(movers.map(({ metric, value }) => [metric, value])).toEqual([
      ['mover-cpu-seconds', 120],
      ['mover-memory-peak-bytes', 9_000],
      ['mover-sent-bytes', 24_000],
    ]);
    for (const { at, subjectId } of movers)
      expect([at, subjectId]).toEqual([date(NOW - 600), policyId]);
  });

  it('finds the runs of the past with their durations, across a controller’s restart', async () => {
    const { report, runs } = await read('backfill', START - 10 * HOUR);
    expect(report).toMatchObject({ historyFrom: date(START - 10 * HOUR) });
    const of = (engine: RunFact['engine']) =>
      runs
        .filter((run) => run.engine === engine)
        .sort((a, b) => a.startedAt.getTime() - b.startedAt.getTime());
    const photos = of('volsync');
    expect(photos.map(({ durationSeconds, outcome }) => [durationSeconds, outcome])).toEqual(
      seconds.map((each) => [each, 'success']),
    );
    for (const [index, run] of photos.entries()) {
      const off = Math.abs((run.endedAt?.getTime() ?? 0) / 1_000 - (ends[index] ?? 0));
      expect(off).toBeLessThanOrEqual(run.endedWithinSeconds ?? 0);
    }
    expect(
      of('velero').map(({ outcome, endedAt, durationSeconds }) => [
        outcome,
        endedAt,
        durationSeconds,
      ]),
    ).toEqual([
      ['success', date(START - 9 * HOUR), null],
      ['success', date(NOW - 12 * HOUR + 77), 60],
      ['partial', expect.any(Date), null],
    ]);
    expect(
      of('cronjob').map(({ name, outcome, durationSeconds }) => [name, outcome, durationSeconds]),
    ).toEqual([
      ['dump-29400120', 'success', 300],
      ['dump-29400180', 'failed', expect.any(Number)],
    ]);
  });

  it('backfills the same twice, and usage for the days it has', async () => {
    const first = await read('backfill', START, 'home');
    const again = await read('backfill', START, 'home');
    expect(again.samples).toEqual(first.samples);
    expect(again.runs).toEqual(first.runs);
    expect(
      first.samples.filter(({ metric }) => metric === 'volume-used-bytes').length,
    ).toBeGreaterThanOrEqual(5);
    expect(first.samples.some(({ value }) => value > 600_000 && value < 1_000_000)).toBe(false);
  });

  it('answers a range of more than 11,000 points', async () => {
    const client = createPrometheusClient(source());
    const reply = await client.range(
      'vector(1)',
      { from: date(NOW - 20_000), until: date(NOW), stepSeconds: 1 },
      never,
    );
    expect(reply.series[0]?.samples).toHaveLength(20_001);
    expect(client.requests()).toBe(4);
    client.close();
  });

  it('refuses what is no PromQL with its own words', async () => {
    const client = createPrometheusClient(source());
    await expect(client.instant('sum(', date(NOW), never)).rejects.toMatchObject({
      code: 'source-invalid',
      message: expect.stringContaining('parse error') as string,
    });
    client.close();
  });

  it('and the store keep one history: what objects show is not taken again, the rest is judged', async () => {
    const directory = await mkdtemp(join(tmpdir(), 'plimsoll-metrics-'));
    await openDataDirectory(directory);
    const store = createStore(await openEmbeddedDoor({ directory }));
    const client = createPrometheusClient(source());
    try {
      await store.migrate();
      await store.system.ensureTenant('local', 'owner');
      await store.system.saveCluster('local', aCluster());
      const photos = aClaim('photos', { resourceId: claimId('photos') });
      const policy = aPolicy('photos', { policyId: sourceId('photos') });
      const last = date(ends.at(-1) ?? 0);
      const object = aRun('last', {
        policyId: policy.policyId,
        resourceId: photos.resourceId,
        startedAt: new Date(last.getTime() - 130_000),
        endedAt: last,
      });
      const facts = {
        observedAt: date(NOW),
        resources: [photos],
        policies: [policy],
        runs: [object],
      };
      await store.system.saveFacts('local', aBatch(facts));
      const deps = { store: store.system, tenantId: 'local', clusterId: CLUSTER };
      const reader = createMetricsReader(client, { now: () => date(NOW) });
      const settings = { reader, intervalMs: 300_000, backfillDays: 10 };
      const collect = () =>
        createMetricsCollector({ ...deps, ...settings }).collect(date(NOW), never);
      expect(await collect()).toMatchObject({ runs: 3 });
      expect(await collect()).toMatchObject({ runs: 0 });

      const owner = store.as({ tenantId: 'local', subject: 'owner' });
      const { items } = await owner.listRuns({});
      expect(items.map(({ source, durationSeconds }) => [source, durationSeconds])).toEqual([
        ['object', 600],
        ['metric', 120],
        ['metric', 110],
        ['metric', 100],
      ]);
      expect(new Set(items.map(({ resourceId }) => resourceId))).toEqual(
        new Set([photos.resourceId]),
      );
      const whole = await owner.showResource('media', 'photos', null);
      expect(whole?.resource.usage).toMatchObject({ capacityBytes: 1_000_000 });
      expect(whole?.resource.usage?.growthBytesPerDay).toBeGreaterThan(0);
      const [cluster] = (await owner.readStatus()).clusters;
      expect(cluster?.metrics).toMatchObject({ state: 'partial', url: real?.url });
      expect(cluster?.problems).toMatchObject([{ source: 'prometheus' }]);

      const judge = createClusterJudge({ ...deps, settings: defaultSettings });
      await judge.judge(date(NOW));
      const findings = await owner.listFindings({});
      expect(findings.items.map(({ kind }) => kind)).not.toContain('missed-run');
    } finally {
      client.close();
      await store.close();
      await rm(directory, { recursive: true, force: true });
    }
  });
});
