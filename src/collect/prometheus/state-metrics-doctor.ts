import type { ClusterCheck } from '../port.ts';
import { bad, good, hasAny, type Ask, type Families } from './doctor-words.ts';
import { KUBE_STATE_METRICS } from './expected-series.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import { selectorOf } from './selector.ts';

/** Without `honorLabels` a scrape overwrites the pod and namespace that kube-state-metrics reports. */
export async function checkRelabelled(
  source: PrometheusSource,
  families: Families,
  ask: Ask,
): Promise<ClusterCheck> {
  const check = 'metrics labels';
  if (!hasAny(families, ['kube_pod_start_time', ...KUBE_STATE_METRICS])) return noStates(check);
  const names = ['kube_pod_start_time', 'kube_persistentvolumeclaim_info'];
  const moved = selectorOf(source, names, { exported_namespace: /.+/ });
  const { series } = await ask(`count(${moved})`);
  if (series.length === 0) return good(check, 'kube-state-metrics keeps its own');
  return bad(
    check,
    'kube-state-metrics’ labels were renamed to exported_*: its pods cannot be put together with their usage',
    'Set honorLabels: true in the scrape configuration of kube-state-metrics.',
  );
}

/** At most so many names are shown. */
const LISTED = 10;
export const CLAIM_LABELS = 'kube_persistentvolumeclaim_labels';

/** kube-state-metrics shows no label of an object unless it is told to, and takes a wrong word without a word. */
export async function checkClaimLabels(
  source: PrometheusSource,
  families: Families,
  ask: Ask,
): Promise<ClusterCheck> {
  const check = 'metrics for labels of claims';
  if (!hasAny(families, [CLAIM_LABELS, ...KUBE_STATE_METRICS])) return noStates(check);
  const { series } = await ask(selectorOf(source, CLAIM_LABELS));
  const shown = new Set(series.flatMap(({ labels }) => Object.keys(labels)));
  const named = [...shown].filter((name) => name.startsWith('label_')).sort();
  if (named.length > 0) return good(check, named.slice(0, LISTED).join(', '));
  return {
    check,
    ok: 'unknown',
    text:
      series.length === 0
        ? `no series of ${CLAIM_LABELS}`
        : `${CLAIM_LABELS} shows no label: the allow-list names none that a claim has`,
    nextStep:
      'Plimsoll needs none: it reads labels from the Kubernetes API. For your own rules give kube-state-metrics --metric-labels-allowlist=persistentvolumeclaims=[backup,app.kubernetes.io/name]; the key is the plural, and a wrong one is ignored.',
  };
}

function noStates(check: string): ClusterCheck {
  const nextStep = 'Install and scrape kube-state-metrics.';
  return { check, ok: 'unknown', text: 'kube-state-metrics is not scraped', nextStep };
}
