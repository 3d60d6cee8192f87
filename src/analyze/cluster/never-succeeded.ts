import { DAY_MS, MINUTE_MS, SECOND_MS, addSeconds } from '../../domain/time.ts';
import { outcomesUnseen } from '../coverage-sight.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import { detachedSince } from './detached-volume.ts';
import type { JudgedPolicy } from './inventory.ts';
import { kubectlKind } from './kubectl-kind.ts';
import { isUnclear, lastSuccessOfPolicy } from './view.ts';
import type { ClusterView, CoveredView } from './view.ts';
import { hasCome } from './view-time.ts';
import { atText, nameOf } from './words.ts';

const AT_LEAST_SECONDS = (60 * MINUTE_MS) / SECOND_MS;
/** For policies that nothing makes due. */
const PATIENCE_SECONDS = DAY_MS / SECOND_MS;

/** FM-02, first half: a policy that has had two intervals and not one success. */
export const neverSucceeded: ClusterDetector = {
  kind: 'never-succeeded',
  holdSeconds: 0,
  recovery: 'it has succeeded, or is paused or gone',
  detect: (view) => {
    const fruitless = view.index.policies.filter((policy) => isFruitless(view, policy));
    return fruitless
      .filter((policy) => !restsOnAnother(view, policy, fruitless))
      .flatMap((policy) => sight(view, policy));
  },
};

/** An archive goes on from the base backups that a schedule makes: without the first of them, the schedule is at fault. */
function restsOnAnother(view: ClusterView, policy: JudgedPolicy, fruitless: JudgedPolicy[]) {
  if (policy.engine !== 'cnpg' || policy.schedule.type !== 'continuous') return false;
  const idsOf = ({ policyId }: JudgedPolicy) =>
    (view.index.claimsOf.get(policyId) ?? []).map(({ resourceId }) => resourceId);
  const own = idsOf(policy);
  return fruitless.some(
    (other) =>
      other !== policy &&
      other.engine === policy.engine &&
      other.schedule.type !== 'continuous' &&
      own.every((resourceId) => idsOf(other).includes(resourceId)),
  );
}

function isFruitless(view: CoveredView, policy: JudgedPolicy): boolean {
  const { problems } = view.index.inventory;
  const taken = view.index.claimsOf.get(policy.policyId) ?? [];
  if (policy.paused || taken.length === 0) return false;
  // A claim whose owner says it needs no backup makes nobody wait for one.
  if (taken.every(({ resourceId }) => view.coverage.get(resourceId)?.state === 'exempt'))
    return false;
  // `detached-volume` speaks of volumes that nothing uses.
  if (taken.every(({ resourceId }) => detachedSince(view, policy, resourceId) !== null))
    return false;
  if (taken.some(({ resourceId }) => isUnclear(view, policy.policyId, resourceId))) return false;
  return (
    lastSuccessOfPolicy(view, policy) === null &&
    outcomesUnseen(problems, policy.engine, policy.namespace) === null
  );
}

/** Until when a new policy may go without a success: two of its intervals. */
export function patienceEnds(view: ClusterView, policy: JudgedPolicy): Date {
  const interval = view.intervalOf(policy);
  const patience = interval === null ? PATIENCE_SECONDS : Math.max(AT_LEAST_SECONDS, 2 * interval);
  return addSeconds(begunAt(policy), patience);
}

const begunAt = ({ createdAt, scheduleSince }: JudgedPolicy): Date => createdAt ?? scheduleSince;

function sight(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const since = patienceEnds(view, policy);
  return hasCome(view, since) ? [{ finding: describe(view, policy, begunAt(policy)), since }] : [];
}

function describe(view: CoveredView, policy: JudgedPolicy, from: Date) {
  const claims = view.index.claimsOf.get(policy.policyId) ?? [];
  const name = nameOf(policy);
  const claim = claims.length === 1 ? claims[0] : undefined;
  const whose = claim === undefined ? `${claims.length} claims` : nameOf(claim);
  const problem = policy.problem === null ? '' : ` The engine says: ${policy.problem}`;
  return draft(view.clusterId, {
    kind: 'never-succeeded',
    severity: 'high',
    subject: subjectFor({ policy, claim }),
    observed: { value: 0, unit: '1', text: `no success since ${atText(from)}` },
    expected: { value: 1, unit: '1', text: 'a first success within two intervals' },
    cause: null,
    evidence: [
      {
        label: 'declared',
        value: from.toISOString(),
        unit: 'time',
        table: 'policies',
        source: `${policy.kind} ${name} metadata.creationTimestamp`,
        at: from,
        rowId: policy.policyId,
      },
    ],
    sentence: `${policy.kind} ${name} has been declared since ${atText(from)} and has never succeeded: ${whose} cannot be restored from it.${problem}`,
    nextStep: `Look at what the first run waits for: \`kubectl -n ${policy.namespace} describe ${kubectlKind(policy)} ${policy.name}\` and its mover’s pods.`,
  });
}
