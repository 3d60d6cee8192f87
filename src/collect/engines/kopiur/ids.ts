import { idOf, policyIdOf, repositoryIdOf, resourceIdOf, runIdOf } from '../../../domain/id.ts';
import type { EngineContext } from '../../engine.ts';
import type { RepositoryRef } from './schema.ts';

interface Named {
  namespace: string;
  name: string;
}

export function policyId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return policyIdOf('kopiur', { clusterId, kind: 'SnapshotPolicy', namespace, name });
}

export function repositoryId(
  { clusterId }: EngineContext,
  { kind, namespace, name }: Named & { kind: string },
): string {
  return repositoryIdOf('kopiur', { clusterId, kind, namespace, name });
}

/** A reference without a kind is a Repository, without a namespace one beside the object that refers to it. */
export function referredRepository(
  ref: RepositoryRef,
  beside: string,
): (Named & { kind: string }) | null {
  if (!ref?.name) return null;
  return ref.kind === 'ClusterRepository'
    ? { kind: 'ClusterRepository', namespace: '', name: ref.name }
    : { kind: 'Repository', namespace: ref.namespace ?? beside, name: ref.name };
}

export function snapshotRunId({ clusterId }: EngineContext, uid: string): string {
  return runIdOf(clusterId, 'kopiur', uid);
}

export function pointId({ clusterId }: EngineContext, uid: string): string {
  return idOf('restore-point', clusterId, 'kopiur', uid);
}

export function restoreRunId({ clusterId }: EngineContext, uid: string): string {
  return idOf('restore-run', clusterId, 'kopiur', uid);
}

export function claimId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name });
}
