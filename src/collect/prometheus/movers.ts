import { policyIdOf } from '../../domain/id.ts';
import type { Metric } from '../../domain/metrics.ts';
import { SECOND_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import type { MetricSeries } from './reply.ts';
import { selectorOf, type Matchers } from './selector.ts';
import type { Reading } from './series-book.ts';

interface MoverName {
  engine: Engine;
  kind: string;
  /** RE2 and JavaScript alike; the group is the policy's name. */
  pattern: string;
}

/** How pods that move data are named after their policy, in the policy's namespace. */
const MOVER_NAMES: readonly MoverName[] = [
  {
    engine: 'volsync',
    kind: 'ReplicationSource',
    pattern: 'volsync-(?:rsync-tls-|rsync-|rclone-)?src-(.+)-[a-z0-9]{5}',
  },
  { engine: 'velero', kind: 'Schedule', pattern: '(.+)-[0-9]{14}-[a-z0-9]{5}' },
  { engine: 'cronjob', kind: 'CronJob', pattern: '(.+)-[0-9]{8,10}-[a-z0-9]{5}' },
];

const MOVERS = { pod: new RegExp(MOVER_NAMES.map(({ pattern }) => pattern).join('|')) };
/** Pod-wide and pause series repeat what the containers say. */
const CONTAINERS = { ...MOVERS, container: { not: /|POD/ } };

/** Between two looks at whether a pod is still there. */
const LOOK_SECONDS = 30;
/** A pod unseen for so long is gone; what its last scrape told has arrived by then. */
const GONE_MS = 150 * SECOND_MS;

/**
 * What each mover pod used over its life, as far as the window reaches back: counters begin with the pod, so their
 * greatest value is the total, unless a container began again; then it is less than the total.
 */
export function moverUsageQuery(source: PrometheusSource, windowSeconds: number): string {
  const most = (metric: string, matchers: Matchers, by: string) =>
    `max by (namespace, pod, ${by}) (max_over_time(${selectorOf(source, metric, matchers)}[${windowSeconds}s]))`;
  const cpu = 'container_cpu_usage_seconds_total';
  const seen = `max by (namespace, pod) (max_over_time(timestamp(${selectorOf(source, cpu, CONTAINERS)})[${windowSeconds}s:${LOOK_SECONDS}s]))`;
  return joined({
    cpu: perPod(most(cpu, CONTAINERS, 'container')),
    memory: perPod(most('container_memory_working_set_bytes', CONTAINERS, 'container')),
    sent: perPod(most('container_network_transmit_bytes_total', MOVERS, 'interface')),
    received: perPod(most('container_network_receive_bytes_total', MOVERS, 'interface')),
    seen,
  });
}

function perPod(inner: string): string {
  return `sum by (namespace, pod) (${inner})`;
}

/** When they began and ended, where kube-state-metrics saw it. */
export function moverTimesQuery(source: PrometheusSource, windowSeconds: number): string {
  const times = selectorOf(source, ['kube_pod_start_time', 'kube_pod_completion_time'], MOVERS);
  return `max by (__name__, namespace, pod) (last_over_time(${times}[${windowSeconds}s]))`;
}

/** Several expressions as one question; label `what` tells them apart. */
export function joined(parts: Record<string, string>): string {
  return Object.entries(parts)
    .map(([what, expression]) => `label_replace(${expression}, "what", "${what}", "", "")`)
    .join(' or ');
}

const USAGE: Record<string, { metric: Metric; origin: string }> = {
  cpu: { metric: 'mover-cpu-seconds', origin: 'container_cpu_usage_seconds_total' },
  memory: { metric: 'mover-memory-peak-bytes', origin: 'container_memory_working_set_bytes' },
  sent: { metric: 'mover-sent-bytes', origin: 'container_network_transmit_bytes_total' },
  received: { metric: 'mover-received-bytes', origin: 'container_network_receive_bytes_total' },
};

/** The usage of movers that have ended, dated with their end. One that still runs waits for a later cycle. */
export function moverReadings(
  clusterId: string,
  usage: readonly MetricSeries[],
  times: readonly MetricSeries[],
  until: Date,
): Reading[] {
  const ends = endsOf(usage, times, until);
  return usage.flatMap(({ labels, samples }) => {
    const told = USAGE[labels['what'] ?? ''];
    const at = ends.get(nameOf(labels));
    const value = samples.at(-1)?.value;
    const policyId = policyOf(clusterId, labels);
    if (told === undefined || at === undefined || value === undefined || policyId === null)
      return [];
    const { namespace = '' } = labels;
    return [{ ...told, subject: 'policy' as const, subjectId: policyId, namespace, at, value }];
  });
}

function endsOf(
  usage: readonly MetricSeries[],
  times: readonly MetricSeries[],
  until: Date,
): Map<string, Date> {
  const ends = new Map<string, Date>();
  const note = ({ labels, samples }: MetricSeries): void => {
    const at = new Date((samples.at(-1)?.value ?? Number.NaN) * SECOND_MS);
    if (at.getTime() <= until.getTime() - GONE_MS) ends.set(nameOf(labels), at);
    else ends.delete(nameOf(labels));
  };
  for (const row of usage) if (row.labels['what'] === 'seen') note(row);
  // What kube-state-metrics saw is exact, but a pod removed at once is gone before it is seen to have ended.
  for (const row of times) if (row.labels['__name__'] === 'kube_pod_completion_time') note(row);
  return ends;
}

function nameOf({ namespace, pod }: Record<string, string>): string {
  return `${namespace}/${pod}`;
}

function policyOf(clusterId: string, { namespace, pod = '' }: Record<string, string>) {
  if (!namespace) return null;
  for (const { engine, kind, pattern } of MOVER_NAMES) {
    const name = new RegExp(`^${pattern}$`).exec(pod)?.[1];
    if (name !== undefined) return policyIdOf(engine, { clusterId, kind, namespace, name });
  }
  return null;
}
