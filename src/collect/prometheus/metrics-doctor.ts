import { AppError } from '../../domain/error.ts';
import { SECOND_MS, type Clock } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import type { ClusterCheck } from '../port.ts';
import type { PrometheusClient } from './client.ts';
import { bad, good, hasAny, type Ask, type Families } from './doctor-words.ts';
import { EXPECTED_SERIES, type ExpectedSeries } from './expected-series.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import type { MetricSeries, QueryReply } from './reply.ts';
import { selectorOf } from './selector.ts';
import { CLAIM_LABELS, checkClaimLabels, checkRelabelled } from './state-metrics-doctor.ts';

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
  const now = clock.now();
  const ask = (query: string) => client.instant(query, now, signal);
  try {
    const found = await ask(familiesQuery(client.source));
    // Both instants are of this machine; the store's lies between them.
    const middle = (now.getTime() + clock.now().getTime()) / 2;
    const families = familiesIn(found);
    const own = await checkClusterLabel(client.source, families.size, ask);
    const first = [storeCheck(client.source, found), clockCheck(found.date, middle, cluster)];
    // With a label that nothing has, all else would be missing too.
    if (families.size === 0 && client.source.clusterLabel !== null) return [...first, own];
    const before = familiesIn(await ask(familiesQuery(client.source, 'offset 1d')));
    return [
      ...first,
      own,
      await checkRelabelled(client.source, families, ask),
      await checkClaimLabels(client.source, families, ask),
      ...EXPECTED_SERIES.filter(({ engine }) => isExpected(engine, cluster)).map((expected) =>
        seriesCheck(expected, families, before),
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

function familiesQuery(source: PrometheusSource, offset = ''): string {
  const names = EXPECTED_SERIES.flatMap(({ anyOf, half }) => [...anyOf, ...(half?.anyOf ?? [])]);
  const all = [...new Set([...names, CLAIM_LABELS])];
  return `count by (__name__) (${selectorOf(source, all)} ${offset})`;
}

function familiesIn({ series }: QueryReply): Families {
  return new Map(
    series.map(({ labels, samples }) => [labels['__name__'] ?? '', samples.at(-1)?.value ?? 0]),
  );
}

function storeCheck(source: PrometheusSource, { series, partial }: QueryReply): ClusterCheck {
  const { url, clusterLabel } = source;
  if (partial)
    return {
      check: 'metrics',
      ok: 'unknown',
      text: `${url} answers with parts missing: what is missing below may be there`,
      nextStep: 'Look at its stores or replicas.',
    };
  if (series.length > 0 || clusterLabel !== null) return good('metrics', `${url} answers`);
  const text = `${url} answers, and has none of the series that are asked for`;
  return bad('metrics', text, 'Name the store that scrapes this cluster in PROMETHEUS_URL.');
}

function seriesCheck(expected: ExpectedSeries, families: Families, before: Families): ClusterCheck {
  const { anyOf, what, fix, half } = expected;
  const there = anyOf.find((name) => families.has(name));
  const check = `metrics for ${what}`;
  if (there !== undefined) return good(check, `${families.get(there)} series of ${there}`);
  const none = `no series of ${anyOf.join(' or ')}`;
  const unknown = { check, ok: 'unknown' as const };
  const gone = anyOf.find((name) => before.has(name));
  if (gone !== undefined)
    return {
      ...unknown,
      text: `${none}; a day ago there were ${before.get(gone)} of ${gone}`,
      nextStep:
        'See on the store’s page of targets whether its exporter is down, and whether an update has renamed the metric.',
    };
  if (half !== undefined && hasAny(families, half.anyOf))
    return { ...unknown, text: `${none}: ${half.text}`, nextStep: half.fix };
  return { ...unknown, text: none, nextStep: fix };
}

/** The store's clock against the cluster's; both are only seen from here, and the header has whole seconds. */
function clockCheck(
  date: Date | null,
  seenAt: number,
  { aheadSeconds }: ExaminedCluster,
): ClusterCheck {
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
  { clusterLabel }: PrometheusSource,
  familiesFound: number,
  ask: Ask,
): Promise<ClusterCheck> {
  const check = 'metrics of this cluster';
  const label = clusterLabel?.name ?? 'cluster';
  const metrics = ['kube_namespace_created', 'kube_pod_start_time'];
  const everywhere = selectorOf({ clusterLabel: null }, metrics, { namespace: 'kube-system' });
  const { series } = await ask(`count by (${label}) (${everywhere})`);
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
  if (clusterLabel !== null) return good(check, `told apart by ${label}="${clusterLabel.value}"`);
  if (series.length > 0) return good(check, 'the store holds no other');
  const text = `nothing tells whether the store holds others: no series of ${metrics.join(' or ')}`;
  return { check, ok: 'unknown', text, nextStep: 'Scrape kube-state-metrics.' };
}

const LISTED = 10;

function valuesOf(series: readonly MetricSeries[], label: string): string[] {
  const values = series.map(({ labels }) => labels[label] ?? '').filter((value) => value !== '');
  return [...new Set(values)].sort().slice(0, LISTED);
}
