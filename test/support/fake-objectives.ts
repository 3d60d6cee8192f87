import type { Caller } from '../../src/services/api.ts';
import type * as views from '../../src/domain/views.ts';

interface ObjectiveWorld {
  revision: number;
  objectives: views.Objective[];
}

/** Keeps what is set, one row a scope; what is taken back is gone. */
export function setFakeObjective(
  world: ObjectiveWorld,
  caller: Caller,
  scope: views.ObjectiveScope,
  targets: views.ObjectiveTargets,
  when: Date,
): void {
  const { clusterId = null, namespace = null, resourceId = null } = scope;
  const key = ['all', clusterId, namespace, resourceId].filter((part) => part !== null).join('/');
  const level = levelOf(scope);
  world.objectives = world.objectives.filter((one) => one.scope !== key);
  world.revision += 1;
  if (targets.rpoSeconds === null && targets.rtoSeconds === null) return;
  world.objectives.push({
    scope: key,
    level,
    clusterId,
    cluster: clusterId,
    namespace,
    resourceId,
    resource: resourceId,
    ...targets,
    owner: caller.subject,
    setAt: when.toISOString(),
    events: [],
  });
}

function levelOf(scope: views.ObjectiveScope): views.Objective['level'] {
  if (scope.resourceId !== undefined) return 'resource';
  if (scope.namespace !== undefined) return 'namespace';
  return scope.clusterId === undefined ? 'tenant' : 'cluster';
}
