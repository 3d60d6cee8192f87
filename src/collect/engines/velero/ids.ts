import { idOf, policyIdOf, repositoryIdOf } from '../../../domain/id.ts';
import type { EngineContext } from '../../engine.ts';

interface Named {
  namespace: string;
  name: string;
}

export function schedulePolicyId(context: EngineContext, { namespace, name }: Named): string {
  return policyIdOf('velero', { clusterId: context.clusterId, kind: 'Schedule', namespace, name });
}

export function locationId(context: EngineContext, { namespace, name }: Named): string {
  const kind = 'BackupStorageLocation';
  return repositoryIdOf('velero', { clusterId: context.clusterId, kind, namespace, name });
}

export function backupRepositoryId(context: EngineContext, { namespace, name }: Named): string {
  const kind = 'BackupRepository';
  return repositoryIdOf('velero', { clusterId: context.clusterId, kind, namespace, name });
}

/** A Backup's point is gone with that very Backup, so the UID makes it. */
export function pointId(context: EngineContext, backupUid: string): string {
  return idOf('restore-point', context.clusterId, 'velero', backupUid);
}

export function restoreRunId(context: EngineContext, restoreUid: string): string {
  return idOf('restore-run', context.clusterId, 'velero', restoreUid);
}
