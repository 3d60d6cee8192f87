import type { EngineContext, EngineFacts } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import { archivingId } from './ids.ts';
import {
  archiverOf,
  archivingPolicyOf,
  latest,
  ownSuccessOf,
  scheduledPolicyOf,
  serverNameOf,
  storeNameOf,
} from './policies.ts';
import type { Cluster, ObjectStore, ScheduledBackup } from './schema.ts';

type Policies = Pick<EngineFacts, 'policies' | 'removedPolicyIds'>;

/**
 * What is known of each database from all of its objects, which come in any order: each call returns the policies
 * that read otherwise now. Bounded by the number of Clusters, ScheduledBackups and ObjectStores.
 */
export interface Databases {
  onCluster(cluster: Cluster, context: EngineContext): Policies;
  onSchedule(schedule: ScheduledBackup, dropped: string[], context: EngineContext): Policies;
  onStore(store: ObjectStore, context: EngineContext): Policies;
  /** A base backup of this Cluster ended well. */
  onSuccess(namespace: string, cluster: string, at: Date, context: EngineContext): Policies;
  forget(kind: string, namespace: string, name: string): void;
  /** Of that kind, what went while nobody watched. */
  forgetGone(kind: string, isGone: (object: Identity) => boolean): void;
}

export function createDatabases(): Databases {
  const clusters = new Map<string, Cluster>();
  const schedules = new Map<string, { schedule: ScheduledBackup; dropped: string[] }>();
  const stores = new Map<string, ObjectStore>();
  const successes = new Map<string, Date>();

  function archivingOf(cluster: Cluster, context: EngineContext): Policies {
    const { namespace, name } = cluster.metadata;
    const archiver = archiverOf(cluster);
    if (archiver === null) return { removedPolicyIds: [archivingId(context, cluster.metadata)] };
    const plugin = typeof archiver === 'object' ? (archiver.name ?? null) : null;
    const store = stores.get(`${namespace}/${storeNameOf(cluster, plugin)}`);
    const window = store?.status?.serverRecoveryWindow?.[serverNameOf(cluster)];
    const success = latest([
      ownSuccessOf(cluster),
      window?.lastSuccessfulBackupTime,
      successes.get(`${namespace}/${name}`),
    ]);
    return { policies: [archivingPolicyOf(cluster, success, context)] };
  }

  function scheduledOf(key: string, context: EngineContext): NonNullable<Policies['policies']> {
    const known = schedules.get(key);
    if (known === undefined) return [];
    const { schedule, dropped } = known;
    const cluster = clusters.get(`${schedule.metadata.namespace}/${schedule.spec?.cluster?.name}`);
    return [scheduledPolicyOf(schedule, dropped, cluster, context)];
  }

  function forget(kind: string, namespace: string, name: string): void {
    const key = `${namespace}/${name}`;
    if (kind === 'Cluster') for (const kept of [clusters, successes]) kept.delete(key);
    if (kind === 'ScheduledBackup') schedules.delete(key);
    if (kind === 'ObjectStore') stores.delete(key);
  }

  function known(kind: string): { metadata: Identity & { name: string } }[] {
    if (kind === 'Cluster') return [...clusters.values()];
    if (kind === 'ObjectStore') return [...stores.values()];
    return kind === 'ScheduledBackup'
      ? [...schedules.values()].map(({ schedule }) => schedule)
      : [];
  }

  return {
    forget,
    forgetGone(kind, isGone) {
      for (const { metadata } of known(kind))
        if (isGone(metadata)) forget(kind, metadata.namespace, metadata.name);
    },
    onCluster(cluster, context) {
      const { namespace, name } = cluster.metadata;
      clusters.set(`${namespace}/${name}`, cluster);
      const own = archivingOf(cluster, context);
      const scheduled = [...schedules]
        .filter(
          ([, { schedule }]) =>
            schedule.metadata.namespace === namespace && schedule.spec?.cluster?.name === name,
        )
        .flatMap(([key]) => scheduledOf(key, context));
      return { ...own, policies: [...(own.policies ?? []), ...scheduled] };
    },
    onSchedule(schedule, dropped, context) {
      const key = `${schedule.metadata.namespace}/${schedule.metadata.name}`;
      schedules.set(key, { schedule, dropped });
      return { policies: scheduledOf(key, context) };
    },
    onStore(store, context) {
      const { namespace, name } = store.metadata;
      stores.set(`${namespace}/${name}`, store);
      const writers = [...clusters.values()].filter((cluster) => {
        const archiver = archiverOf(cluster);
        const plugin = typeof archiver === 'object' ? (archiver?.name ?? null) : null;
        return cluster.metadata.namespace === namespace && storeNameOf(cluster, plugin) === name;
      });
      return { policies: writers.flatMap((one) => archivingOf(one, context).policies ?? []) };
    },
    onSuccess(namespace, cluster, at, context) {
      const key = `${namespace}/${cluster}`;
      const before = successes.get(key);
      if (before !== undefined && before >= at) return {};
      successes.set(key, at);
      const known = clusters.get(key);
      return known === undefined || archiverOf(known) === null ? {} : archivingOf(known, context);
    },
  };
}
