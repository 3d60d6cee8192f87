import { policyIdOf, repositoryIdOf, resourceIdOf } from '../../domain/id.ts';
import type { SeriesFact } from '../../domain/metrics.ts';
import type { Engine } from '../../domain/words.ts';

type Labels = Record<string, string>;
type Subject = Pick<SeriesFact, 'subject' | 'subjectId' | 'namespace'>;

/** What the labels of a series name; null: nothing, or nothing about backups. */
export type SubjectOf = (clusterId: string, labels: Labels) => Subject | null;

/** Labels an exporter sets itself are renamed when the scrape's own win (`honorLabels: false`). */
export function labelOf(labels: Labels, name: string): string | null {
  return labels[`exported_${name}`] ?? labels[name] ?? null;
}

function policy(engine: Engine, kind: string, clusterId: string, namespace: string, name: string) {
  const subjectId = policyIdOf(engine, { clusterId, kind, namespace, name });
  return { subject: 'policy' as const, subjectId, namespace };
}

export function namedPolicy(engine: Engine, kind: string, label: string): SubjectOf {
  return (clusterId, labels) => {
    const namespace = labelOf(labels, 'namespace');
    const name = labelOf(labels, label);
    return namespace && name ? policy(engine, kind, clusterId, namespace, name) : null;
  };
}

export function volsyncSource(clusterId: string, labels: Labels): Subject | null {
  const { obj_namespace: namespace, obj_name: name, role } = labels;
  return role === 'source' && namespace && name
    ? policy('volsync', 'ReplicationSource', clusterId, namespace, name)
    : null;
}

/** Velero does not say in which namespace it runs: the scrape does. */
export function veleroSchedule(clusterId: string, labels: Labels): Subject | null {
  const { schedule, namespace = 'velero' } = labels;
  return schedule ? policy('velero', 'Schedule', clusterId, namespace, schedule) : null;
}

export function veleroLocation(clusterId: string, labels: Labels): Subject | null {
  const { backup_location_name: name, namespace = 'velero' } = labels;
  if (!name) return null;
  const kind = 'BackupStorageLocation';
  const subjectId = repositoryIdOf('velero', { clusterId, kind, namespace, name });
  return { subject: 'repository', subjectId, namespace };
}

/** An instance is named as its cluster and a number. */
export function databaseCluster(clusterId: string, labels: Labels): Subject | null {
  const namespace = labelOf(labels, 'namespace');
  const name = labels['cnpg_io_cluster'] ?? /^(.+)-\d+$/.exec(labelOf(labels, 'pod') ?? '')?.[1];
  return namespace && name ? policy('cnpg', 'Cluster', clusterId, namespace, name) : null;
}

export function longhornClaim(clusterId: string, labels: Labels): Subject | null {
  const { pvc_namespace: namespace, pvc: name } = labels;
  if (!namespace || !name) return null;
  const kind = 'PersistentVolumeClaim';
  const subjectId = resourceIdOf({ clusterId, kind, namespace, name });
  return { subject: 'resource', subjectId, namespace };
}
