import type { Json, WorldObject } from '../api/world-object.ts';
import type { Workload } from '../engines/workload.ts';
import { uuidOf } from './random.ts';
import { objectOf, timestamp, type WorldFrame } from './world-event.ts';

export const VELERO = 'velero';

/** A pod's volume with the claim behind it. */
export interface BackedVolume {
  namespace: string;
  claim: string;
  workload: Workload;
  pod: string;
  podVolume: string;
}

export interface VeleroPlan {
  name: string;
  expression: string;
  location: string;
  ttlHours: number;
  template: Json;
  method: 'data-mover' | 'file-system' | 'none';
  volumes: BackedVolume[];
}

type Phase =
  | 'InProgress'
  | 'WaitingForPluginOperations'
  | 'Completed'
  | 'PartiallyFailed'
  | 'Failed'
  | 'FailedValidation';

export function scheduleObject(
  frame: WorldFrame,
  plan: VeleroPlan,
  createdAt: number,
  lastBackup: number | null,
): WorldObject {
  const uid = uuidOf(frame.seed, 'schedules', plan.name);
  return objectOf(
    'velero.io/v1',
    'Schedule',
    { name: plan.name, namespace: VELERO, uid, createdAt },
    {
      spec: { schedule: plan.expression, template: templateOf(plan) },
      status: {
        phase: 'Enabled',
        ...(lastBackup !== null && { lastBackup: timestamp(lastBackup) }),
      },
    },
  );
}

const templateOf = ({ template, location, ttlHours }: VeleroPlan): Json => ({
  ...template,
  storageLocation: location,
  ttl: `${ttlHours}h0m0s`,
});

export function backupName(plan: VeleroPlan, at: number): string {
  return `${plan.name}-${timestamp(at).replace(/\D/g, '')}`;
}

export function backupObject(
  frame: WorldFrame,
  plan: VeleroPlan,
  at: number,
  phase: Phase,
  status: Json,
): WorldObject {
  const name = backupName(plan, at);
  const labels = {
    'velero.io/schedule-name': plan.name,
    'velero.io/storage-location': plan.location,
  };
  const annotations = { 'velero.io/source-cluster-k8s-gitversion': 'v1.33.0' };
  const uid = uuidOf(frame.seed, 'backups', name);
  return objectOf(
    'velero.io/v1',
    'Backup',
    { name, namespace: VELERO, uid, createdAt: at, labels, annotations },
    { spec: templateOf(plan), status: { formatVersion: '1.1.0', version: 1, phase, ...status } },
  );
}

function volumeMetadata(frame: WorldFrame, backup: WorldObject, volume: BackedVolume, at: number) {
  const { name, uid } = backup.metadata;
  const suffix = uuidOf(frame.seed, name, volume.claim).slice(0, 5);
  return {
    name: `${name}-${suffix}`,
    namespace: VELERO,
    uid: uuidOf(frame.seed, 'volume', name, volume.claim),
    createdAt: at,
    labels: {
      'velero.io/backup-name': name,
      'velero.io/backup-uid': uid,
      'velero.io/pvc-uid': uuidOf(
        frame.seed,
        'persistentvolumeclaims',
        volume.namespace,
        volume.claim,
      ),
    },
    ownerReferences: [{ apiVersion: 'velero.io/v1', kind: 'Backup', name, uid, controller: true }],
  };
}

export function dataUploadObject(
  frame: WorldFrame,
  backup: WorldObject,
  volume: BackedVolume,
  at: number,
  status: Json,
): WorldObject {
  return objectOf('velero.io/v2alpha1', 'DataUpload', volumeMetadata(frame, backup, volume, at), {
    spec: {
      backupStorageLocation: backup.metadata.labels?.['velero.io/storage-location'] ?? '',
      csiSnapshot: {
        driver: 'rbd.csi.ceph.com',
        snapshotClass: 'csi-ceph-block',
        storageClass: 'ceph-block',
        volumeSnapshot: `velero-${volume.claim}-${uuidOf(backup.metadata.name).slice(0, 5)}`,
      },
      operationTimeout: '10m0s',
      snapshotType: 'CSI',
      sourceNamespace: volume.namespace,
      sourcePVC: volume.claim,
    },
    status: { node: 'node-2', ...status },
  });
}

export function podVolumeBackupObject(
  frame: WorldFrame,
  backup: WorldObject,
  volume: BackedVolume,
  at: number,
  status: Json,
): WorldObject {
  const location = backup.metadata.labels?.['velero.io/storage-location'] ?? '';
  const uid = uuidOf(frame.seed, 'pods', volume.namespace, volume.pod);
  return objectOf('velero.io/v1', 'PodVolumeBackup', volumeMetadata(frame, backup, volume, at), {
    spec: {
      backupStorageLocation: location,
      node: 'node-1',
      pod: { kind: 'Pod', name: volume.pod, namespace: volume.namespace, uid },
      repoIdentifier: '',
      tags: {
        backup: backup.metadata.name,
        ns: volume.namespace,
        pod: volume.pod,
        'pvc-uid': uuidOf(frame.seed, 'persistentvolumeclaims', volume.namespace, volume.claim),
        volume: volume.podVolume,
      },
      uploaderType: 'kopia',
      volume: volume.podVolume,
    },
    status: { path: `/host_pods/${uid}/volumes/kubernetes.io~csi/data/mount`, ...status },
  });
}

/** A restore of everything a backup holds, over what is there already. */
export function restoreObject(
  frame: WorldFrame,
  plan: VeleroPlan,
  backup: WorldObject,
  at: number,
): WorldObject {
  const name = `${plan.name}-restore`;
  const uid = uuidOf(frame.seed, 'restores', name);
  return objectOf(
    'velero.io/v1',
    'Restore',
    { name, namespace: VELERO, uid, createdAt: at },
    {
      spec: { backupName: backup.metadata.name, includedNamespaces: ['*'] },
      status: {
        phase: 'Completed',
        startTimestamp: timestamp(at),
        completionTimestamp: timestamp(at + 24_000),
        warnings: 2 * plan.volumes.length,
        progress: { totalItems: 340, itemsRestored: 340 },
      },
    },
  );
}

export function locationObject(
  frame: WorldFrame,
  name: string,
  createdAt: number,
  status: Json,
): WorldObject {
  const uid = uuidOf(frame.seed, 'backupstoragelocations', name);
  return objectOf(
    'velero.io/v1',
    'BackupStorageLocation',
    { name, namespace: VELERO, uid, createdAt },
    {
      spec: {
        provider: 'aws',
        objectStorage: { bucket: `velero-${name}` },
        default: name === 'default',
        accessMode: 'ReadWrite',
        validationFrequency: '6h0m0s',
        config: { region: 'home', s3ForcePathStyle: 'true' },
      },
      status,
    },
  );
}
