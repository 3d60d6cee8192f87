import type { KindSpec } from '../engine.ts';

export type InventoryKind = KindSpec & { metadataOnly: boolean };

/** What we read of any cluster, owners before pods before claims so that a claim is told once and whole. */
export const INVENTORY_KINDS: readonly InventoryKind[] = [
  of('', 'namespaces', 'Namespace', -4, true),
  of('storage.k8s.io', 'storageclasses', 'StorageClass', -3, true),
  of('', 'persistentvolumes', 'PersistentVolume', -3, true),
  of('apps', 'deployments', 'Deployment', -3, true),
  of('apps', 'statefulsets', 'StatefulSet', -3, true),
  of('apps', 'daemonsets', 'DaemonSet', -3, true),
  of('apps', 'replicasets', 'ReplicaSet', -3, true),
  of('batch', 'cronjobs', 'CronJob', -3, true),
  of('batch', 'jobs', 'Job', -3, true),
  of('', 'pods', 'Pod', -2),
  of('', 'persistentvolumeclaims', 'PersistentVolumeClaim', -1),
];

function of(
  group: string,
  plural: string,
  kind: string,
  rank: number,
  metadataOnly = false,
): InventoryKind {
  return { group, versions: ['v1'], plural, kind, rank, metadataOnly };
}
