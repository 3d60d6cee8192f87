import type { FindingDraft } from '../../domain/judgement.ts';
import type { MetricValue } from '../../domain/metrics.ts';
import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import { lastSuccessOfPolicy } from './view.ts';
import type { CoveredView } from './view.ts';
import { blindWithout, metricEvidence, witnessOf, wrongSince } from './witness.ts';
import { atText, nameOf } from './words.ts';

/** A success within this many intervals is on time; none within twice as many is not, whatever a metric says. */
const ON_TIME = 1.25;
const LATE = 2.5;
const HOLD_SECONDS = HOUR_MS / SECOND_MS;

/**
 * FM-13, FM-02: the gauge that says whether a volume is in sync and the object that says when it last was contradict
 * each other: an alert that never ends, or one that never comes.
 */
export const syncDisagrees: ClusterDetector = {
  kind: 'sync-disagrees',
  holdSeconds: HOLD_SECONDS,
  isBlind: blindWithout('out-of-sync'),
  recovery: 'metric and object agree on whether it is in sync',
  detect: (view) => view.index.policies.flatMap((policy) => sight(view, policy)),
};

function sight(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const witness = witnessOf(view, 'out-of-sync', policy.policyId);
  const success = lastSuccessOfPolicy(view, policy);
  const interval = view.intervalOf(policy);
  if (witness === undefined || success === null || interval === null || policy.paused) return [];
  const intervals = (witness.at.getTime() - success.getTime()) / SECOND_MS / interval;
  // A success since the last look is not the metric's fault: what it said then was about the one before.
  const known = intervals < 0 ? intervals + 1 : intervals;
  const stuck = witness.value === 1 && known >= 0 && known <= ON_TIME;
  const silent = witness.value === 0 && intervals >= LATE;
  if (!stuck && !silent) return [];
  const due = new Date(success.getTime() + LATE * interval * SECOND_MS);
  const since = wrongSince(witness, stuck ? success : due, HOLD_SECONDS);
  return [{ finding: describe(view, policy, { witness, success, stuck }), since }];
}

function describe(
  view: CoveredView,
  policy: JudgedPolicy,
  { witness, success, stuck }: { witness: MetricValue; success: Date; stuck: boolean },
): FindingDraft {
  const name = nameOf(policy);
  const says = stuck ? 'out of sync' : 'in sync';
  return draft(view.clusterId, {
    kind: 'sync-disagrees',
    severity: stuck ? 'low' : 'medium',
    subject: subjectFor({ policy }),
    observed: { value: witness.value, unit: '1', text: `metric: ${says}` },
    expected: {
      value: success.toISOString(),
      unit: 'time',
      text: `object: last success ${atText(success)}`,
    },
    cause: {
      code: stuck ? 'FM-13' : 'FM-02',
      title: stuck ? 'A metric lies after a restart' : 'Failing while no metric is red',
      shownBy: `${witness.origin} = ${witness.value}`,
    },
    evidence: [
      {
        label: 'last success by object',
        value: success.toISOString(),
        unit: 'time',
        source: `${policy.kind} ${name} status.lastSyncTime`,
        at: success,
        table: 'policies',
        rowId: policy.policyId,
      },
      metricEvidence('in sync by metric', witness),
    ],
    sentence: stuck
      ? `Metric ${witness.origin} calls ${policy.kind} ${name} out of sync, though it last succeeded on time, at ${atText(success)}: an alert on it would never end.`
      : `Metric ${witness.origin} calls ${policy.kind} ${name} in sync, though its last success was at ${atText(success)}: an alert on it would never come.`,
    nextStep: stuck
      ? `Restart the ${policy.engine} controller, which resets the gauge; alert on the object’s last success instead.`
      : `Read the mover’s log of ${policy.kind} ${name}; alert on the object’s last success instead of this metric.`,
  });
}
