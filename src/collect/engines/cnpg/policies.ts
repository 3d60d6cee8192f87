import type { PolicyFact, RepositoryFact, Selection } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { archivingId, objectStoreId, scheduledBackupId } from './ids.ts';
import type { Cluster, ObjectStore, ScheduledBackup } from './schema.ts';

/** The barman plugin's name for the ObjectStore it writes to, in a plugin's parameters. */
const STORE_PARAMETER = 'barmanObjectName';

type Plugin = NonNullable<NonNullable<Cluster['spec']>['plugins']>[number];

/** A database is all claims the operator made for it. */
function databaseOf(namespace: string, cluster: string): Selection {
  return { type: 'labels', namespace, matchLabels: { 'cnpg.io/cluster': cluster } };
}

/** How a Cluster archives its WAL; null when it does not. */
export function archiverOf({ spec }: Cluster): Plugin | 'barmanObjectStore' | null {
  const plugin = pluginsOf(spec).find((one) => one.isWALArchiver === true);
  return plugin ?? (spec?.backup?.barmanObjectStore ? 'barmanObjectStore' : null);
}

function pluginsOf(spec: Cluster['spec']): Plugin[] {
  return (spec?.plugins ?? []).filter(({ enabled }) => enabled !== false);
}

/** Where a plugin of this Cluster puts its backups; null when it does not say, or is none of ours. */
export function storeNameOf(cluster: Cluster | undefined, plugin: string | null): string | null {
  const found = pluginsOf(cluster?.spec).find(({ name }) => name === plugin);
  return found?.parameters?.[STORE_PARAMETER] || null;
}

/** The Cluster's name in its ObjectStore. */
export function serverNameOf(cluster: Cluster): string {
  const archiver = archiverOf(cluster);
  const given = typeof archiver === 'object' ? archiver?.parameters?.['serverName'] : null;
  return given || cluster.metadata.name;
}

/** What a Cluster's own status says of backups: empty for plugins, and not the last word for anyone. */
export function ownSuccessOf({ status }: Cluster): Date | null {
  return latest([
    status?.lastSuccessfulBackup,
    ...Object.values(status?.lastSuccessfulBackupByMethod ?? {}),
  ]);
}

export function latest(instants: readonly (Date | null | undefined)[]): Date | null {
  const known = instants.flatMap((at) => at?.getTime() ?? []);
  return known.length === 0 ? null : new Date(Math.max(...known));
}

/**
 * A Cluster's WAL archiving as a policy that never rests. WAL alone restores nothing: it succeeds by base backups, by
 * whichever witness; `problem` is what the operator says of the archive.
 */
export function archivingPolicyOf(
  cluster: Cluster,
  lastSuccessAt: Date | null,
  context: EngineContext,
): PolicyFact {
  const { metadata, spec } = cluster;
  const archiver = archiverOf(cluster);
  const plugin = typeof archiver === 'object' ? (archiver?.name ?? null) : null;
  const store = storeNameOf(cluster, plugin);
  const retention = spec?.backup?.retentionPolicy;
  return {
    policyId: archivingId(context, metadata),
    engine: 'cnpg',
    kind: 'Cluster',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: { type: 'continuous' },
    paused: false,
    selection: databaseOf(metadata.namespace, metadata.name),
    method: plugin ?? 'barmanObjectStore',
    repositoryId: store
      ? objectStoreId(context, { namespace: metadata.namespace, name: store })
      : null,
    keep: retention ? { retentionPolicy: retention } : null,
    problem: archivingProblemOf(cluster),
    lastSuccessAt,
    memory: null,
  };
}

/** Absent or `Unknown` is no complaint: the operator has not looked yet. */
function archivingProblemOf({ status }: Cluster): string | null {
  const condition = status?.conditions?.find(({ type }) => type === 'ContinuousArchiving');
  if (condition?.status !== 'False') return null;
  const { reason, message } = condition;
  return `${reason ?? 'ContinuousArchivingFailing'}: ${message ?? 'no message'}`.slice(0, 2_048);
}

/** A ScheduledBackup; `cluster` is its database as far as it was read, which knows where a plugin writes to. */
export function scheduledPolicyOf(
  object: ScheduledBackup,
  dropped: string[],
  cluster: Cluster | undefined,
  context: EngineContext,
): PolicyFact {
  const { metadata, spec, status } = object;
  const { namespace } = metadata;
  const method = spec?.method ?? 'barmanObjectStore';
  const store =
    method === 'plugin' ? storeNameOf(cluster, spec?.pluginConfiguration?.name ?? null) : null;
  return {
    policyId: scheduledBackupId(context, metadata),
    engine: 'cnpg',
    kind: 'ScheduledBackup',
    namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: spec?.schedule
      ? { type: 'cron', expression: spec.schedule, timeZone: context.timeZone, dialect: 'cnpg' }
      : { type: 'manual' },
    paused: spec?.suspend ?? false,
    selection:
      spec?.cluster?.name && !dropped.some((path) => path.startsWith('spec'))
        ? databaseOf(namespace, spec.cluster.name)
        : { type: 'unknown', reason: 'spec.cluster was not understood' },
    method,
    repositoryId: store ? objectStoreId(context, { namespace, name: store }) : null,
    keep: null,
    problem: status?.error?.slice(0, 2_048) || null,
    lastSuccessAt: null,
    memory: null,
  };
}

/** The barman plugin's ObjectStore; nothing in it says whether it can be reached. */
export function repositoryFactOf(object: ObjectStore, context: EngineContext): RepositoryFact {
  const { metadata } = object;
  return {
    repositoryId: objectStoreId(context, metadata),
    engine: 'cnpg',
    kind: 'ObjectStore',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    availability: 'unknown',
    message: null,
    checkedAt: null,
    readOnly: false,
  };
}
