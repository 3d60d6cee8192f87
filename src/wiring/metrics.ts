import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import type { MetricsReader } from '../collect/port.ts';
import type { PrometheusClient } from '../collect/prometheus/client.ts';
import { findPrometheusSources } from '../collect/prometheus/find-sources.ts';
import type { Config } from '../config.ts';

type MetricsSettings = Pick<
  Config,
  'prometheus' | 'collectIntervalSeconds' | 'prometheusBackfillDays'
>;

/** One cluster's metrics store, opened; whoever asks it shares the client and its limit of questions at once. */
export interface ClusterMetrics {
  client: PrometheusClient;
  reader: MetricsReader;
  intervalMs: number;
  backfillDays: number;
}

/** The metrics stores that are configured, by the cluster's name; the client is loaded only where there is one. */
export async function openMetrics(
  config: MetricsSettings,
  clusters: readonly ClusterSource[],
): Promise<ReadonlyMap<string, ClusterMetrics>> {
  const sources = findPrometheusSources(config.prometheus, clusters);
  if (sources.size === 0) return new Map();
  const { createPrometheusClient } = await import('../collect/prometheus/client.ts');
  const { createMetricsReader } = await import('../collect/prometheus/metrics-reader.ts');
  const opened = [...sources].map(([name, source]): [string, ClusterMetrics] => {
    const client = createPrometheusClient(source);
    const reader = createMetricsReader(client, { now: () => new Date() });
    const intervalMs = config.collectIntervalSeconds * 1_000;
    return [name, { client, reader, intervalMs, backfillDays: config.prometheusBackfillDays }];
  });
  return new Map(opened);
}

export function closeMetrics(metrics: ReadonlyMap<string, ClusterMetrics>): void {
  for (const { client } of metrics.values()) client.close();
}
