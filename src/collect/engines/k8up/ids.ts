import { idOf, policyIdOf, repositoryIdOf, resourceIdOf, runIdOf } from '../../../domain/id.ts';
import type { EngineContext } from '../../engine.ts';

interface Named {
  namespace: string;
  name: string;
}

export function schedulePolicyId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return policyIdOf('k8up', { clusterId, kind: 'Schedule', namespace, name });
}

/** A repository is known by its address, per namespace: each namespace has credentials of its own. */
export function repositoryId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return repositoryIdOf('k8up', { clusterId, kind: 'Repository', namespace, name });
}

export function backupRunId({ clusterId }: EngineContext, uid: string): string {
  return runIdOf(clusterId, 'k8up', uid);
}

/** A Snapshot object is named after the restic snapshot and may be written anew for the same one. */
export function pointId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return idOf('restore-point', clusterId, 'k8up', namespace, name);
}

export function restoreRunId({ clusterId }: EngineContext, uid: string): string {
  return idOf('restore-run', clusterId, 'k8up', uid);
}

export function claimId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name });
}
