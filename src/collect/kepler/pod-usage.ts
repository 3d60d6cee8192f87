import { sumCounter } from '../../analyze/ledger/counter-sum.ts';
import { samplesOfCounter, type ToldCounter } from '../../analyze/ledger/same-counter.ts';
import type { MoverPod } from '../../analyze/ledger/account-input.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { MetricSeries } from '../prometheus/reply.ts';

/** From the kubelet's cAdvisor. */
export const USAGE_METRICS = {
  cpu: 'container_cpu_usage_seconds_total',
  sent: 'container_network_transmit_bytes_total',
} as const;

/** From kube-state-metrics. */
export const POD_METRICS = {
  info: 'kube_pod_info',
  start: 'kube_pod_start_time',
  completion: 'kube_pod_completion_time',
  request: 'kube_pod_container_resource_requests',
  limit: 'kube_pod_container_resource_limits',
} as const;

interface Known {
  pod: MoverPod;
  /** Core-seconds by container, bytes by interface: each of one counter. */
  cpu: Map<string, ToldCounter[]>;
  sent: Map<string, ToldCounter[]>;
  requested: Map<string, number>;
  limited: Map<string, number>;
}

/** Everything that series of either source tell of pods, by namespace and name. What is not told is null. */
export function podsOf(series: readonly MetricSeries[]): MoverPod[] {
  const known = new Map<string, Known>();
  for (const one of series) {
    const { namespace, pod: name } = one.labels;
    if (!namespace || !name) continue;
    const key = `${namespace}/${name}`;
    const entry = known.get(key) ?? nothingOf(namespace, name);
    known.set(key, entry);
    take(entry, one);
  }
  return [...known.values()].map(settled);
}

function nothingOf(namespace: string, name: string): Known {
  const untold = { uid: null, node: null, startedAt: null, endedAt: null };
  const pod = { namespace, name, ...untold, cpuSeconds: null, cores: null, sentBytes: null };
  return { pod, cpu: new Map(), sent: new Map(), requested: new Map(), limited: new Map() };
}

function take(entry: Known, { labels, samples }: MetricSeries): void {
  const { pod } = entry;
  const last = samples.at(-1)?.value;
  if (last === undefined) return;
  const container = labels['container'] ?? '';
  switch (labels['__name__']) {
    case POD_METRICS.info:
      pod.node = labels['node'] || pod.node;
      break;
    case POD_METRICS.start:
      pod.startedAt = new Date(last * SECOND_MS);
      break;
    case POD_METRICS.completion:
      pod.endedAt = new Date(last * SECOND_MS);
      break;
    case POD_METRICS.request:
      if (labels['resource'] === 'cpu') entry.requested.set(container, last);
      break;
    case POD_METRICS.limit:
      if (labels['resource'] === 'cpu') entry.limited.set(container, last);
      break;
    case USAGE_METRICS.cpu:
      // The pod's own cgroup and its pause container count the same seconds again.
      if (container !== '' && container !== 'POD' && isWhole(labels['cpu']))
        add(entry.cpu, `${container} ${labels['id'] ?? ''}`, { labels, samples });
      break;
    case USAGE_METRICS.sent:
      if (labels['interface'] !== 'lo')
        add(entry.sent, labels['interface'] ?? '', { labels, samples });
      break;
    default:
  }
  pod.uid = labels['uid'] || pod.uid;
}

function isWhole(cpu: string | undefined): boolean {
  return cpu === undefined || cpu === 'total';
}

function add(counters: Map<string, ToldCounter[]>, key: string, { labels, samples }: MetricSeries) {
  const told = counters.get(key) ?? [];
  counters.set(key, told);
  told.push({
    origin: JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1))),
    samples: samples.map(({ at, value }) => [at.getTime() / SECOND_MS, value]),
  });
}

function settled({ pod, cpu, sent, requested, limited }: Known): MoverPod {
  return {
    ...pod,
    cpuSeconds: totalOf(cpu, pod),
    sentBytes: totalOf(sent, pod),
    cores: sumOf(requested) ?? sumOf(limited),
  };
}

/** Null too when its last scrape came before half of the pod's life: what it did after that is not known. */
function totalOf(
  counters: ReadonlyMap<string, ToldCounter[]>,
  { startedAt, endedAt }: MoverPod,
): number | null {
  const sums = [...counters.values()].flatMap(
    (told) => sumCounter(samplesOfCounter(told), true) ?? [],
  );
  if (sums.length === 0) return null;
  const lastAt = Math.max(...sums.map((sum) => sum.lastAt)) * SECOND_MS;
  if (startedAt !== null && endedAt !== null) {
    const half = (startedAt.getTime() + endedAt.getTime()) / 2;
    if (lastAt < half) return null;
  }
  return sums.reduce((sum, { total }) => sum + total, 0);
}

function sumOf(values: ReadonlyMap<string, number>): number | null {
  return values.size === 0 ? null : [...values.values()].reduce((sum, value) => sum + value, 0);
}
