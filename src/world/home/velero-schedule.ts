import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { dueAt, nextDue, type Cadence } from './cadence.ts';
import type { PlantedFault } from './planted-faults.ts';
import { createRandom } from './random.ts';
import { runModelOf } from './run-model.ts';
import {
  backupObject,
  dataUploadObject,
  locationObject,
  podVolumeBackupObject,
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
    const until = from + run.durationMs;
    const running = { phase: 'InProgress', startTimestamp: timestamp(from) };
    const progress = { totalBytes: run.logicalBytes, bytesDone: run.logicalBytes };
    const done = make(frame, backup, volume, from, {
      ...running,
      phase: 'Completed',
      completionTimestamp: timestamp(until),
      progress,
      incrementalBytes: run.addedBytes,
      snapshotID: run.snapshotId.repeat(4),
    });
    events.push(put(from, plural, make(frame, backup, volume, from, running)));
    events.push(put(until, plural, done));
    objects.push(done);
    end = Math.max(end, until);
  }
  return { events, objects, end: end + 8 * SECOND_MS };
}

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
    const uploads = uploadEvents(frame, plan, running, start, volumes);
    const operations = {
      csiVolumeSnapshotsAttempted: counts,
      csiVolumeSnapshotsCompleted: counts,
      backupItemOperationsAttempted: counts,
    };
    const waiting = { ...begun, ...(counts > 0 && operations) };
    const completed = backupObject(frame, plan, at, 'Completed', {
      ...waiting,
      ...(counts > 0 && { backupItemOperationsCompleted: counts }),
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
      ...removals(expiry, volumePlural, uploads.objects),
      ...removals(expiry + SECOND_MS, 'backups', [completed]),
    ];
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
