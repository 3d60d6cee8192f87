import { idOf, policyIdOf, repositoryIdOf, runIdOf } from '../../../domain/id.ts';
import type { EngineContext } from '../../engine.ts';

interface Named {
  namespace: string;
  name: string;
}

export function jobPolicyId(context: EngineContext, { namespace, name }: Named): string {
  const kind = 'RecurringJob';
  return policyIdOf('longhorn', { clusterId: context.clusterId, kind, namespace, name });
}

export function targetId(context: EngineContext, { namespace, name }: Named): string {
  const kind = 'BackupTarget';
  return repositoryIdOf('longhorn', { clusterId: context.clusterId, kind, namespace, name });
}

/** A Backup's name is its id in the store, so it makes its run. */
export function backupRunId({ clusterId }: EngineContext, { namespace, name }: Named): string {
  return runIdOf(clusterId, 'longhorn', `${namespace}/${name}`);
}

/** A Backup's name is its id in the store: an object made anew for it stands for the same point. */
export function pointId(context: EngineContext, { namespace, name }: Named): string {
  return idOf('restore-point', context.clusterId, 'longhorn', namespace, name);
}
