import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import { outcomesUnseen } from '../coverage-sight.ts';
import type { Claim } from '../selection.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import { scheduleKey } from './run-memory.ts';
import type { ScheduleRecord } from './run-memory.ts';
import { lastSuccessOf } from './view.ts';
import type { CoveredView } from './view.ts';
import { nameOf } from './words.ts';

/**
 * FM-15: a backup that ended well and left out volumes of its scope. Only methods that leave an object per volume can
 * show it; volume objects may reach us a little after the backup's own end.
 */
export const volumeSkipped: ClusterDetector = {
  kind: 'volume-skipped',
  holdSeconds: (5 * MINUTE_MS) / SECOND_MS,
  recovery: 'a later backup took the volume, or it is no longer in scope',
  detect: (view) => view.index.policies.flatMap((policy) => sight(view, policy)),
};

function sight(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const record = view.runs.schedules.get(scheduleKey(policy.policyId));
  if (record?.latest == null || record.missing.length === 0 || policy.paused) return [];
  const { problems } = view.index.inventory;
  if (outcomesUnseen(problems, policy.engine, policy.namespace) !== null) return [];
  const since = new Date(record.latest.endedAt);
  return record.missing
    .map((resourceId) => view.index.claimById.get(resourceId))
    .filter((claim) => claim !== undefined)
    .filter((claim) => isMeant(view, policy, claim))
    .map((claim) => ({ finding: describe(view, policy, record, claim), since }));
}

const LEFT_OUT = { code: 'FM-15', title: 'Volumes were left out of the backup' };
const UNREADABLE = { code: 'FM-28', title: 'A volume that could not be read counted as success' };
const LOOK =
  'Look at the backup’s own log for the volume; if it is left out on purpose, say so where the policy is declared.';
const NEXT_STEPS: Partial<Record<Engine, string>> = {
  velero:
    'Check that the pod’s annotation lists pod volume names (not claim names), or use data movement or file-system backup for volumes that cannot be snapshotted; if the volume is left out on purpose, say so in the exclude annotation.',
  k8up: 'Look at the log of the backup pod that mounted it: unreadable files need a podSecurityContext (runAsUser, fsGroup), a volume in use on another node needs the annotation k8up.io/hostname; if it is left out on purpose, annotate the claim with k8up.io/backup: "false".',
};

/** Still in scope, by a method that would have left an object, and not exempt. */
function isMeant(view: CoveredView, policy: JudgedPolicy, claim: Claim): boolean {
  const declaration = view.index.declarations
    .get(claim.resourceId)
    ?.find((one) => one.policy.policyId === policy.policyId);
  const taking = declaration?.taking;
  return (
    taking?.take === 'taken' &&
    taking.listed &&
    view.coverage.get(claim.resourceId)?.state !== 'exempt'
  );
}

function describe(
  view: CoveredView,
  policy: JudgedPolicy,
  { latest, policyId }: ScheduleRecord,
  claim: Claim,
) {
  const run = latest!;
  const method = policy.method ?? 'its method';
  const elsewhere = view.coverage
    .get(claim.resourceId)
    ?.policyIds.some((id) => id !== policyId && hasSucceeded(view, id, claim));
  const shownBy = `backup ${run.name} ended well and has no volume object of the claim`;
  return draft(view.clusterId, {
    kind: 'volume-skipped',
    severity: elsewhere === true ? 'medium' : 'critical',
    subject: subjectFor({ policy, claim }),
    observed: { value: 0, unit: '1', text: `backup ${run.name} holds no data of ${nameOf(claim)}` },
    expected: { value: 1, unit: '1', text: `one volume object per claim in scope (${method})` },
    cause: { ...(policy.engine === 'k8up' ? UNREADABLE : LEFT_OUT), shownBy },
    evidence: [
      {
        label: 'backup ended',
        value: new Date(run.endedAt).toISOString(),
        unit: 'time',
        source: `Backup ${policy.namespace}/${run.name} status`,
        at: new Date(run.endedAt),
        table: 'runs',
        rowId: run.runId,
      },
      {
        label: 'claim in scope',
        value: nameOf(claim),
        unit: 'text',
        table: 'resources',
        source: `PersistentVolumeClaim ${nameOf(claim)}`,
        at: claim.createdAt,
        rowId: claim.resourceId,
      },
    ],
    sentence: `Backups of ${nameOf(policy)} end well without ${nameOf(claim)}: its volume is in scope but backup ${run.name} has no data of it.`,
    nextStep: NEXT_STEPS[policy.engine] ?? LOOK,
  });
}

function hasSucceeded(view: CoveredView, policyId: string, claim: Claim): boolean {
  const policy = view.index.policyById.get(policyId);
  return policy !== undefined && lastSuccessOf(view, policy, claim) !== null;
}
