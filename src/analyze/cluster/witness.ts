import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { Cause, Evidence, FindingDraft } from '../../domain/judgement.ts';
import type { Metric, MetricValue } from '../../domain/metrics.ts';
import type { ClusterView, Witnesses } from './view.ts';

const keyOf = (metric: Metric, subjectId: string): string => `${metric} ${subjectId}`;

export function witnessesOf(values: readonly MetricValue[]): Witnesses {
  return new Map(values.map((value) => [keyOf(value.metric, value.subjectId), value]));
}

export function witnessOf(
  view: ClusterView,
  metric: Metric,
  subjectId: string,
): MetricValue | undefined {
  return view.witnesses?.get(keyOf(metric, subjectId));
}

/**
 * Nobody can tell whether a disagreement lasts while metrics are not known, or this one alone has fallen silent (NaN,
 * renamed, replicas that differ): an open one stays. Where there is no metrics store no witness is missed.
 */
export function blindWithout(metric: Metric) {
  return (view: ClusterView, { subject }: Pick<FindingDraft, 'subject'>): boolean => {
    if (view.witnesses === null) return true;
    const { policyId, repositoryId } = subject;
    const isThere =
      view.index.policyById.has(policyId ?? '') ||
      view.index.inventory.repositories.some((one) => one.repositoryId === repositoryId);
    const subjectId = policyId ?? repositoryId ?? '';
    return isThere && view.witnesses.size > 0 && !witnessOf(view, metric, subjectId);
  };
}

/**
 * Since when a metric has been wrong: since the instant from which it should have known better, when the last look at
 * it was a while later; null: it may have been about to.
 */
export function wrongSince(
  witness: MetricValue,
  from: Date | null,
  holdSeconds: number,
): Date | null {
  const late = from !== null && witness.at.getTime() - from.getTime() >= holdSeconds * SECOND_MS;
  return late ? from : null;
}

/** FM-13: which of the two is wrong, the metric's own look shows. */
export function disagreement({ origin, value }: MetricValue): Cause {
  return {
    code: 'FM-13',
    title: 'A metric and the objects disagree',
    shownBy: `${origin} = ${value}`,
  };
}

/** The metric's side of a disagreement. */
export function metricEvidence(label: string, witness: MetricValue): Evidence {
  const instant = witness.metric.endsWith('-at');
  return {
    label,
    value: instant ? new Date(witness.value * 1_000).toISOString() : witness.value,
    unit: instant ? 'time' : '1',
    source: `metric ${witness.origin}`,
    at: witness.at,
    table: 'series',
    rowId: witness.seriesId,
  };
}

/**
 * How far two witnesses of one success may be apart, ms: one may tell its start and the other its end, and metrics are
 * asked now and then.
 */
export function apartMs(intervalSeconds: number | null): number {
  return Math.max(HOUR_MS, ((intervalSeconds ?? 0) * 1_000) / 2);
}
