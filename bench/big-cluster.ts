import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../src/domain/time.ts';
import { kindNamed } from '../src/world/api/kinds.ts';
import { createObjectStore, type ObjectStore } from '../src/world/api/object-store.ts';
import { uuidOf } from '../src/world/home/random.ts';
import { objectOf, timestamp } from '../src/world/home/world-event.ts';
import type { Json } from '../src/world/api/world-object.ts';

/** One cluster of `namespaces` × `claims` claims; two thirds of the namespaces are backed up by Velero, the rest by VolSync. */
export interface BigClusterSize {
  namespaces: number;
  /** In each namespace. */
  claims: number;
  /** Velero backups kept of each namespace, one a day, each with one DataUpload a claim. */
  backups: number;
}

/** 10,000 claims and 100,624 backup objects. */
export const BIG: BigClusterSize = { namespaces: 100, claims: 100, backups: 15 };

const VELERO_SHARE = 0.64;
const AGE_MS = 90 * DAY_MS;

/** What a real server adds to every object, about half of its bytes: who wrote which field last. */
function managedFields(apiVersion: string, at: number): Json[] {
  const fields: Json = {};
  for (let index = 0; index < 24; index += 1) fields[`f:field-${index}`] = {};
  const owned = { 'f:metadata': { 'f:labels': { '.': {} } }, 'f:spec': fields };
  const written = { apiVersion, fieldsType: 'FieldsV1', fieldsV1: owned, time: timestamp(at) };
  return [{ manager: 'controller', operation: 'Update', ...written }];
}

interface Filling {
  store: ObjectStore;
  now: number;
  writers: Map<string, Json[]>;
}

function put(
  { store, now, writers }: Filling,
  plural: string,
  metadata: { name: string; namespace?: string; createdAt?: number } & Json,
  content: Json,
): string {
  const kind = kindNamed(plural);
  const apiVersion = kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
  const { name, namespace = '', createdAt = now - AGE_MS } = metadata;
  const uid = uuidOf('big', plural, namespace, name);
  // Shared between objects: it is told with each of them, and kept once.
  const managed = writers.get(plural) ?? managedFields(apiVersion, now - HOUR_MS);
  writers.set(plural, managed);
  const identity = { ...metadata, uid, createdAt, managedFields: managed };
  store.put(kind, objectOf(apiVersion, kind.kind, identity, content));
  return uid;
}

/** Fills a store; `now` is the cluster's time, in milliseconds. */
export function bigCluster(size: BigClusterSize, now: number): ObjectStore {
  const filling: Filling = {
    store: createObjectStore({ historyLimit: 1_000 }),
    now,
    writers: new Map(),
  };
  for (const name of ['kube-system', 'velero', ...names(size.namespaces, 'team')])
    put(filling, 'namespaces', { name }, { status: { phase: 'Active' } });
  put(
    filling,
    'backupstoragelocations',
    { name: 'default', namespace: 'velero' },
    {
      spec: { provider: 'aws', objectStorage: { bucket: 'velero' } },
      status: { phase: 'Available', lastValidationTime: timestamp(now - MINUTE_MS) },
    },
  );
  for (const [index, namespace] of names(size.namespaces, 'team').entries()) {
    const claims = names(size.claims, 'data').map((name) => ({
      name,
      uid: app(filling, namespace, name),
    }));
    if (index < Math.round(size.namespaces * VELERO_SHARE))
      veleroBackups(filling, namespace, claims, size.backups, index);
    else
      for (const [minute, { name }] of claims.entries())
        replicationSource(filling, namespace, name, minute % 60);
  }
  return filling.store;
}

const names = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}-${index}`);

/** A claim with its volume, the StatefulSet that uses it and its pod; returns the claim's UID. */
function app(filling: Filling, namespace: string, name: string): string {
  const labels = { 'app.kubernetes.io/name': name };
  const volume = `pv-${namespace}-${name}`;
  const storage = '10Gi';
  const shared = { accessModes: ['ReadWriteOnce'], storageClassName: 'fast' };
  const uid = put(
    filling,
    'persistentvolumeclaims',
    { name, namespace, labels },
    {
      spec: { ...shared, resources: { requests: { storage } }, volumeName: volume },
      status: { phase: 'Bound', capacity: { storage } },
    },
  );
  const capacity = { storage };
  const claimRef = { kind: 'PersistentVolumeClaim', namespace, name, uid };
  const volumeSpec = { ...shared, capacity, claimRef };
  put(
    filling,
    'persistentvolumes',
    { name: volume },
    { spec: volumeSpec, status: { phase: 'Bound' } },
  );
  const owner = put(
    filling,
    'statefulsets',
    { name, namespace, labels },
    { spec: { replicas: 1 } },
  );
  const references = [
    { apiVersion: 'apps/v1', kind: 'StatefulSet', name, uid: owner, controller: true },
  ];
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: name } }];
  const containers = [{ name: 'app', image: 'registry.example/app:1' }];
  put(
    filling,
    'pods',
    { name: `${name}-0`, namespace, labels, ownerReferences: references },
    { spec: { containers, volumes }, status: { phase: 'Running' } },
  );
  return uid;
}

function replicationSource(
  filling: Filling,
  namespace: string,
  name: string,
  minute: number,
): void {
  const end = filling.now - HOUR_MS;
  const spec = {
    sourcePVC: name,
    trigger: { schedule: `${minute} * * * *` },
    restic: { repository: `${name}-restic`, copyMethod: 'Snapshot', retain: { daily: 7 } },
  };
  const logs = [
    'using parent snapshot 5d0c11ab',
    'Added to the repository: 10.000 MiB (6.000 MiB stored)',
    'processed 12000 files, 4.000 GiB in 0:21',
    'snapshot 1a2b3c4d saved',
    'Restic completed in 24s',
  ].join('\n');
  const status = {
    lastSyncTime: timestamp(end),
    lastSyncDuration: '24.5s',
    nextSyncTime: timestamp(filling.now + HOUR_MS),
    latestMoverStatus: { result: 'Successful', logs },
    conditions: [
      {
        type: 'Synchronizing',
        status: 'False',
        reason: 'WaitingForSchedule',
        message: 'Waiting for next scheduled synchronization',
        lastTransitionTime: timestamp(end),
      },
    ],
  };
  put(filling, 'replicationsources', { name, namespace }, { spec, status });
}

function veleroBackups(
  filling: Filling,
  namespace: string,
  claims: { name: string; uid: string }[],
  count: number,
  index: number,
): void {
  const { now } = filling;
  const minute = index % 60;
  const template = { includedNamespaces: [namespace], snapshotMoveData: true, ttl: '720h0m0s' };
  const spec = { schedule: `${minute} 2 * * *`, template };
  const newest = Math.floor(now / DAY_MS) * DAY_MS - DAY_MS + 2 * HOUR_MS + minute * MINUTE_MS;
  const status = { phase: 'Enabled', lastBackup: timestamp(newest) };
  put(filling, 'schedules', { name: namespace, namespace: 'velero' }, { spec, status });
  for (let back = 0; back < count; back += 1)
    veleroBackup(filling, namespace, claims, newest - back * DAY_MS, template);
}

function veleroBackup(
  filling: Filling,
  namespace: string,
  claims: { name: string; uid: string }[],
  at: number,
  template: Json,
): void {
  const name = `${namespace}-${timestamp(at).replace(/\D/g, '')}`;
  const ended = timestamp(at + 10 * MINUTE_MS);
  const uid = put(
    filling,
    'backups',
    {
      name,
      namespace: 'velero',
      createdAt: at,
      labels: { 'velero.io/schedule-name': namespace, 'velero.io/storage-location': 'default' },
    },
    {
      spec: { ...template, storageLocation: 'default' },
      status: {
        phase: 'Completed',
        startTimestamp: timestamp(at + 2 * SECOND_MS),
        completionTimestamp: ended,
        expiration: timestamp(at + 30 * DAY_MS),
        progress: { totalItems: 400, itemsBackedUp: 400 },
        backupItemOperationsAttempted: claims.length,
        backupItemOperationsCompleted: claims.length,
      },
    },
  );
  const owner = { apiVersion: 'velero.io/v1', kind: 'Backup', name, uid, controller: true };
  for (const [index, claim] of claims.entries()) {
    const labels = {
      'velero.io/backup-name': name,
      'velero.io/backup-uid': uid,
      'velero.io/pvc-uid': claim.uid,
    };
    put(
      filling,
      'datauploads',
      {
        name: `${name}-${index}`,
        namespace: 'velero',
        createdAt: at,
        labels,
        ownerReferences: [owner],
      },
      {
        spec: {
          backupStorageLocation: 'default',
          csiSnapshot: { driver: 'csi.example', snapshotClass: 'fast', storageClass: 'fast' },
          operationTimeout: '10m0s',
          snapshotType: 'CSI',
          sourceNamespace: namespace,
          sourcePVC: claim.name,
        },
        status: {
          phase: 'Completed',
          node: 'node-2',
          startTimestamp: timestamp(at + 20 * SECOND_MS),
          completionTimestamp: ended,
          progress: { totalBytes: 4_000_000_000, bytesDone: 4_000_000_000 },
          incrementalBytes: 10_000_000,
          snapshotID: uid.replaceAll('-', ''),
        },
      },
    );
  }
}
