import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { dueAt, nextDue, type Cadence } from './cadence.ts';
import type { FaultScript, PlantedFault } from './planted-faults.ts';
import { createRandom } from './random.ts';
import { runModelOf } from './run-model.ts';
import {
  backupObject,
  dataUploadObject,
  locationObject,
  podVolumeBackupObject,
  restoreObject,
  scheduleObject,
  type BackedVolume,
  type VeleroPlan,
} from './velero-objects.ts';
import {
  inOrder,
  put,
  remove,
  timestamp,
  type WorldEvent,
  type WorldFrame,
} from './world-event.ts';

type Batch = { from: number; events: WorldEvent[] };

const VALIDATION_MS = 6 * HOUR_MS;
const RESTARTED =
  'found a backup with status "InProgress" during the server starting, mark it as "Failed"';
const unavailableMessage = (name: string): string =>
  `BackupStorageLocation "${name}" is unavailable: rpc error: code = Unknown desc = AccessDenied: Access Denied, status code: 403`;

/** A storage location's life: validated every six hours, unavailable from `brokenFrom` on. */
export function* storageLocation(
  frame: WorldFrame,
  name: string,
  brokenFrom: number | null,
): Generator<WorldEvent> {
  const write = (at: number, status: Json): WorldEvent =>
    put(at, 'backupstoragelocations', locationObject(frame, name, frame.begin, status));
  for (let at = frame.begin; ; at += VALIDATION_MS) {
    const broken = brokenFrom !== null && at >= brokenFrom;
    const good = broken ? (brokenFrom ?? at) : at;
    yield write(at, {
      phase: broken ? 'Unavailable' : 'Available',
      ...(broken && { message: unavailableMessage(name) }),
      lastValidationTime: timestamp(at),
      lastSyncedTime: timestamp(good),
    });
  }
}

function uploadEvents(
  frame: WorldFrame,
  plan: VeleroPlan,
  backup: WorldObject,
  start: number,
  volumes: BackedVolume[],
  refused: { claim: string; refusal: Refusal } | null,
): { events: WorldEvent[]; objects: WorldObject[]; end: number } {
  const isMover = plan.method === 'data-mover';
  const [plural, make] = isMover
    ? (['datauploads', dataUploadObject] as const)
    : (['podvolumebackups', podVolumeBackupObject] as const);
  const events: WorldEvent[] = [];
  const objects: WorldObject[] = [];
  let end = start + 15 * SECOND_MS;
  for (const volume of volumes) {
    const run = runModelOf(frame, volume.workload, { at: start, periodMs: 24 * HOUR_MS }, null);
    const from = start + 20 * SECOND_MS;
    const refusal = refused?.claim === volume.claim ? refused.refusal : null;
    const until = from + (refusal?.afterMs ?? run.durationMs);
    const running =
      refusal === null
        ? { phase: 'InProgress', startTimestamp: timestamp(from) }
        : { phase: 'Accepted', acceptedTimestamp: timestamp(from) };
    const progress = { totalBytes: run.logicalBytes, bytesDone: run.logicalBytes };
    const saved = {
      phase: 'Completed',
      progress,
      incrementalBytes: run.addedBytes,
      snapshotID: run.snapshotId.repeat(4),
    };
    const done = make(frame, backup, volume, from, {
      ...running,
      ...(refusal === null ? saved : { phase: refusal.phase, message: refusal.message }),
      completionTimestamp: timestamp(until),
    });
    events.push(put(from, plural, make(frame, backup, volume, from, running)));
    events.push(put(until, plural, done));
    objects.push(done);
    end = Math.max(end, until);
  }
  return { events, objects, end: end + 8 * SECOND_MS };
}

/** Why a volume is not saved, and after how long that shows. */
interface Refusal {
  phase: 'Failed' | 'Canceled';
  message: string;
  afterMs: number;
}

const REFUSALS: Partial<Record<FaultScript, Refusal>> = {
  'finished-pod': {
    phase: 'Failed',
    message:
      'expected one matching path: /host_pods/0c1d2e3f-6a7b-4c8d-9e0f-1a2b3c4d5e6f/volumes/*/data/mount, got 0',
    afterMs: 4 * SECOND_MS,
  },
  'mover-timeout': {
    phase: 'Canceled',
    message: 'timeout on preparing data upload',
    afterMs: HOUR_MS / 2,
  },
};

const removals = (at: number, plural: string, objects: WorldObject[]): WorldEvent[] =>
  objects.map((object) => remove(at, plural, object));

/** One Velero Schedule's life: its backups, their volumes, and their removal when they expire. */
export function veleroSchedule(
  frame: WorldFrame,
  plan: VeleroPlan,
  cadence: Cadence,
  fault: Pick<PlantedFault, 'script' | 'name' | 'since'> | null,
): Generator<WorldEvent> {
  const faultFrom = fault ? frame.anchor + fault.since : Number.POSITIVE_INFINITY;
  const schedule = (at: number, last: number | null): WorldEvent =>
    put(at, 'schedules', scheduleObject(frame, plan, frame.begin, last));
  function backupOf(at: number): WorldEvent[] {
    const random = createRandom(frame.seed, 'backup', plan.name, at);
    const start = at + random.int(1, 5) * SECOND_MS;
    const expiry = start + plan.ttlHours * HOUR_MS;
    const skipped = fault?.script === 'volume-skipped' && at >= faultFrom ? fault.name : null;
    const volumes = plan.volumes.filter(({ claim }) => claim !== skipped);
    const counts = plan.method === 'data-mover' ? volumes.length : 0;
    const items = 340 + random.int(0, 25);
    const begun = { startTimestamp: timestamp(start), expiration: timestamp(expiry) };
    const running = backupObject(frame, plan, at, 'InProgress', begun);
    const refusal = (at >= faultFrom && fault && REFUSALS[fault.script]) || null;
    const refused = refusal && { claim: fault?.name ?? '', refusal };
    const uploads = uploadEvents(frame, plan, running, start, volumes, refused);
    const lost = refused === null ? 0 : 1;
    const operations = {
      csiVolumeSnapshotsAttempted: counts,
      csiVolumeSnapshotsCompleted: counts,
      backupItemOperationsAttempted: counts,
    };
    const waiting = { ...begun, ...(counts > 0 && operations) };
    const completed = backupObject(frame, plan, at, lost > 0 ? 'PartiallyFailed' : 'Completed', {
      ...waiting,
      ...(lost > 0 && { errors: lost }),
      ...(counts > 0 && { backupItemOperationsCompleted: counts - lost }),
      ...(skipped !== null && { warnings: 1 }),
      progress: { totalItems: items, itemsBackedUp: items },
      completionTimestamp: timestamp(uploads.end),
    });
    const volumePlural = plan.method === 'data-mover' ? 'datauploads' : 'podvolumebackups';
    return [
      put(start, 'backups', running),
      schedule(start, start),
      ...uploads.events,
      ...(counts > 0
        ? [
            put(
              start + 30 * SECOND_MS,
              'backups',
              backupObject(frame, plan, at, 'WaitingForPluginOperations', waiting),
            ),
          ]
        : []),
      put(uploads.end, 'backups', completed),
      ...restoreOf(at, completed, uploads.end + HOUR_MS),
      ...removals(expiry, volumePlural, uploads.objects),
      ...removals(expiry + SECOND_MS, 'backups', [completed]),
    ];
  }

  /** Someone restores the first backup after the fault begins over all that is there. */
  function restoreOf(due: number, backup: WorldObject, at: number): WorldEvent[] {
    const first = due >= faultFrom && due < faultFrom + cadence.periodMs;
    if (fault?.script !== 'restored-nothing' || !first) return [];
    return [put(at, 'restores.velero.io', restoreObject(frame, plan, backup, at))];
  }

  /** A backup that ends without data; null while the schedule's fault lets it work. */
  function brokenBackupOf(at: number): WorldEvent[] | null {
    const start = at + 2 * SECOND_MS;
    const expiration = timestamp(start + plan.ttlHours * HOUR_MS);
    if (fault?.script === 'location-unavailable' && at >= faultFrom) {
      const reason = `backup can't be created because BackupStorageLocation ${plan.location} is in Unavailable status.`;
      const status = { expiration, validationErrors: [reason] };
      const failed = backupObject(frame, plan, at, 'FailedValidation', status);
      return [
        put(start, 'backups', failed),
        schedule(start, start),
        ...removals(start + plan.ttlHours * HOUR_MS, 'backups', [failed]),
      ];
    }
    if (
      fault?.script !== 'server-restart' ||
      at < faultFrom ||
      at >= faultFrom + cadence.periodMs
    ) {
      return null;
    }
    const end = start + 20 * 60 * SECOND_MS;
    const begun = { startTimestamp: timestamp(start), expiration };
    const status = { ...begun, failureReason: RESTARTED, completionTimestamp: timestamp(end) };
    const failed = backupObject(frame, plan, at, 'Failed', status);
    return [
      put(start, 'backups', backupObject(frame, plan, at, 'InProgress', begun)),
      schedule(start, start),
      put(end, 'backups', failed),
      ...removals(start + plan.ttlHours * HOUR_MS, 'backups', [failed]),
    ];
  }

  function stuckBackup(at: number): WorldEvent[] {
    const start = at + 2 * SECOND_MS;
    const status = {
      startTimestamp: timestamp(start),
      expiration: timestamp(start + plan.ttlHours * HOUR_MS),
      progress: { totalItems: 352, itemsBackedUp: 118 },
    };
    const stuck = backupObject(frame, plan, at, 'InProgress', status);
    return [put(start, 'backups', stuck), schedule(start, start)];
  }

  function* batches(): Generator<Batch> {
    yield { from: frame.begin, events: [schedule(frame.begin, null)] };
    for (let due = nextDue(cadence, frame.begin); ; due += 1) {
      const at = dueAt(cadence, due);
      if (fault?.script === 'stuck-backup' && at >= faultFrom) {
        yield { from: at, events: stuckBackup(at) };
        return;
      }
      yield { from: at, events: brokenBackupOf(at) ?? backupOf(at) };
    }
  }
  return inOrder(batches());
}
