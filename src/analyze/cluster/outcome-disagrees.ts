import type { FindingDraft } from '../../domain/judgement.ts';
import type { MetricValue } from '../../domain/metrics.ts';
import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import type { ProtectionRecord } from './run-memory.ts';
import { protectionOf } from './view.ts';
import type { CoveredView } from './view.ts';
import { blindWithout, disagreement, metricEvidence, witnessOf } from './witness.ts';
import { atText, nameOf } from './words.ts';

/** FM-13: a gauge says that the last run went well, or did not, and the run's object says the opposite. */
export const outcomeDisagrees: ClusterDetector = {
  kind: 'outcome-disagrees',
  holdSeconds: HOUR_MS / SECOND_MS,
  isBlind: blindWithout('last-run-ok'),
  recovery: 'metric and object agree on the last run',
  detect: (view) => view.index.policies.flatMap((policy) => sight(view, policy)),
};

function sight(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const witness = witnessOf(view, 'last-run-ok', policy.policyId);
  const run = onlyRunOf(view, policy);
  if (witness === undefined || run === undefined) return [];
  // A run that began since the look at the metric is not the one it speaks of.
  if (run.startedAt > witness.at.getTime()) return [];
  const hides = witness.value === 1 && run.outcome === 'failed';
  const blames = witness.value === 0 && run.outcome === 'success';
  return hides || blames
    ? [{ finding: describe(view, policy, { witness, run, hides }), since: null }]
    : [];
}

/** Of a policy of several claims the gauge speaks of the whole run, and no claim does. */
function onlyRunOf(view: CoveredView, policy: JudgedPolicy): ProtectionRecord | undefined {
  const claims = view.index.claimsOf.get(policy.policyId) ?? [];
  return claims.length === 1
    ? protectionOf(view, policy.policyId, claims[0]!.resourceId)
    : undefined;
}

function describe(
  view: CoveredView,
  policy: JudgedPolicy,
  { witness, run, hides }: { witness: MetricValue; run: ProtectionRecord; hides: boolean },
): FindingDraft {
  const name = nameOf(policy);
  const startedAt = new Date(run.startedAt);
  const [told, shown] = hides ? ['well', 'failed'] : ['badly', 'succeeded'];
  return draft(view.clusterId, {
    kind: 'outcome-disagrees',
    severity: hides ? 'medium' : 'low',
    subject: subjectFor({ policy }),
    observed: { value: witness.value, unit: '1', text: `metric: the last run went ${told}` },
    expected: { value: run.outcome, unit: 'text', text: `object: the last run ${shown}` },
    cause: disagreement(witness),
    evidence: [
      {
        label: 'outcome by object',
        value: run.outcome,
        unit: 'text',
        source: `${policy.engine} run of ${policy.kind} ${name}`,
        at: startedAt,
        table: 'runs',
        rowId: run.runId,
      },
      metricEvidence('outcome by metric', witness),
    ],
    sentence: `Metric ${witness.origin} says that the last run of ${policy.kind} ${name} went ${told}; the run that began at ${atText(startedAt)} ${shown}, as its object shows.`,
    nextStep: `Trust the object. Restart the ${policy.engine} controller so that the gauge is set anew, and base alerts on the objects.`,
  });
}
