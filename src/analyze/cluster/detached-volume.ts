import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { outcomesUnseen } from '../coverage-sight.ts';
import type { Severity } from '../../domain/words.ts';
import { sayDuration } from '../job/phrases.ts';
import { nextDue } from '../schedules/due-times.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import { lastSuccessOf } from './view.ts';
import type { ClusterView, CoveredView } from './view.ts';
import { hasCome } from './view-time.ts';
import { atText, nameOf } from './words.ts';

/** A backup that is due is made by then. */
const GRACE_SECONDS = HOUR_MS / SECOND_MS;

/**
 * FM-22: a volume that nothing uses when its backups are due. The engine passes it over and reports no failure, so the
 * copy grows old unseen. Whether a setting lets it attach volumes for backups is in none of the objects read: the first
 * due time that it was passed over shows that it does not. A volume that was backed up since it was let go holds
 * nothing new.
 */
export const detachedVolume: ClusterDetector = {
  kind: 'detached-volume',
  holdSeconds: 0,
  recovery: 'it has been backed up, or no policy takes it any more',
  detect: (view) =>
    view.index.policies.flatMap((policy) =>
      policy.selection.type === 'each-claim' && !policy.paused ? sightings(view, policy) : [],
    ),
};

/** Since when the policy passes the claim's volume over; null: it does not. */
export function detachedSince(
  view: ClusterView,
  policy: JudgedPolicy,
  resourceId: string,
): Date | null {
  const taking = view.index.declarations
    .get(resourceId)
    ?.find((one) => one.policy.policyId === policy.policyId)?.taking;
  return taking?.take === 'taken' ? (taking.detachedSince ?? null) : null;
}

function sightings(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const interval = view.intervalOf(policy);
  const { problems } = view.index.inventory;
  if (interval === null || outcomesUnseen(problems, policy.engine, policy.namespace) !== null)
    return [];
  const claims = view.index.claimsOf.get(policy.policyId) ?? [];
  return claims.flatMap((claim) => sight(view, policy, claim, interval));
}

function sight(
  view: CoveredView,
  policy: JudgedPolicy,
  claim: Claim,
  interval: number,
): Sighting[] {
  if (view.coverage.get(claim.resourceId)?.state === 'exempt') return [];
  const last = lastSuccessOf(view, policy, claim);
  const since = detachedSince(view, policy, claim.resourceId);
  if (since !== null && last !== null && last >= since) return [];
  const from = last ?? laterOf(policy.scheduleSince, claim.createdAt);
  const due = nextDue(policy.schedule, laterOf(from, since));
  if (due === null) return [];
  const seenAt = due.getTime() + GRACE_SECONDS * SECOND_MS;
  if (!hasCome(view, seenAt)) return [];
  const late = hasCome(view, from.getTime() + Math.max(GRACE_SECONDS, 2 * interval) * SECOND_MS);
  const finding = describe(view, policy, claim, { last, since, interval, late });
  // In use for an hour a day is still detached at night: only a backup ends it.
  if (since === null && !view.findings.has(finding.fingerprint)) return [];
  return [{ finding, since: new Date(seenAt) }];
}

/** `late`: the copy is two intervals old. */
function severityOf(
  view: CoveredView,
  policy: JudgedPolicy,
  claim: Claim,
  { last, late }: { last: Date | null; late: boolean },
): Severity {
  if (isCoveredElsewhere(view, policy, claim)) return late ? 'medium' : 'low';
  if (last === null) return late ? 'critical' : 'high';
  return late ? 'high' : 'medium';
}

function describe(
  view: CoveredView,
  policy: JudgedPolicy,
  claim: Claim,
  state: { last: Date | null; since: Date | null; interval: number; late: boolean },
) {
  const { last, since, interval } = state;
  const [name, job] = [nameOf(claim), nameOf(policy)];
  const made = last === null ? 'has never been backed up' : `was last backed up at ${atText(last)}`;
  return draft(view.clusterId, {
    kind: 'detached-volume',
    severity: severityOf(view, policy, claim, state),
    subject: subjectFor({ policy, claim }),
    observed: {
      value: last?.toISOString() ?? null,
      unit: 'time',
      text: `its volume ${made}`,
    },
    expected: { value: interval, unit: 's', text: `a backup every ${sayDuration(interval)}` },
    cause: {
      code: 'FM-22',
      title: 'Detached volumes are never backed up',
      shownBy:
        since === null
          ? 'the volume was detached when its backups were due'
          : `the volume has been detached since ${atText(since)}`,
    },
    evidence: [
      {
        label: 'last backup',
        value: last?.toISOString() ?? null,
        unit: 'time',
        table: 'policies',
        source: `${policy.kind} ${job}`,
        at: last,
        rowId: policy.policyId,
      },
      {
        label: 'detached since',
        value: since?.toISOString() ?? null,
        unit: 'time',
        table: 'resources',
        source: `the volume of PersistentVolumeClaim ${name}`,
        at: since,
        rowId: claim.resourceId,
      },
    ],
    sentence: `${policy.kind} ${job} runs, but ${name} ${made}: nothing uses its volume when the job runs, and detached volumes are passed over without a word.`,
    nextStep:
      'Set Longhorn’s setting allow-recurring-job-while-volume-detached to true, or run the job at a time when the volume is in use (mind the time zones of both schedules).',
  });
}

function isCoveredElsewhere(view: CoveredView, policy: JudgedPolicy, claim: Claim): boolean {
  const others = view.coverage.get(claim.resourceId)?.policyIds ?? [];
  return others
    .filter((id) => id !== policy.policyId)
    .map((id) => view.index.policyById.get(id))
    .some((other) => other !== undefined && lastSuccessOf(view, other, claim) !== null);
}

function laterOf(a: Date, b: Date | null): Date {
  return b !== null && b > a ? b : a;
}
