import { timestamp, objectOf, type WorldFrame } from '../home/world-event.ts';
import { uuidOf } from '../home/random.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import type { EngineFaultScript, EnginePolicyPlan } from './workload.ts';

const API = 'postgresql.cnpg.io/v1';
const PLUGIN = 'barman-cloud.cloudnative-pg.io';

/** A database with its schedule; its claims carry `cnpgClaimLabels`, the first is its primary's. */
export interface CnpgPlan extends EnginePolicyPlan {
  cluster: string;
  method: 'barmanObjectStore' | 'plugin' | 'volumeSnapshot';
}

export function cnpgClaimLabels(cluster: string, instance: string): Record<string, string> {
  return {
    'cnpg.io/cluster': cluster,
    'cnpg.io/instanceName': instance,
    'cnpg.io/pvcRole': 'PG_DATA',
  };
}

/** What is known of a database’s backups at one moment. */
export interface CnpgState {
  archiving: Json;
  lastBackup: Json | null;
  lastSuccess: number | null;
  firstSuccess: number | null;
  lastFailure: number | null;
}

export function condition(
  type: string,
  ok: boolean,
  reason: string,
  message: string,
  at: number,
): Json {
  const status = ok ? 'True' : 'False';
  return { type, status, reason, message, lastTransitionTime: timestamp(at) };
}

/** The objects of one database, as its state says. */
export function cnpgObjects(frame: WorldFrame, plan: CnpgPlan) {
  const { namespace, cluster, method } = plan;
  const destination = { destinationPath: `s3://pg-backups/${namespace}` };
  const credentials = {
    s3Credentials: {
      accessKeyId: { name: 'pg-backups', key: 'ACCESS_KEY_ID' },
      secretAccessKey: { name: 'pg-backups', key: 'ACCESS_SECRET_KEY' },
    },
  };
  const store = { ...destination, ...credentials, wal: { compression: 'gzip' } };
  const metadata = (plural: string, name: string, createdAt: number, labels?: Json) => ({
    name,
    namespace,
    uid: uuidOf(frame.seed, plural, namespace, name),
    createdAt,
    ...(labels && { labels }),
  });
  const archive: Record<CnpgPlan['method'], Json> = {
    barmanObjectStore: { backup: { barmanObjectStore: store, retentionPolicy: '30d' } },
    plugin: {
      plugins: [
        {
          name: PLUGIN,
          enabled: true,
          isWALArchiver: true,
          parameters: { barmanObjectName: `${cluster}-store` },
        },
      ],
    },
    volumeSnapshot: {
      backup: {
        barmanObjectStore: store,
        volumeSnapshot: { className: 'csi-ceph-block', online: true },
      },
    },
  };
  const taking: Json = {
    cluster: { name: cluster },
    method,
    ...(method === 'plugin' && { pluginConfiguration: { name: PLUGIN } }),
  };
  return {
    cluster: (state: CnpgState): WorldObject =>
      objectOf(API, 'Cluster', metadata('clusters', cluster, plan.createdAt), {
        spec: {
          instances: plan.claims.length,
          imageName: 'ghcr.io/cloudnative-pg/postgresql:17.6',
          storage: { size: '64Gi', storageClass: 'ceph-block' },
          ...archive[method],
        },
        status: {
          instances: plan.claims.length,
          readyInstances: plan.claims.length,
          phase: 'Cluster in healthy state',
          currentPrimary: plan.claims[0]?.name ?? cluster,
          conditions: [
            condition('Ready', true, 'ClusterIsReady', 'Cluster is Ready', plan.createdAt),
            state.archiving,
            ...(state.lastBackup === null ? [] : [state.lastBackup]),
          ],
          // Never set for plugin backups (FM-26).
          ...(method !== 'plugin' &&
            state.lastSuccess !== null && {
              lastSuccessfulBackup: timestamp(state.lastSuccess),
              lastSuccessfulBackupByMethod: { [method]: timestamp(state.lastSuccess) },
            }),
        },
      }),
    store: (state: CnpgState): WorldObject =>
      objectOf(
        'barmancloud.cnpg.io/v1',
        'ObjectStore',
        metadata('objectstores', `${cluster}-store`, plan.createdAt),
        {
          spec: { configuration: store, retentionPolicy: '30d' },
          ...(state.lastSuccess !== null && {
            status: {
              serverRecoveryWindow: {
                [cluster]: {
                  firstRecoverabilityPoint: timestamp(state.firstSuccess ?? state.lastSuccess),
                  lastSuccessfulBackupTime: timestamp(state.lastSuccess),
                  ...(state.lastFailure !== null && {
                    lastFailedBackupTime: timestamp(state.lastFailure),
                  }),
                },
              },
            },
          }),
        },
      ),
    schedule: (last: number | null, next: number, suspend: boolean): WorldObject =>
      objectOf(API, 'ScheduledBackup', metadata('scheduledbackups', plan.name, plan.createdAt), {
        spec: {
          ...taking,
          schedule: `0 ${plan.cadence.expression}`,
          backupOwnerReference: 'self',
          immediate: false,
          suspend,
        },
        status: {
          ...(last !== null && {
            lastScheduleTime: timestamp(last),
            lastCheckTime: timestamp(last),
          }),
          nextScheduleTime: timestamp(next),
        },
      }),
    backup(at: number, status: Json): WorldObject {
      const name = `${plan.name}-${timestamp(at).replace(/\D/g, '')}`;
      const labels = {
        'cnpg.io/cluster': cluster,
        'cnpg.io/scheduled-backup': plan.name,
        'cnpg.io/immediateBackup': 'false',
      };
      return objectOf(API, 'Backup', metadata('backups', name, at, labels), {
        spec: { ...taking, target: 'prefer-standby' },
        status: { method, ...status },
      });
    },
  };
}

/** What the end of a base backup looks like. */
export function backupEnd(
  plan: CnpgPlan,
  script: EngineFaultScript | null,
  at: number,
  end: number,
) {
  const instance = plan.claims.at(-1)?.name ?? plan.cluster;
  const begun = { startedAt: timestamp(at), instanceID: { podName: instance } };
  if (script === 'wal-archiving') return { ...begun, phase: 'walArchivingFailing' };
  if (script === 'failing' || script === 'never-succeeded') {
    const error = `instance manager was restarted during backup on pod ${instance}`;
    return { ...begun, phase: 'failed', stoppedAt: timestamp(end), error };
  }
  const id = timestamp(at).replace(/[-:Z]/g, '');
  return {
    ...begun,
    phase: 'completed',
    stoppedAt: timestamp(end),
    backupId: id,
    backupName: `backup-${id.replace('T', '')}`,
    serverName: plan.cluster,
    beginWal: '000000010000000A000000C4',
    endWal: '000000010000000A000000C4',
    ...(plan.method === 'volumeSnapshot' && {
      snapshotBackupStatus: { elements: [{ name: `${instance}-${id}`, type: 'PG_DATA' }] },
    }),
  };
}
