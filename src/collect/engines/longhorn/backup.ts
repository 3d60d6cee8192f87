import { resourceIdOf } from '../../../domain/id.ts';
import { secondsBetween } from '../../../domain/time.ts';
import type { RestorePointFact, RunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { backupRunId, jobPolicyId, pointId, targetId } from './ids.ts';
import { ClaimReference, type Backup } from './schema.ts';

const OUTCOMES: Record<string, Outcome> = {
  '': 'running',
  New: 'running',
  Pending: 'running',
  InProgress: 'running',
  Completed: 'success',
  Error: 'failed',
  Unknown: 'unknown',
  // What it was before the deletion began is no longer said.
  Deleting: 'unknown',
};

/** The outcome by the Backup's state; a `complaint` when the state is not known. */
export function outcomeOf(
  object: Backup,
  dropped: string[],
): { outcome: Outcome; complaint: string | null } {
  const unread = ['status', 'status.state', 'status.size'].some((path) => dropped.includes(path));
  if (unread) return { outcome: 'unknown', complaint: null };
  const state = object.status?.state ?? '';
  const outcome = Object.hasOwn(OUTCOMES, state) ? OUTCOMES[state] : undefined;
  if (outcome === undefined)
    return { outcome: 'unknown', complaint: `status.state "${state.slice(0, 100)}" is not known` };
  const empty = outcome === 'success' && object.status?.size === 0;
  return { outcome: empty ? 'empty' : outcome, complaint: null };
}

/**
 * A Backup as a run of one claim; null when it says no time at all. Its key is the Backup's name, which is its id in
 * the store. The day is that of the object's creation, or the Backup's own when the object was made later to stand
 * for what a backup target already held.
 */
export function runFactOf(
  object: Backup,
  outcome: Outcome,
  claim: { namespace: string; name: string } | null,
  context: EngineContext,
): RunFact | null {
  const { metadata, spec, status } = object;
  const born = earliest(metadata.creationTimestamp, status?.backupCreatedAt);
  if (born === null) return null;
  const startedAt = status?.snapshotCreatedAt ?? born;
  const endedAt = outcome === 'running' ? null : (status?.backupCreatedAt ?? null);
  const { clusterId } = context;
  const kind = 'PersistentVolumeClaim';
  return {
    runId: backupRunId(context, metadata),
    runDay: born.toISOString().slice(0, 10),
    engine: 'longhorn',
    policyId: policyIdFor(object, context),
    resourceId: claim === null ? null : resourceIdOf({ clusterId, kind, ...claim }),
    namespace: metadata.namespace,
    name: metadata.name,
    startedAt,
    endedAt,
    outcome,
    durationSeconds:
      endedAt !== null && endedAt >= startedAt ? secondsBetween(startedAt, endedAt) : null,
    logicalBytes: status?.size ?? null,
    addedBytes: status?.newlyUploadDataSize ?? null,
    storedBytes: null,
    files: null,
    snapshotId: metadata.name,
    warnings: null,
    errors: null,
    errorText: status?.error?.slice(0, 2_048) || null,
    fullRead: spec?.backupMode === 'full',
  };
}

function earliest(...times: (Date | null | undefined)[]): Date | null {
  const known = times.filter((time) => time !== null && time !== undefined);
  return known.length === 0 ? null : new Date(Math.min(...known.map((time) => time.getTime())));
}

function policyIdFor({ metadata, spec, status }: Backup, context: EngineContext): string | null {
  const name = status?.labels?.['RecurringJob'] ?? spec?.labels?.['RecurringJob'];
  return name ? jobPolicyId(context, { namespace: metadata.namespace, name }) : null;
}

/** The name of the volume it is a backup of. */
export function volumeNameOf({ metadata, status }: Backup): string | null {
  return status?.volumeName || metadata.labels?.['backup-volume'] || null;
}

/** The claim as Longhorn noted it when the backup was made. */
export function claimNotedIn({ spec, status }: Backup): { namespace: string; name: string } | null {
  const note = status?.labels?.['KubernetesStatus'] ?? spec?.labels?.['KubernetesStatus'];
  if (!note) return null;
  try {
    const { namespace, pvcName } = ClaimReference.parse(JSON.parse(note));
    return { namespace, name: pvcName };
  } catch {
    return null;
  }
}

export function restorePointOf(
  object: Backup,
  run: RunFact,
  context: EngineContext,
): RestorePointFact {
  const { metadata, status } = object;
  const target = status?.backupTargetName;
  return {
    restorePointId: pointId(context, metadata),
    engine: 'longhorn',
    policyId: run.policyId,
    repositoryId: target
      ? targetId(context, { namespace: metadata.namespace, name: target })
      : null,
    resourceId: run.resourceId,
    runId: run.runId,
    takenAt: run.startedAt,
    expiresAt: null,
    handle: metadata.name,
    logicalBytes: run.logicalBytes,
  };
}
