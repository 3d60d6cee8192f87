import type { RepositoryFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { backupRepositoryId } from './ids.ts';
import type { BackupRepository } from './schema.ts';

/** Its message is there only when it is not ready, or its newest maintenance failed. */
export function backupRepositoryFactOf(
  object: BackupRepository,
  context: EngineContext,
): RepositoryFact {
  const { metadata, status } = object;
  const words = [notReadyOf(status), failureOf(status)].filter((text) => text !== null);
  return {
    repositoryId: backupRepositoryId(context, metadata),
    engine: 'velero',
    kind: 'BackupRepository',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    // Not ready says as much of maintenance as of reach.
    availability: status?.phase === 'Ready' ? 'available' : 'unknown',
    message: words.join(' ').slice(0, 2_048) || null,
    checkedAt: status?.lastMaintenanceTime ?? null,
    readOnly: false,
  };
}

function notReadyOf(status: BackupRepository['status']): string | null {
  if (status?.phase !== 'NotReady') return null;
  return `It is not ready: ${status.message || 'Velero does not say why'}.`;
}

function failureOf(status: BackupRepository['status']): string | null {
  const newest = (status?.recentMaintenance ?? []).toSorted((a, b) => timeOf(b) - timeOf(a))[0];
  if (newest?.result !== 'Failed') return null;
  return `The last maintenance failed: ${newest.message || 'Velero does not say why'}.`;
}

function timeOf({ startTimestamp }: { startTimestamp?: Date | null | undefined }): number {
  return startTimestamp?.getTime() ?? 0;
}
