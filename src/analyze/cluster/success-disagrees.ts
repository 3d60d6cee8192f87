import type { Evidence, FindingDraft } from '../../domain/judgement.ts';
import type { MetricValue } from '../../domain/metrics.ts';
import { addSeconds, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import { scheduleKey } from './run-memory.ts';
import { lastSuccessOfPolicy } from './view.ts';
import type { CoveredView } from './view.ts';
import {
  apartMs,
  blindWithout,
  disagreement,
  metricEvidence,
  witnessOf,
  wrongSince,
} from './witness.ts';
import { atText, nameOf } from './words.ts';

const HOLD_SECONDS = (30 * MINUTE_MS) / SECOND_MS;

/** FM-13: metric and object name different last successes of one policy. Who is right is not known. */
export const successDisagrees: ClusterDetector = {
  kind: 'success-disagrees',
  holdSeconds: HOLD_SECONDS,
  isBlind: blindWithout('last-success-at'),
  recovery: 'metric and object name the same last success again',
  detect: (view) => view.index.policies.flatMap((policy) => sight(view, policy)),
};

function sight(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const witness = witnessOf(view, 'last-success-at', policy.policyId);
  const shown = lastSuccessOfPolicy(view, policy);
  if (witness === undefined || witness.value <= 0) return [];
  const told = new Date(witness.value * SECOND_MS);
  const interval = view.intervalOf(policy);
  const whole = wholeSuccessOf(view, policy) ?? shown;
  const missed = whole === null ? null : missedSuccess(whole, told, witness.at, interval);
  const ahead = told.getTime() - (shown?.getTime() ?? Number.NEGATIVE_INFINITY) > apartMs(interval);
  if (missed === null && !ahead) return [];
  const finding = describe(view, policy, { witness, told, shown: ahead ? shown : whole, ahead });
  return [{ finding, since: wrongSince(witness, missed, HOLD_SECONDS) }];
}

/** A claim's success within a run that failed for another one is none that a metric of the whole tells. */
function wholeSuccessOf(view: CoveredView, policy: JudgedPolicy): Date | null {
  const claims = view.index.claimsOf.get(policy.policyId) ?? [];
  const at = view.runs.schedules.get(scheduleKey(policy.policyId))?.lastSuccessAt ?? null;
  return claims.length > 1 && at !== null ? new Date(at) : null;
}

/**
 * The success that the metric should have told at its last look, and did not. What the object shows may be younger than
 * that look; then it is the one before it.
 */
function missedSuccess(
  shown: Date,
  told: Date,
  seenAt: Date,
  interval: number | null,
): Date | null {
  const apart = apartMs(interval);
  const before = interval === null ? [] : [addSeconds(shown, -interval)];
  const missed = [shown, ...before].find(
    (success) =>
      seenAt.getTime() - success.getTime() > apart && success.getTime() - told.getTime() > apart,
  );
  return missed ?? null;
}

interface Disagreement {
  witness: MetricValue;
  told: Date;
  shown: Date | null;
  /** The metric claims a success that no object shows. */
  ahead: boolean;
}

function describe(view: CoveredView, policy: JudgedPolicy, between: Disagreement): FindingDraft {
  const { witness, told, shown, ahead } = between;
  const name = nameOf(policy);
  const byObject = shown === null ? 'no success at all' : `one at ${atText(shown)}`;
  return draft(view.clusterId, {
    kind: 'success-disagrees',
    severity: ahead ? 'medium' : 'low',
    subject: subjectFor({ policy }),
    observed: { value: told.toISOString(), unit: 'time', text: `metric: ${atText(told)}` },
    expected: {
      value: shown?.toISOString() ?? null,
      unit: 'time',
      text: `objects: ${shown === null ? 'never' : atText(shown)}`,
    },
    cause: disagreement(witness),
    evidence: [objectEvidence(policy, shown), metricEvidence('last success by metric', witness)],
    sentence: ahead
      ? `Metric ${witness.origin} says that ${policy.kind} ${name} last succeeded at ${atText(told)}; its objects show ${byObject}. Until they agree the newer success is not counted.`
      : `Metric ${witness.origin} still says that ${policy.kind} ${name} last succeeded at ${atText(told)}; its objects show ${byObject}. Alerts on that metric are wrong.`,
    nextStep: ahead
      ? `Look for that backup in the repository itself. A metric may outlive a deleted schedule: restart the ${policy.engine} controller and see whether it still says so.`
      : `Restart the ${policy.engine} controller, or mend its scrape, and base alerts on the objects.`,
  });
}

function objectEvidence(policy: JudgedPolicy, shown: Date | null): Evidence {
  return {
    label: 'last success by objects',
    value: shown?.toISOString() ?? null,
    unit: 'time',
    source: `${policy.kind} ${nameOf(policy)}`,
    at: shown,
    table: 'policies',
    rowId: policy.policyId,
  };
}
