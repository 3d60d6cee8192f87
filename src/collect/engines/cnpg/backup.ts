import { resourceIdOf, runIdOf } from '../../../domain/id.ts';
import { secondsBetween } from '../../../domain/time.ts';
import type { RestorePointFact, RunFact, RunVolumeFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { pointId, scheduledBackupId } from './ids.ts';
import type { Backup } from './schema.ts';

/** A Backup as a run; null when it says no time at all. It takes the database, so it names no single claim. */
export function runFactOf(
  object: Backup,
  outcome: Outcome,
  context: EngineContext,
): RunFact | null {
  const { metadata, status } = object;
  const born = metadata.creationTimestamp ?? status?.startedAt;
  if (!born) return null;
  const startedAt = status?.startedAt ?? status?.reconciliationStartedAt ?? born;
  const endedAt = outcome === 'running' ? null : endOf(object);
  return {
    runId: runIdOf(context.clusterId, 'cnpg', metadata.uid),
    runDay: born.toISOString().slice(0, 10),
    engine: 'cnpg',
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
    snapshotId: status?.backupId || null,
    warnings: null,
    errors: null,
    errorText: outcome === 'failed' ? errorTextOf(status) : null,
    fullRead: false,
  };
}

function endOf({ status }: Backup): Date | null {
  return status?.stoppedAt ?? status?.reconciliationTerminatedAt ?? null;
}

/** The operator's words, then the backup program's; the phase when it has none. */
function errorTextOf(status: Backup['status']): string | null {
  const words = [status?.error, status?.commandError].filter((text) => text);
  if (status?.phase !== 'failed' || words.length === 0) words.unshift(`phase ${status?.phase}`);
  return words.join('; ').slice(0, 2_048);
}

function policyIdFor({ metadata }: Backup, context: EngineContext): string | null {
  const { namespace, labels, ownerReferences } = metadata;
  const owner = ownerReferences?.find(({ kind }) => kind === 'ScheduledBackup');
  const name = labels?.['cnpg.io/scheduled-backup'] || owner?.name;
  return name ? scheduledBackupId(context, { namespace, name }) : null;
}

/**
 * The claim that a backup made by hand was read from, which has the instance's name; null for a scheduled one, which its
 * policy gives to all claims of the database.
 */
function instanceClaimOf({ metadata, status }: Backup, run: RunFact, { clusterId }: EngineContext) {
  const name = run.policyId === null ? status?.instanceID?.podName : null;
  const { namespace } = metadata;
  return name ? resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name }) : null;
}

/** Of a backup made by hand, the part of the claim it was read from. */
export function runVolumesOf(
  object: Backup,
  run: RunFact,
  context: EngineContext,
): RunVolumeFact[] {
  const resourceId = instanceClaimOf(object, run, context);
  if (resourceId === null) return [];
  const { runId, runDay, outcome, startedAt, endedAt, snapshotId, errorText } = run;
  const part = { runId, runDay, resourceId, outcome, startedAt, endedAt, snapshotId };
  return [{ ...part, logicalBytes: null, addedBytes: null, message: errorText }];
}

/** A base backup can be restored from its end on. */
export function restorePointOf(
  object: Backup,
  run: RunFact,
  context: EngineContext,
): RestorePointFact {
  const { metadata, status } = object;
  return {
    restorePointId: pointId(context, metadata.uid),
    engine: 'cnpg',
    policyId: run.policyId,
    // Its policy knows where; a Backup itself does not say.
    repositoryId: null,
    resourceId: instanceClaimOf(object, run, context),
    runId: run.runId,
    takenAt: run.endedAt ?? run.startedAt,
    expiresAt: null,
    handle: status?.backupId || metadata.name,
    logicalBytes: null,
  };
}
