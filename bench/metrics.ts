import type { EndedRun } from '../src/analyze/ledger/account-input.ts';
import { createRunMeter } from '../src/collect/kepler/run-meter.ts';
import { createPrometheusClient } from '../src/collect/prometheus/client.ts';
import { createMetricsReader } from '../src/collect/prometheus/metrics-reader.ts';
import { openSource } from '../src/collect/prometheus/prometheus-source.ts';
import { policyIdOf, runIdOf } from '../src/domain/id.ts';
import { hasPrometheus, startPrometheus, type GivenSeries } from '../test/support/prometheus.ts';

/** One cycle of metrics and of the ledger's meter against a real Prometheus. */
export interface MetricsFigures {
  claims: number;
  /** Requests of the first cycle, retries included. */
  requests: number;
  seconds: number;
  samples: number;
  /** Calls to the store in a second cycle in which nothing has changed. */
  quietWrites: number;
}

const CLUSTER = 'cluster-a';
const MINUTE = 60;
const SCRAPES = 12;
/** Each claim is backed up once an hour: so many movers end in five minutes. */
const MOVERS_PART = 1 / 12;

/** Null when no Prometheus is installed. */
export async function benchMetrics(claims: number): Promise<MetricsFigures | null> {
  if (!hasPrometheus()) return null;
  const now = Math.floor(Date.now() / 60_000) * MINUTE;
  const movers = Math.ceil(claims * MOVERS_PART);
  const prometheus = await startPrometheus([
    ...volumes(claims, now),
    ...operators(claims, now),
    ...pods(movers, now),
  ]);
  const client = createPrometheusClient(openSource(prometheus.url));
  try {
    const reader = createMetricsReader(client, { now: () => new Date() });
    const meter = createRunMeter(client);
    const counts = { samples: 0, writes: 0 };
    const sink = {
      save: async (batch: { samples: unknown[] }) => {
        counts.samples += batch.samples.length;
        counts.writes += 1;
      },
    };
    const never = new AbortController().signal;
    const until = new Date(now * 1_000);
    const window = { clusterId: CLUSTER, from: new Date(until.getTime() - 300_000), until };
    const startedAt = performance.now();
    const { state, problems } = await reader.collect(window, sink, never);
    if (state !== 'answers') throw new Error(JSON.stringify(problems));
    await meter.read(runs(movers, now), until, never);
    const seconds = (performance.now() - startedAt) / 1_000;
    const { samples } = counts;
    const requests = client.requests();
    counts.writes = 0;
    await reader.collect(window, sink, never);
    return { claims, requests, seconds, samples, quietWrites: counts.writes };
  } finally {
    client.close();
    await prometheus.stop();
  }
}

function told(
  name: string,
  labels: Record<string, string>,
  now: number,
  valueAt: (scrape: number) => number,
): GivenSeries {
  const points = Array.from({ length: SCRAPES }, (_, scrape): [number, number] => [
    now - (SCRAPES - 1 - scrape) * MINUTE,
    valueAt(scrape),
  ]);
  return { name, labels, points };
}

function each<T>(count: number, make: (index: number) => T[]): T[] {
  return Array.from({ length: count }, (_, index) => make(index)).flat();
}

function volumes(claims: number, now: number): GivenSeries[] {
  const names = ['used_bytes', 'capacity_bytes', 'inodes_used', 'inodes'];
  return names.flatMap((name) =>
    each(claims, (n) => {
      const labels = {
        namespace: `app-${n % 100}`,
        persistentvolumeclaim: `data-${n}`,
        node: `node-${n % 50}`,
      };
      return [told(`kubelet_volume_stats_${name}`, labels, now, () => 1e9 + n)];
    }),
  );
}

function operators(claims: number, now: number): GivenSeries[] {
  return ['volsync_volume_out_of_sync', 'volsync_missed_intervals_total'].flatMap((name) =>
    each(claims, (n) => {
      const labels = { obj_namespace: `app-${n % 100}`, obj_name: `data-${n}`, role: 'source' };
      return [told(name, labels, now, () => 0)];
    }),
  );
}

function podOf(n: number): { namespace: string; pod: string } {
  return { namespace: `app-${n % 100}`, pod: `volsync-src-data-${n}-abc12` };
}

function alive(series: GivenSeries): GivenSeries {
  return { ...series, points: series.points.slice(0, 7) };
}

/** Movers that ended five minutes ago, measured by cAdvisor, kube-state-metrics and Kepler. */
function pods(movers: number, now: number): GivenSeries[] {
  const container = { container: 'restic', image: 'restic' };
  const cadvisor: [string, Record<string, string>][] = [
    ['container_cpu_usage_seconds_total', container],
    ['container_memory_working_set_bytes', container],
    ['container_network_transmit_bytes_total', { interface: 'eth0' }],
    ['container_network_receive_bytes_total', { interface: 'eth0' }],
  ];
  return [
    ...cadvisor.flatMap(([name, more]) =>
      each(movers, (n) => [
        alive(told(name, { ...podOf(n), ...more }, now, (scrape) => scrape * 10)),
      ]),
    ),
    ...each(movers, (n) => [told('kube_pod_completion_time', podOf(n), now, () => now - 300)]),
    ...each(movers, (n) => {
      const { namespace, pod } = podOf(n);
      const labels = {
        pod_namespace: namespace,
        pod_name: pod,
        pod_id: `uid-${n}`,
        zone: 'package',
        state: 'running',
      };
      return [alive(told('kepler_pod_cpu_joules_total', labels, now, (scrape) => scrape * 5))];
    }),
  ];
}

function runs(movers: number, now: number): EndedRun[] {
  return each(movers, (n) => {
    const namespace = `app-${n % 100}`;
    const name = `data-${n}`;
    const startedAt = new Date((now - 660) * 1_000);
    return [
      {
        runId: runIdOf(CLUSTER, 'volsync', String(n)),
        runDay: startedAt.toISOString().slice(0, 10),
        engine: 'volsync' as const,
        policyId: policyIdOf('volsync', {
          clusterId: CLUSTER,
          kind: 'ReplicationSource',
          namespace,
          name,
        }),
        namespace,
        name,
        startedAt,
        endedAt: new Date((now - 300) * 1_000),
        outcome: 'success' as const,
        logicalBytes: null,
        addedBytes: null,
        storedBytes: null,
        expiresAt: null,
        known: null,
      },
    ];
  });
}
