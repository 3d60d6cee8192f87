import { resourceIdOf } from '../../domain/id.ts';
import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { blindSpot } from '../coverage-sight.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/** A policy that names claims which do not exist. A claim that is being recreated is missing for some minutes. */
export const orphanedPolicy: ClusterDetector = {
  kind: 'orphaned-policy',
  holdSeconds: (30 * MINUTE_MS) / SECOND_MS,
  recovery: 'its claim is there, or the policy is gone',
  detect: (view) =>
    view.index.policies.flatMap((policy) => {
      const missing = missingClaims(view, policy);
      return missing.length === 0
        ? []
        : [{ finding: describe(view, policy, missing), since: null }];
    }),
};

function missingClaims(view: CoveredView, policy: JudgedPolicy): string[] {
  const { selection } = policy;
  if ((selection.type !== 'claims' && selection.type !== 'labels') || policy.paused) return [];
  const { namespace } = selection;
  const { problems } = view.index.inventory;
  if (blindSpot(problems, ['persistentvolumeclaims'], namespace) !== null) return [];
  if (selection.type === 'labels') {
    const found = view.index.claimsOf.get(policy.policyId) ?? [];
    return found.length > 0 ? [] : [labelsText(selection.matchLabels)];
  }
  const { names } = selection;
  const { clusterId } = view;
  const kind = 'PersistentVolumeClaim';
  return names
    .filter((name) => !view.index.known.has(resourceIdOf({ clusterId, kind, namespace, name })))
    .map((name) => `${namespace}/${name}`);
}

function labelsText(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([key, value]) => `${key}=${value}`);
  return `claims with label ${pairs.join(',')}`;
}

function describe(view: CoveredView, policy: JudgedPolicy, missing: string[]) {
  const names = missing.join(', ');
  const gone = missing.length === 1 && policy.selection.type === 'claims' ? 'does' : 'do';
  return draft(view.clusterId, {
    kind: 'orphaned-policy',
    severity: 'low',
    subject: subjectFor({ policy }),
    observed: { value: missing.length, unit: '1', text: `${names} ${gone} not exist` },
    expected: { value: 0, unit: '1', text: 'every claim the policy names exists' },
    cause: null,
    evidence: [
      {
        label: 'claim named',
        value: names,
        unit: 'text',
        table: 'policies',
        source: `${policy.kind} ${nameOf(policy)}`,
        at: policy.createdAt,
        rowId: policy.policyId,
      },
    ],
    sentence: `${policy.kind} ${nameOf(policy)} backs up ${names}, which ${gone} not exist.`,
    nextStep:
      'If the claim was deleted on purpose, remove the policy once its restore points are no longer needed; if not, restore the claim from them.',
  });
}
