import { runIdOf } from '../../../domain/id.ts';
import { addSeconds, secondsBetween } from '../../../domain/time.ts';
import type { RestorePointFact, RunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { locationId, pointId, schedulePolicyId } from './ids.ts';
import { scheduleNameOf } from './label-value.ts';
import type { Backup } from './schema.ts';

/** A run's key: all that volume objects need to know of their Backup. */
export interface RunKey {
  runId: string;
  runDay: string;
}

/** The day is that of the object's creation, which never changes; null when the object says no time at all. */
export function runKeyOf(object: Backup, context: EngineContext): RunKey | null {
  const born = object.metadata.creationTimestamp ?? object.status?.startTimestamp;
  if (!born) return null;
  return {
    runId: runIdOf(context.clusterId, 'velero', object.metadata.uid),
    runDay: born.toISOString().slice(0, 10),
  };
}

export function runFactOf(
  object: Backup,
  key: RunKey,
  outcome: Outcome,
  dropped: string[],
  context: EngineContext,
): RunFact {
  const { metadata, status } = object;
  const startedAt = status?.startTimestamp ?? metadata.creationTimestamp ?? new Date(key.runDay);
  const endedAt = outcome === 'running' ? null : endOf(object, outcome);
  const restorable = outcome === 'success' || outcome === 'partial' || outcome === 'empty';
  return {
    ...key,
    engine: 'velero',
    policyId: policyIdFor(object, context),
    resourceId: null,
    namespace: metadata.namespace,
    name: metadata.name,
    startedAt,
    endedAt,
    outcome,
    durationSeconds:
      endedAt !== null && endedAt >= startedAt ? secondsBetween(startedAt, endedAt) : null,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: status?.warnings ?? null,
    errors: status?.errors ?? null,
    errorText: errorTextOf(status),
    fullRead: false,
    unlistedVolumes: restorable ? unlistedVolumesOf(object, dropped) : null,
    volumeObjects: restorable ? volumeObjectsOf(object) : null,
  };
}

/** A Backup refused by validation never starts and has no completion: it ended when it was made. */
function endOf(object: Backup, outcome: Outcome): Date | null {
  const end = object.status?.completionTimestamp;
  if (end) return end;
  return outcome === 'failed' && object.status?.phase === 'FailedValidation'
    ? (object.metadata.creationTimestamp ?? null)
    : null;
}

/** The engine's words for why a Backup or Restore failed; null when it has none. */
export function errorTextOf(status: Backup['status'] | undefined): string | null {
  const text = [status?.failureReason, ...(status?.validationErrors ?? [])]
    .filter((part) => part)
    .join('; ');
  return text === '' ? null : text.slice(0, 2_048);
}

/** The API omits counts of zero; a count that could not be read is not zero. */
function unlistedVolumesOf(object: Backup, dropped: string[]): 'not-taken' | 'unknown' {
  const { spec, status } = object;
  if (!spec || spec.resourcePolicy || dropped.length > 0) return 'unknown';
  const moved = spec.snapshotMoveData ?? false;
  const snapshots =
    (status?.volumeSnapshotsAttempted ?? 0) +
    (moved ? 0 : (status?.csiVolumeSnapshotsAttempted ?? 0));
  return snapshots > 0 ? 'unknown' : 'not-taken';
}

/** Data movement counts its uploads as item operations. */
function volumeObjectsOf(object: Backup): number | null {
  if (!object.spec?.snapshotMoveData) return null;
  return object.status?.backupItemOperationsAttempted ?? 0;
}

function policyIdFor(object: Backup, context: EngineContext): string | null {
  const { namespace, name, labels } = object.metadata;
  const label = labels?.['velero.io/schedule-name'];
  return label ? schedulePolicyId(context, { namespace, name: scheduleNameOf(label, name) }) : null;
}

/** Seconds by which the clocks of the API server and of Velero may differ. */
const SLACK_SECONDS = 10;

/**
 * When the backup began whose object was made after it had ended: then Velero took it over from a storage location. Most
 * often another cluster that shares the location made it; no field says which, not even whether it was this one, before
 * it lost the object. Null for all others, and while the times do not tell.
 */
export function takenOverFrom({ metadata, status }: Backup): Date | null {
  const { startTimestamp: start, completionTimestamp: end } = status ?? {};
  const made = metadata.creationTimestamp;
  if (!made || !start || !end) return null;
  return made >= end && made > addSeconds(start, SLACK_SECONDS) ? start : null;
}

/** `run`: null for a backup that is not known to be this cluster's, which leaves a point of no policy. */
export function restorePointOf(
  { metadata, spec, status }: Backup,
  takenAt: Date,
  run: RunFact | null,
  context: EngineContext,
): RestorePointFact {
  const location = spec?.storageLocation ?? metadata.labels?.['velero.io/storage-location'];
  return {
    restorePointId: pointId(context, metadata.uid),
    engine: 'velero',
    policyId: run?.policyId ?? null,
    repositoryId: location
      ? locationId(context, { namespace: metadata.namespace, name: location })
      : null,
    resourceId: null,
    runId: run?.runId ?? null,
    takenAt,
    expiresAt: status?.expiration ?? null,
    handle: metadata.name,
    logicalBytes: null,
  };
}
