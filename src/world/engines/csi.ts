import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { dueAt, nextDue } from '../home/cadence.ts';
import { createRandom, uuidOf } from '../home/random.ts';
import { GIB } from '../home/run-model.ts';
import {
  inOrder,
  objectOf,
  put,
  remove,
  timestamp,
  type WorldEvent,
  type WorldFrame,
} from '../home/world-event.ts';
import type { EngineFaultScript, EnginePolicyPlan, Workload } from './workload.ts';

export type CsiPlan = EnginePolicyPlan;

const API = 'snapshot.storage.k8s.io/v1';
const CLASS = 'csi-ceph-block';
const DRIVER = 'rbd.csi.ceph.com';
const RETAINED = 7;
const PLAYED: ReadonlySet<EngineFaultScript> = new Set([
  'failing',
  'never-succeeded',
  'stopped',
  'stuck',
  'too-small',
] as const);
/** When the storage gives up on the first try. */
const TRY_MS = MINUTE_MS;
const TIMED_OUT =
  'Failed to check and update snapshot content: failed to take snapshot of the volume: rpc error: code = DeadlineExceeded desc = context deadline exceeded';

/**
 * VolumeSnapshots that a script of the plan's name takes of each claim and keeps seven of. Nothing in the cluster says
 * who takes them or when. Throws for a fault that a snapshot cannot have.
 */
export function csiSnapshots(frame: WorldFrame, plan: CsiPlan): Generator<WorldEvent> {
  const script = plan.fault?.script;
  if (script !== undefined && !PLAYED.has(script))
    throw new Error(`a VolumeSnapshot cannot play the fault ${script}`);
  return inOrder(batches(frame, plan));
}

function* batches(
  frame: WorldFrame,
  plan: CsiPlan,
): Generator<{ from: number; events: WorldEvent[] }> {
  const { cadence, createdAt, fault } = plan;
  yield { from: createdAt, events: [classEvent(frame, createdAt)] };
  const kept = new Map<Workload, WorldEvent[]>(plan.claims.map((claim) => [claim, []]));
  for (let due = nextDue(cadence, createdAt); ; due += 1) {
    const at = dueAt(cadence, due);
    const struck = fault !== null && (at >= fault.since || fault.script === 'never-succeeded');
    const script = struck ? fault.script : null;
    if (script === 'stopped') return;
    const events = [...kept].flatMap(([claim, snapshots]) => {
      const taken = snapshotEvents(frame, claim, at, script);
      snapshots.push(...taken.slice(-1));
      return [...taken, ...expired(snapshots, at + 5 * SECOND_MS)];
    });
    if (script === 'too-small')
      events.push(...[...kept].flatMap(([claim, snapshots]) => restore(frame, claim, snapshots)));
    yield { from: at, events: events.sort((a, b) => a.at - b.at) };
    if (script === 'stuck' || script === 'too-small') return;
  }
}

function classEvent(frame: WorldFrame, at: number): WorldEvent {
  const plural = 'volumesnapshotclasses';
  const uid = uuidOf(frame.seed, plural, '', CLASS);
  const metadata = { name: CLASS, uid, createdAt: frame.begin };
  const content = { driver: DRIVER, deletionPolicy: 'Delete' };
  return put(at, plural, objectOf(API, 'VolumeSnapshotClass', metadata, content));
}

/** The oldest beyond those kept go, with what the storage holds of them. */
function expired(snapshots: WorldEvent[], at: number): WorldEvent[] {
  const gone = snapshots.length > RETAINED ? snapshots.shift() : undefined;
  if (gone === undefined) return [];
  const { object } = gone;
  const content = objectOf(
    API,
    'VolumeSnapshotContent',
    {
      name: `snapcontent-${object.metadata.uid}`,
      uid: `content-${object.metadata.uid}`,
      createdAt: at,
    },
    {},
  );
  return [
    remove(at, 'volumesnapshots', object),
    remove(at + SECOND_MS, 'volumesnapshotcontents', content),
  ];
}

/** One VolumeSnapshot and its content, from their making until it is ready or the storage gives up; the snapshot last. */
function snapshotEvents(
  frame: WorldFrame,
  claim: Workload,
  at: number,
  script: EngineFaultScript | null,
): WorldEvent[] {
  const { namespace, name } = claim;
  const random = createRandom(frame.seed, 'csi', namespace, name, at);
  const start = at + random.int(1, 4) * SECOND_MS;
  const snapshot = `${name}-${timestamp(start).replaceAll(/[-:]|T.*$/g, '')}-${random.hex(5)}`;
  const identity = { namespace, snapshot, claim, start };
  const uid = uuidOf(frame.seed, 'volumesnapshots', namespace, snapshot);
  const boundVolumeSnapshotContentName = `snapcontent-${uid}`;
  const waiting = { boundVolumeSnapshotContentName, readyToUse: false };
  const begun = [
    put(start, 'volumesnapshots', snapshotObject(uid, identity, {})),
    put(start + SECOND_MS, 'volumesnapshotcontents', contentObject(frame, uid, identity, {})),
    put(start + SECOND_MS, 'volumesnapshots', snapshotObject(uid, identity, waiting)),
  ];
  if (script === 'stuck') return begun;
  const works = script === null || script === 'too-small';
  const end = start + (works ? random.int(3, 20) * SECOND_MS : TRY_MS);
  const error = { message: TIMED_OUT, time: timestamp(end) };
  const restoreBytes = Math.ceil(claim.gib * 1.5) * GIB;
  const ready = { readyToUse: true, restoreSize: restoreBytes };
  const content = works ? { ...ready, ...stored(frame, uid, start) } : { readyToUse: false, error };
  const status = works
    ? {
        ...waiting,
        readyToUse: true,
        creationTime: timestamp(start + SECOND_MS),
        restoreSize: `${restoreBytes / GIB}Gi`,
      }
    : { ...waiting, error };
  return [
    ...begun,
    put(end, 'volumesnapshotcontents', contentObject(frame, uid, identity, content)),
    put(end + SECOND_MS, 'volumesnapshots', snapshotObject(uid, identity, status)),
  ];
}

/** The claim, `namespace/name` or its name alone, that someone restores that one into. */
export const restoredName = (claim: string): string => `${claim}-restored`;

/** A claim for the last snapshot, as large as the data was and not as the snapshot says. It stays Pending. */
function restore(frame: WorldFrame, claim: Workload, snapshots: WorldEvent[]): WorldEvent[] {
  const last = snapshots.at(-1);
  if (last === undefined) return [];
  const at = last.at + MINUTE_MS;
  const { namespace } = claim;
  const plural = 'persistentvolumeclaims';
  const name = restoredName(claim.name);
  const uid = uuidOf(frame.seed, plural, namespace, name);
  const dataSourceRef = {
    apiGroup: 'snapshot.storage.k8s.io',
    kind: 'VolumeSnapshot',
    name: last.object.metadata.name,
  };
  const spec = {
    accessModes: ['ReadWriteOnce'],
    storageClassName: 'ceph-block',
    resources: { requests: { storage: `${claim.gib}Gi` } },
    volumeMode: 'Filesystem',
    dataSourceRef,
  };
  const metadata = { name, namespace, uid, createdAt: at };
  const status = { phase: 'Pending' };
  return [put(at, plural, objectOf('v1', 'PersistentVolumeClaim', metadata, { spec, status }))];
}

/** Nanoseconds since 1970 lie beyond what a number holds exactly; the last digits are the storage's own business. */
const stored = (frame: WorldFrame, uid: string, start: number): Json => ({
  snapshotHandle: `0001-0009-rook-ceph-${uuidOf(frame.seed, 'handle', uid)}`,
  creationTime: (start + SECOND_MS) * 1_000_000,
});

interface Identity {
  namespace: string;
  snapshot: string;
  claim: Workload;
  start: number;
}

function snapshotObject(uid: string, identity: Identity, status: Json): WorldObject {
  const { namespace, snapshot, claim, start } = identity;
  const metadata = { name: snapshot, namespace, uid, createdAt: start };
  const source = { persistentVolumeClaimName: claim.name };
  const spec = { source, volumeSnapshotClassName: CLASS };
  return objectOf(API, 'VolumeSnapshot', metadata, { spec, status });
}

function contentObject(
  frame: WorldFrame,
  uid: string,
  { namespace, snapshot, claim, start }: Identity,
  status: Json,
): WorldObject {
  const metadata = { name: `snapcontent-${uid}`, uid: `content-${uid}`, createdAt: start };
  const reference = { apiVersion: API, kind: 'VolumeSnapshot', namespace, name: snapshot, uid };
  const claimUid = uuidOf(frame.seed, 'persistentvolumeclaims', namespace, claim.name);
  const spec = {
    driver: DRIVER,
    deletionPolicy: 'Delete',
    volumeSnapshotClassName: CLASS,
    volumeSnapshotRef: reference,
    source: { volumeHandle: `0001-0009-rook-ceph-${claimUid}` },
  };
  return objectOf(API, 'VolumeSnapshotContent', metadata, { spec, status });
}
