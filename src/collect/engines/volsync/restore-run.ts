import { idOf } from '../../../domain/id.ts';
import type { RestoreRunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import { readMoverLog } from './mover-log.ts';
import { claimIdOf, moverOf } from './policy.ts';
import type { Replication } from './schema.ts';

export function restoreRunIdOf(
  clusterId: string,
  { namespace, name }: { namespace: string; name: string },
): string {
  return idOf('restore', 'volsync', clusterId, namespace, name);
}

/** What a restore through this ReplicationDestination would bring back now, and how its last restore went. */
export function toRestoreRun(clusterId: string, destination: Replication): RestoreRunFact {
  const { metadata, status } = destination;
  const claim = moverOf(destination).block?.destinationPVC;
  const endedAt = status?.lastSyncTime ?? null;
  const duration = status?.lastSyncDuration;
  return {
    restoreRunId: restoreRunIdOf(clusterId, metadata),
    engine: 'volsync',
    kind: 'ReplicationDestination',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceId: claim ? claimIdOf(clusterId, metadata.namespace, claim) : null,
    outcome: outcomeOf(destination),
    imageTakenAt: imageTimeOf(destination),
    startedAt:
      endedAt !== null && typeof duration === 'number'
        ? new Date(endedAt.getTime() - duration * 1000)
        : (status?.lastSyncStartTime ?? null),
    endedAt,
    restoredBytes: null,
    message: status?.latestMoverStatus?.logs?.slice(-2_048) ?? null,
  };
}

function outcomeOf({ status }: Replication): Outcome {
  const mover = status?.latestMoverStatus;
  const log = readMoverLog(mover?.logs ?? '');
  if (mover?.result === 'Failed') return 'failed';
  if (status?.lastSyncStartTime) return 'running';
  if (!status?.lastSyncTime || mover?.result !== 'Successful') return 'unknown';
  // A restore that has to make the repository was pointed at the wrong place.
  return log.nothingRestored || log.repositoryCreated ? 'empty' : 'success';
}

/** The image's own stamp (`volsync-<name>-dest-<YYYYMMDDHHMMSS>`), else the end of the sync that made it. */
function imageTimeOf({ status }: Replication): Date | null {
  const stamp = /-(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})$/.exec(
    status?.latestImage?.name ?? '',
  );
  if (stamp !== null) {
    const [, year, month, day, hour, minute, second] = stamp;
    const at = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
    if (!Number.isNaN(at.getTime())) return at;
  }
  return status?.lastSyncTime ?? null;
}
