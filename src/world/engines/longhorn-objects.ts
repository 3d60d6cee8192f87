import type { Json, WorldObject } from '../api/world-object.ts';
import { uuidOf } from '../home/random.ts';
import { GIB } from '../home/run-model.ts';
import { objectOf, timestamp, type WorldFrame } from '../home/world-event.ts';
import type { EnginePolicyPlan, Workload } from './workload.ts';

/** Plurals that other groups serve too are written with theirs. */
export const PLURALS = {
  job: 'recurringjobs',
  volume: 'volumes.longhorn.io',
  snapshot: 'snapshots.longhorn.io',
  backup: 'backups.longhorn.io',
  target: 'backuptargets',
} as const;

export const RETAINED = 14;

/** As dynamic provisioning names volumes: after the claim's UID. */
export function volumeNameOf(frame: WorldFrame, { namespace, name }: Workload): string {
  return `pvc-${uuidOf(frame.seed, 'persistentvolumeclaims', namespace, name)}`;
}

const targetNameOf = ({ name }: EnginePolicyPlan): string => `${name}-store`;

function made(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  [kind, plural, name]: [kind: string, plural: string, name: string],
  at: number,
  content: Json,
  labels: Record<string, string> = {},
): WorldObject {
  const { namespace } = plan;
  const uid = uuidOf(frame.seed, plural, namespace, name);
  const metadata = { name, namespace, uid, labels, createdAt: at };
  return objectOf('longhorn.io/v1beta2', kind, metadata, content);
}

export function jobObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  executionCount: number,
): WorldObject {
  const { name, cadence, createdAt } = plan;
  const spec = {
    name,
    task: 'backup',
    cron: cadence.expression,
    groups: [],
    retain: RETAINED,
    concurrency: 2,
    labels: {},
  };
  const identity = ['RecurringJob', PLURALS.job, name] as [string, string, string];
  return made(frame, plan, identity, createdAt, { spec, status: { executionCount } });
}

/** The backup target of one job, reached or not. */
export function targetObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  syncedAt: number,
  brokenSince: number | null,
): WorldObject {
  const name = targetNameOf(plan);
  const spec = {
    backupTargetURL: `s3://${name}@eu-central-1/`,
    credentialSecret: 'longhorn-s3',
    pollInterval: '5m0s',
  };
  const unavailable = {
    type: 'Unavailable',
    status: 'True',
    reason: 'Unavailable',
    message: UNREACHABLE,
    lastProbeTime: '',
    lastTransitionTime: timestamp(brokenSince ?? syncedAt),
  };
  const status = {
    available: brokenSince === null,
    conditions: brokenSince === null ? [] : [unavailable],
    lastSyncedAt: timestamp(syncedAt),
  };
  const identity = ['BackupTarget', PLURALS.target, name] as [string, string, string];
  return made(frame, plan, identity, plan.createdAt, { spec, status });
}

export const UNREACHABLE =
  'error listing backup volume names: dial tcp 192.168.1.20:9000: connect: connection refused';

export interface VolumeState {
  /** Since when nothing uses it; null: attached. */
  detachedSince: number | null;
  actualBytes: number;
  lastBackup: { name: string; at: number } | null;
}

export function volumeObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  claim: Workload,
  state: VolumeState,
): WorldObject {
  const { namespace, name, app, workload, gib } = claim;
  const volume = volumeNameOf(frame, claim);
  const { detachedSince, actualBytes, lastBackup } = state;
  const pod = { podName: `${app}-0`, podStatus: 'Running', workloadName: app };
  const kubernetesStatus = {
    namespace,
    pvcName: name,
    pvName: volume,
    pvStatus: 'Bound',
    lastPVCRefAt: '',
    lastPodRefAt: detachedSince === null ? '' : timestamp(detachedSince),
    workloadsStatus: [{ ...pod, workloadType: workload }],
  };
  const spec = {
    size: String(Math.ceil(gib * 1.5) * GIB),
    numberOfReplicas: 3,
    frontend: 'blockdev',
    accessMode: 'rwo',
    dataEngine: 'v1',
    backupTargetName: targetNameOf(plan),
  };
  const status = {
    state: detachedSince === null ? 'attached' : 'detached',
    robustness: detachedSince === null ? 'healthy' : 'unknown',
    actualSize: actualBytes,
    lastBackup: lastBackup?.name ?? '',
    lastBackupAt: lastBackup === null ? '' : timestamp(lastBackup.at),
    kubernetesStatus,
  };
  const identity = ['Volume', PLURALS.volume, volume] as [string, string, string];
  const labels = { [`recurring-job.longhorn.io/${plan.name}`]: 'enabled' };
  return made(frame, plan, identity, plan.createdAt, { spec, status }, labels);
}

export interface ChainSnapshot {
  name: string;
  madeAt: number;
  bytes: number;
}

/** A snapshot in its volume's chain; the newest one lies below the head. */
export function snapshotObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  claim: Workload,
  snapshot: ChainSnapshot,
  chain: { parent: string | null; child: string | null },
): WorldObject {
  const { name, madeAt, bytes } = snapshot;
  const status = {
    readyToUse: true,
    creationTime: timestamp(madeAt),
    size: bytes,
    restoreSize: Math.ceil(claim.gib * 1.5) * GIB,
    userCreated: true,
    markRemoved: false,
    parent: chain.parent ?? '',
    children: { [chain.child ?? 'volume-head']: true },
    labels: { RecurringJob: plan.name },
    error: '',
  };
  const spec = { volume: volumeNameOf(frame, claim), createSnapshot: false };
  const identity = ['Snapshot', PLURALS.snapshot, name] as [string, string, string];
  return made(frame, plan, identity, madeAt, { spec, status });
}

export interface BackupState {
  name: string;
  snapshot: string;
  madeAt: number;
  state: 'Pending' | 'InProgress' | 'Completed' | 'Error';
  endedAt: number | null;
  bytes: number;
  addedBytes: number;
  error: string;
}

export function backupObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  claim: Workload,
  backup: BackupState,
): WorldObject {
  const volume = volumeNameOf(frame, claim);
  const done = backup.state === 'Completed';
  const { namespace, name: pvcName } = claim;
  const RecurringJob = plan.name;
  const KubernetesStatus = JSON.stringify({ namespace, pvcName, pvName: volume });
  const status = {
    state: backup.state,
    progress: done ? 100 : backup.state === 'Pending' ? 0 : 34,
    error: backup.error,
    messages: {},
    snapshotName: backup.snapshot,
    snapshotCreatedAt: backup.state === 'Pending' ? '' : timestamp(backup.madeAt - 2_000),
    backupCreatedAt: backup.endedAt === null ? '' : timestamp(backup.endedAt),
    url: done
      ? `s3://${targetNameOf(plan)}@eu-central-1/?backup=${backup.name}&volume=${volume}`
      : '',
    size: done ? String(backup.bytes) : '0',
    newlyUploadDataSize: done ? String(backup.addedBytes) : '0',
    volumeName: volume,
    volumeSize: String(Math.ceil(claim.gib * 1.5) * GIB),
    backupTargetName: targetNameOf(plan),
    compressionMethod: 'lz4',
    labels: done ? { RecurringJob, KubernetesStatus } : {},
  };
  const spec = {
    snapshotName: backup.snapshot,
    backupMode: 'incremental',
    labels: { RecurringJob },
  };
  const identity = ['Backup', PLURALS.backup, backup.name] as [string, string, string];
  const labels = { 'backup-volume': volume };
  return made(frame, plan, identity, backup.madeAt, { spec, status }, labels);
}
