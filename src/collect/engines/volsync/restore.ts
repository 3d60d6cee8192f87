import { idOf } from '../../../domain/id.ts';
import { addSeconds } from '../../../domain/time.ts';
import type { RestoreRunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { readMoverLog, tailOf } from './log.ts';
import { moverOf } from './policy.ts';
import { claimIdOf, type Reading } from './runs.ts';
import type { VolsyncObject } from './schema.ts';

export function restoreRunIdFor(object: VolsyncObject, context: EngineContext): string {
  const { namespace, name } = object.metadata;
  return idOf('restore-run', context.clusterId, 'volsync', namespace, name);
}

/** What a ReplicationDestination did last, and the age of what it would bring back now. */
export function restoreFactOf(reading: Reading, context: EngineContext): RestoreRunFact {
  const { metadata, spec } = reading.object;
  const mover = moverOf(spec);
  const running = reading.lastSyncStartTime !== null;
  const end = running ? null : reading.lastSyncTime;
  const computed =
    end && reading.durationSeconds !== null ? addSeconds(end, -reading.durationSeconds) : null;
  return {
    restoreRunId: restoreRunIdFor(reading.object, context),
    engine: 'volsync',
    kind: 'ReplicationDestination',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceId: claimIdOf(mover && spec?.[mover]?.destinationPVC, metadata.namespace, context),
    outcome: outcomeOf(reading),
    imageTakenAt: imageTimeOf(reading),
    startedAt: reading.lastSyncStartTime ?? computed,
    endedAt: end,
    restoredBytes: readMoverLog(reading.logs).restoredBytes,
    message: reading.logs === '' ? null : tailOf(reading.logs),
  };
}

function outcomeOf(reading: Reading): Outcome {
  if (reading.result === 'Failed') return 'failed';
  if (reading.lastSyncStartTime !== null) return 'running';
  if (reading.lastSyncTime === null || reading.result === 'unknown') return 'unknown';
  return readMoverLog(reading.logs).nothingRestored ? 'empty' : 'success';
}

/** The image's name ends in its time, `YYYYMMDDHHMMSS` in UTC. */
function imageTimeOf(reading: Reading): Date | null {
  const stamp = /-(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(
    reading.object.status?.latestImage?.name ?? '',
  );
  if (!stamp) return reading.lastSyncTime;
  const [, year, month, day, hour, minute, second] = stamp;
  const time = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  return Number.isNaN(time.getTime()) ? reading.lastSyncTime : time;
}
