import { AppError } from '../../domain/error.ts';
import { SECOND_MS, type Clock } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import type { ClusterCheck } from '../port.ts';
import type { PrometheusClient } from './client.ts';
import { EXPECTED_SERIES, type ExpectedSeries } from './expected-series.ts';
import type { MetricSeries, QueryReply } from './reply.ts';
import { selectorOf } from './selector.ts';

export interface ExaminedCluster {
  /** Engines that the cluster serves. */
  engines: readonly Engine[];
  /** By how much the cluster's clock is ahead of this machine's; null when that is not known. */
  aheadSeconds: number | null;
}

const SKEW_SECONDS = 30;

/** Checks what reading metrics of a cluster needs, each with its fix. Changes nothing; a failure is a check. */
export async function examineMetrics(
  client: PrometheusClient,
  cluster: ExaminedCluster,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClusterCheck[]> {
  try {
    const askedAt = clock.now().getTime();
    const found = await countFamilies(client, clock, signal);
    const middle = (askedAt + clock.now().getTime()) / 2;
    const families = new Map(
      found.series.map(({ labels, samples }) => [labels['__name__'], samples.at(-1)?.value ?? 0]),
    );
    return [
      good('metrics', `${client.source.url} answers${found.partial ? ', with parts missing' : ''}`),
      clockCheck(found.date, middle, cluster.aheadSeconds),
      await checkClusterLabel(client, families.size, clock, signal),
      await checkRelabelled(client, clock, signal),
      ...EXPECTED_SERIES.filter(({ engine }) => isExpected(engine, cluster)).map((expected) =>
        seriesCheck(expected, families),
      ),
    ];
  } catch (error) {
    if (signal.aborted || !(error instanceof AppError)) throw error;
    return [bad('metrics', error.message, error.nextStep ?? 'Check the Prometheus settings.')];
  }
}

function isExpected(engine: Engine | null, { engines }: ExaminedCluster): boolean {
  return engine === null || engines.includes(engine);
}

function countFamilies(
  client: PrometheusClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<QueryReply> {
  const names = EXPECTED_SERIES.flatMap(({ anyOf }) => anyOf);
  const query = `count by (__name__) (${selectorOf(client.source, names)})`;
  return client.instant(query, clock.now(), signal);
}

function seriesCheck(
  { anyOf, what, fix }: ExpectedSeries,
  families: ReadonlyMap<string | undefined, number>,
): ClusterCheck {
  const there = anyOf.find((name) => families.has(name));
  const check = `metrics for ${what}`;
  if (there !== undefined) return good(check, `${families.get(there)} series of ${there}`);
  const text = `no series of ${anyOf.join(' or ')}: unknown`;
  return { check, ok: 'unknown', text, nextStep: fix };
}

/** The store's clock against the cluster's; both are only seen from here, and the header has whole seconds. */
function clockCheck(date: Date | null, seenAt: number, aheadSeconds: number | null): ClusterCheck {
  const check = 'metrics clock';
  if (date === null || aheadSeconds === null)
    return {
      check,
      ok: 'unknown',
      text: date === null ? 'it sends no Date header' : 'the cluster’s own time is not known',
      nextStep: date === null ? 'Let the proxy pass it on.' : 'Make the cluster reachable first.',
    };
  const ahead = (date.getTime() + SECOND_MS / 2 - seenAt) / SECOND_MS - aheadSeconds;
  const seconds = Math.round(Math.abs(ahead));
  if (seconds <= SKEW_SECONDS)
    return good(check, `agrees with the cluster’s within ${SKEW_SECONDS} s`);
  return bad(
    check,
    `the metrics store’s clock is ${seconds} s ${ahead > 0 ? 'ahead of' : 'behind'} the cluster’s`,
    'Synchronise both clocks (NTP): runs and samples are put together by time.',
  );
}

/** Each cluster has one namespace kube-system: as many values of the label, as many clusters. */
async function checkClusterLabel(
  client: PrometheusClient,
  familiesFound: number,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClusterCheck> {
  const check = 'metrics of this cluster';
  const { clusterLabel } = client.source;
  const label = clusterLabel?.name ?? 'cluster';
  const everywhere = selectorOf(
    { clusterLabel: null },
    ['kube_namespace_created', 'kube_pod_start_time'],
    {
      namespace: 'kube-system',
    },
  );
  const { series } = await client.instant(
    `count by (${label}) (${everywhere})`,
    clock.now(),
    signal,
  );
  const values = valuesOf(series, label);
  if (clusterLabel === null && values.length > 1)
    return bad(
      check,
      `the store holds several clusters (${values.join(', ')}), and all their series count as this one’s`,
      `Set PROMETHEUS_CLUSTER_LABEL=${label}, or ${label}=<value> where the cluster has another name here.`,
    );
  if (clusterLabel !== null && familiesFound === 0)
    return bad(
      check,
      `no series has ${label}="${clusterLabel.value}"`,
      values.length === 0
        ? `No series has the label ${label}: set it as an external label of the Prometheus, or name another one in PROMETHEUS_CLUSTER_LABEL.`
        : `The store knows ${values.join(', ')}: set PROMETHEUS_CLUSTER_LABEL=${label}=<one of these>.`,
    );
  return good(
    check,
    clusterLabel === null
      ? 'the store holds no other'
      : `told apart by ${label}="${clusterLabel.value}"`,
  );
}

const LISTED = 10;

function valuesOf(series: readonly MetricSeries[], label: string): string[] {
  const values = series.map(({ labels }) => labels[label] ?? '').filter((value) => value !== '');
  return [...new Set(values)].sort().slice(0, LISTED);
}

/** Without `honorLabels` a scrape overwrites the pod and namespace that kube-state-metrics reports. */
async function checkRelabelled(
  client: PrometheusClient,
  clock: Clock,
  signal: AbortSignal,
): Promise<ClusterCheck> {
  const check = 'metrics labels';
  const moved = selectorOf(client.source, 'kube_pod_start_time', { exported_pod: /.+/ });
  const { series } = await client.instant(`count(${moved})`, clock.now(), signal);
  if (series.length === 0) return good(check, 'kube-state-metrics keeps its own');
  return bad(
    check,
    'kube-state-metrics’ labels were renamed to exported_*: its pods cannot be put together with their usage',
    'Set honorLabels: true in the scrape configuration of kube-state-metrics.',
  );
}

function good(check: string, text: string): ClusterCheck {
  return { check, ok: true, text, nextStep: null };
}

function bad(check: string, text: string, nextStep: string): ClusterCheck {
  return { check, ok: false, text, nextStep };
}
