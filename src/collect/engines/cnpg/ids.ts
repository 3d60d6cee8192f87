import { idOf, policyIdOf, repositoryIdOf } from '../../../domain/id.ts';
import type { EngineContext } from '../../engine.ts';

interface Named {
  namespace: string;
  name: string;
}

export function scheduledBackupId(
  { clusterId }: EngineContext,
  { namespace, name }: Named,
): string {
  return policyIdOf('cnpg', { clusterId, kind: 'ScheduledBackup', namespace, name });
}

/** A Cluster that archives its WAL is a policy by itself. */
export function archivingId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return policyIdOf('cnpg', { clusterId, kind: 'Cluster', namespace, name });
}

export function objectStoreId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return repositoryIdOf('cnpg', { clusterId, kind: 'ObjectStore', namespace, name });
}

/** A Backup's point is gone with that very Backup, so the UID makes it. */
export function pointId({ clusterId }: EngineContext, backupUid: string): string {
  return idOf('restore-point', clusterId, 'cnpg', backupUid);
}
