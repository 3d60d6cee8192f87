import { AppError } from '../domain/error.ts';
import type { Config } from '../config.ts';
import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import { findClusters } from '../collect/kubernetes/find-clusters.ts';

export type World =
  | { kind: 'clusters'; sources: ClusterSource[]; text: string }
  | { kind: 'demo'; text: string };

/** What there is to read: the configured clusters, or the demo when nothing at all is configured. */
export function findWorld(config: Config, wanted: 'auto' | 'demo'): World {
  if (wanted === 'demo') return { kind: 'demo', text: 'the demo world: a simulated home cluster' };
  const found = findClusters({ kubeconfig: config.kubeconfig, clusters: config.clusters });
  if (found.kind === 'none')
    return {
      kind: 'demo',
      text: 'no kubeconfig found: starting the demo world, a simulated home cluster',
    };
  const names = found.clusters.map(
    ({ name, server, origin }) => `${name} (${server}, from ${origin})`,
  );
  return { kind: 'clusters', sources: found.clusters, text: `reading ${names.join(', ')}` };
}

export function requireClusters(world: World): ClusterSource[] {
  if (world.kind === 'clusters') return world.sources;
  throw new AppError('invalid-setting', 'no kubeconfig found', {
    nextStep: 'Set KUBECONFIG or CLUSTERS, or try the simulated cluster with `plimsoll demo`.',
  });
}
