import type { FindingDraft } from '../../domain/judgement.ts';
import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import { newestPointOf } from '../rpo.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import { lastSuccessOf } from './view.ts';
import type { CoveredView } from './view.ts';
import { hasPassed } from './view-time.ts';
import { atText, nameOf } from './words.ts';

/** Engines that list each restore point of a claim as an object, which a success must leave behind. */
const LISTS_POINTS = new Set<Engine>(['kopiur', 'longhorn', 'csi']);

/** A run succeeded within the last interval, and nothing that could be restored is listed: two witnesses, one is wrong. */
export const pointMissing: ClusterDetector = {
  kind: 'point-missing',
  holdSeconds: HOUR_MS / SECOND_MS,
  recovery: 'a restore point is listed',
  detect: (view) =>
    view.index.policies
      .filter(({ engine, paused }) => LISTS_POINTS.has(engine) && !paused)
      .flatMap((policy) =>
        (view.index.claimsOf.get(policy.policyId) ?? []).flatMap((claim) =>
          sight(view, policy, claim),
        ),
      ),
};

function sight(view: CoveredView, policy: JudgedPolicy, claim: Claim): Sighting[] {
  const success = lastSuccessOf(view, policy, claim);
  const interval = view.intervalOf(policy);
  if (success === null || interval === null) return [];
  const fresh = !hasPassed(view, success.getTime() + interval * SECOND_MS);
  if (!fresh || newestPointOf(view, policy, claim) !== null) return [];
  return [{ finding: describe(view, policy, claim, success), since: null }];
}

function describe(
  view: CoveredView,
  policy: JudgedPolicy,
  claim: Claim,
  success: Date,
): FindingDraft {
  return draft(view.clusterId, {
    kind: 'point-missing',
    severity: 'high',
    subject: subjectFor({ policy, claim }),
    observed: { value: 0, unit: '1', text: 'no restore point is listed' },
    expected: {
      value: success.toISOString(),
      unit: 'time',
      text: `one of the success at ${atText(success)}`,
    },
    cause: null,
    evidence: [
      {
        label: 'last success by the policy',
        value: success.toISOString(),
        unit: 'time',
        source: `${policy.kind} ${nameOf(policy)}`,
        at: success,
        table: 'policies',
        rowId: policy.policyId,
      },
      {
        label: 'restore points by inventory',
        value: 0,
        unit: '1',
        source: `${policy.engine} restore points of ${nameOf(claim)}`,
        at: view.now,
        table: 'restore_points',
        rowId: claim.resourceId,
      },
    ],
    sentence: `${policy.kind} ${nameOf(policy)} succeeded at ${atText(success)}, but no restore point of ${nameOf(claim)} is listed: there may be nothing to restore.`,
    nextStep:
      'Look in the repository itself for that backup; if it is not there, find out what deletes it (retention, a cleanup job, a failing upload) before the next run.',
  });
}
