import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json } from '../api/world-object.ts';
import { dueAt, nextDue, type Cadence } from './cadence.ts';
import type { Workload } from '../engines/workload.ts';
import { goDuration, restoreEmpty, restoreSuccess } from './mover-logs.ts';
import { createRandom, uuidOf } from './random.ts';
import { objectOf, put, timestamp, type WorldEvent, type WorldFrame } from './world-event.ts';

export interface DestinationPolicy {
  claim: Workload;
  name: string;
  createdAt: number;
  /** Null: restored once, by hand, at `createdAt`. */
  cadence: Cadence | null;
  /** Its restores find no snapshot and bring an empty volume. */
  findsNothing?: boolean;
}

function imageName(name: string, at: number): string {
  return `volsync-${name}-dest-${timestamp(at).replace(/\D/g, '')}`;
}

/** One ReplicationDestination's life: restores of the newest snapshot into a fresh image. */
export function* volsyncDestination(
  frame: WorldFrame,
  policy: DestinationPolicy,
): Generator<WorldEvent> {
  const { claim, name, cadence } = policy;
  const { namespace } = claim;
  const uid = uuidOf(frame.seed, 'replicationdestinations', namespace, name);
  const trigger = cadence ? { schedule: cadence.expression } : { manual: 'restore-once' };
  const restic = {
    repository: `${claim.name}-restic`,
    copyMethod: 'Snapshot',
    capacity: `${Math.ceil(claim.gib * 1.5)}Gi`,
    accessModes: ['ReadWriteOnce'],
    volumeSnapshotClassName: 'csi-ceph-block',
  };
  const idle = cadence
    ? { reason: 'WaitingForSchedule', message: 'Waiting for next scheduled synchronization' }
    : { reason: 'WaitingForManual', message: 'Waiting for manual trigger' };
  const busy = { reason: 'SyncInProgress', message: 'Synchronization in-progress' };
  const write = (at: number, status: Json, running: boolean): WorldEvent => {
    const condition = {
      type: 'Synchronizing',
      status: running ? 'True' : 'False',
      ...(running ? busy : idle),
      lastTransitionTime: timestamp(at),
    };
    const metadata = { name, namespace, uid, createdAt: policy.createdAt };
    const content = { spec: { trigger, restic }, status: { ...status, conditions: [condition] } };
    const object = objectOf(
      'volsync.backube/v1alpha1',
      'ReplicationDestination',
      metadata,
      content,
    );
    return put(at, 'replicationdestinations', object);
  };
  let at = policy.createdAt;
  let status: Json = {};
  for (;;) {
    const start = cadence ? dueAt(cadence, nextDue(cadence, at)) + 2 * SECOND_MS : at;
    const random = createRandom(frame.seed, 'restore', namespace, name, start);
    const duration = Math.round((20 + claim.gib * 4) * random.lognormal(0.1)) * SECOND_MS;
    yield write(start, { ...status, lastSyncStartTime: timestamp(start) }, true);
    at = start + duration;
    const logs = policy.findsNothing
      ? restoreEmpty(duration / SECOND_MS)
      : restoreSuccess(random.hex(8), start - 40 * MINUTE_MS, duration / SECOND_MS);
    status = {
      lastSyncTime: timestamp(at),
      lastSyncDuration: goDuration(duration),
      ...(cadence
        ? { nextSyncTime: timestamp(dueAt(cadence, nextDue(cadence, at))) }
        : { lastManualSync: 'restore-once' }),
      latestMoverStatus: { result: 'Successful', logs },
      latestImage: {
        apiGroup: 'snapshot.storage.k8s.io',
        kind: 'VolumeSnapshot',
        name: imageName(name, at),
      },
    };
    yield write(at, status, false);
    if (!cadence) return;
  }
}
