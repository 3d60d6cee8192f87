import type { WayBack } from '../domain/judgement.ts';
import type { ClusterView } from './cluster/view.ts';
import { nameOf } from './cluster/words.ts';
import type { RecoveryPath } from './risk-paths.ts';

/** The newest copy of each path that has one, newest first. */
export function waysBack(view: ClusterView, paths: readonly RecoveryPath[]): WayBack[] {
  return paths
    .flatMap((path) => (path.newestAt === null ? [] : [wayBack(view, path, path.newestAt)]))
    .sort((a, b) => b.newestAt.getTime() - a.newestAt.getTime() || (keyOf(a) < keyOf(b) ? -1 : 1));
}

function wayBack(view: ClusterView, path: RecoveryPath, newestAt: Date): WayBack {
  const { policy, engine, repositoryId, sameStorage } = path;
  const place = repositoryId === null ? undefined : view.index.repositoryById.get(repositoryId);
  return {
    policyId: policy?.policyId ?? null,
    policy: policy === null ? null : nameOf(policy),
    engine,
    repositoryId,
    repository: place === undefined ? null : `${place.kind} ${nameOf(place)}`,
    newestAt,
    sameStorage,
  };
}

/** The same way back, whenever its newest copy was taken. */
export function keyOf({
  policyId,
  repositoryId,
  sameStorage,
}: Pick<WayBack, 'policyId' | 'repositoryId' | 'sameStorage'>): string {
  return JSON.stringify([policyId, repositoryId, sameStorage]);
}
