import { resourceIdOf } from '../../domain/id.ts';
import type { Metric } from '../../domain/metrics.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import type { MetricSeries } from './reply.ts';
import { selectorOf } from './selector.ts';
import type { Reading } from './series-book.ts';

export const VOLUME_METRICS: Record<string, Metric> = {
  kubelet_volume_stats_used_bytes: 'volume-used-bytes',
  kubelet_volume_stats_capacity_bytes: 'volume-capacity-bytes',
  kubelet_volume_stats_inodes_used: 'volume-used-inodes',
  kubelet_volume_stats_inodes: 'volume-capacity-inodes',
};

/** A volume mounted on several nodes, and two stores that scrape the same kubelet, tell of it more than once. */
export function volumeQuery(
  source: PrometheusSource,
  metrics = Object.keys(VOLUME_METRICS),
): string {
  return `max by (__name__, namespace, persistentvolumeclaim) (${selectorOf(source, metrics)})`;
}

export function volumeReadings(clusterId: string, rows: readonly MetricSeries[]): Reading[] {
  return rows.flatMap(({ labels, samples }) => {
    const origin = labels['__name__'] ?? '';
    const metric = VOLUME_METRICS[origin];
    const { namespace, persistentvolumeclaim: name } = labels;
    if (metric === undefined || !namespace || !name) return [];
    const kind = 'PersistentVolumeClaim';
    const subjectId = resourceIdOf({ clusterId, kind, namespace, name });
    return samples
      .filter(({ value }) => value >= 0)
      .map(({ at, value }) => ({
        metric,
        subject: 'resource' as const,
        subjectId,
        namespace,
        origin,
        at,
        value,
      }));
  });
}
