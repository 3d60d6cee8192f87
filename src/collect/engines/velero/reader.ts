import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { readObject, type ReadObject } from '../../read-object.ts';
import { createWaitingRoom } from '../../waiting-room.ts';
import { runOfUid } from '../../run-of-uid.ts';
import { backupRepositoryFactOf } from './backup-repository.ts';
import { restorePointOf, runFactOf, runKeyOf, takenOverFrom, type RunKey } from './backup.ts';
import { pointId } from './ids.ts';
import { labelValueOf } from './label-value.ts';
import { repositoryFactOf } from './location.ts';
import { runPhase, volumePhase, type PhaseReading } from './phases.ts';
import { placeOf } from './place-of.ts';
import { createRestoreBook } from './restore-book.ts';
import { restoreFactOf } from './restore.ts';
import { runVolumeOf } from './run-volume.ts';
import { policyFactOf } from './schedule.ts';
import {
  Backup,
  BackupRepository,
  Restore,
  Schedule,
  StorageLocation,
  VolumeObject,
} from './schema.ts';

const GROUP = 'velero.io';
const KINDS: Record<string, { plural: string; version: string; rank: number }> = {
  BackupStorageLocation: { plural: 'backupstoragelocations', version: 'v1', rank: 0 },
  BackupRepository: { plural: 'backuprepositories', version: 'v1', rank: 0 },
  Schedule: { plural: 'schedules', version: 'v1', rank: 0 },
  Backup: { plural: 'backups', version: 'v1', rank: 1 },
  PodVolumeBackup: { plural: 'podvolumebackups', version: 'v1', rank: 2 },
  DataUpload: { plural: 'datauploads', version: 'v2alpha1', rank: 2 },
  PodVolumeRestore: { plural: 'podvolumerestores', version: 'v1', rank: 2 },
  DataDownload: { plural: 'datadownloads', version: 'v2alpha1', rank: 2 },
  // After all that tells what it brought.
  Restore: { plural: 'restores', version: 'v1', rank: 3 },
};
/** Volume objects that may wait for their Backup or claim. */
const WAITING_LIMIT = 5_000;
const sourceOf = (kind: string) => `${GROUP}/${KINDS[kind]?.plural ?? kind}`;

interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}

type Problems = ReadObject<unknown>['problems'];

/** Turns Velero's objects into facts; a Backup is a run, PodVolumeBackups and DataUploads are its volumes. */
export function createVeleroReader(): EngineReader {
  /** Backups seen, by UID and by label, so that their volumes find the run's day; null: it is no run of ours. */
  const backups = new Map<string, RunKey | null>();
  const waiting = createWaitingRoom<{ kind: string; object: KubernetesObject }>(WAITING_LIMIT);
  const restores = createRestoreBook();

  function onBackup(visit: Visit): EngineFacts {
    const parsed = readObject(Backup, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, problems, dropped } = parsed;
    const { uid, namespace, name } = value.metadata;
    const key = runKeyOf(value, visit.context);
    if (key === null) {
      problems.push(objectProblem(sourceOf('Backup'), visit.object, 'has no creation time'));
      return { problems };
    }
    const begun = takenOverFrom(value);
    const names = [uid, keyOf(namespace, name)];
    for (const known of names) backups.set(known, begun === null ? key : null);
    const facts =
      begun === null
        ? factsOfBackup(value, key, dropped, visit, problems)
        : factsOfTakenOver(value, begun, dropped, visit, problems);
    const late = names.flatMap((known) =>
      waiting.of(known).map((item) => onVolume({ ...visit, ...item })),
    );
    return {
      ...facts,
      runVolumes: late.flatMap((volume) => volume.runVolumes ?? []),
      restoreRuns: late.flatMap((volume) => volume.restoreRuns ?? []),
      problems: [...problems, ...late.flatMap((volume) => volume.problems ?? [])],
    };
  }

  function onVolume(visit: Visit): EngineFacts {
    const parsed = readObject(VolumeObject, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, dropped, problems } = parsed;
    const { labels, namespace, uid } = value.metadata;
    const backup = labels?.['velero.io/backup-uid'] ?? nameKey(namespace, labels);
    if (backup === null) {
      const message = 'has no label that names its Backup';
      return {
        problems: [...problems, objectProblem(sourceOf(visit.kind), visit.object, message)],
      };
    }
    const key = backups.get(backup);
    const outcome = told(volumePhase(value.status?.phase, dropped), visit, problems);
    const volume = key && runVolumeOf(value, key, outcome, visit.context);
    if (!volume && key !== null)
      waiting.wait(backup, uid, { kind: visit.kind, object: visit.object });
    else waiting.leave(backup, uid);
    const named = nameKey(namespace, labels);
    const restoreRuns = named === null ? [] : restores.noteSaved(named, value);
    return { runVolumes: volume ? [volume] : [], restoreRuns, problems };
  }

  function onRestore(visit: Visit): EngineFacts {
    const parsed = readObject(Restore, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, dropped, problems } = parsed;
    const outcome = told(runPhase(value.status?.phase, dropped), visit, problems);
    const fact = restoreFactOf(value, outcome, visit.context);
    return { restoreRuns: [restores.noteRestore(value, dropped, fact)], problems };
  }

  function onFilled(visit: Visit): EngineFacts {
    const parsed = readObject(VolumeObject, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, problems } = parsed;
    const restore = value.metadata.labels?.['velero.io/restore-uid'];
    return { restoreRuns: restore ? restores.noteFilled(restore, value) : [], problems };
  }

  function forget(kind: string, object: KubernetesObject): EngineFacts {
    const { value } = parseLoosely(VolumeObject, object);
    if (value === null) return {};
    const { uid, namespace, name, labels } = value.metadata;
    if (kind === 'Restore') restores.forgetRestore(uid);
    const backup = labels?.['velero.io/backup-uid'] ?? nameKey(namespace, labels);
    if (backup !== null) waiting.leave(backup, uid);
    if (kind !== 'Backup') return {};
    const named = keyOf(namespace, name);
    for (const key of [uid, named]) backups.delete(key);
    return { restoreRuns: restores.forgetBackup(named) };
  }

  return {
    engine: 'velero',
    kinds: Object.entries(KINDS).map(([kind, { plural, version, rank }]) => ({
      group: GROUP,
      versions: [version],
      plural,
      kind,
      rank,
    })),
    onObject(kind, object, observedAt, context) {
      const visit = { kind, object, observedAt, context };
      if (kind === 'Backup') return onBackup(visit);
      if (kind === 'PodVolumeBackup' || kind === 'DataUpload') return onVolume(visit);
      if (kind === 'Restore') return onRestore(visit);
      if (kind === 'PodVolumeRestore' || kind === 'DataDownload') return onFilled(visit);
      return onOther(visit);
    },
    onDeleted(kind, object, observedAt, context) {
      const changed = forget(kind, object);
      return { ...removal({ kind, object, observedAt, context }), ...changed };
    },
    onListed(kind, namespace, uids) {
      if (kind === 'Restore') restores.keepRestores(namespace, uids);
      return {};
    },
    idOf: placeOf,
    runIdOf: runOfUid('velero', 'Backup'),
  };
}

/** Schedules, storage locations and the repositories in them: each stands for itself. */
function onOther(visit: Visit): EngineFacts {
  const { kind, context } = visit;
  if (kind === 'Schedule') {
    const parsed = readObject(Schedule, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    return {
      policies: [policyFactOf(parsed.value, parsed.dropped, context)],
      problems: parsed.problems,
    };
  }
  if (kind === 'BackupRepository') {
    const parsed = readObject(BackupRepository, sourceOf(kind), visit.object);
    if (!('value' in parsed)) return parsed;
    return {
      repositories: [backupRepositoryFactOf(parsed.value, context)],
      problems: parsed.problems,
    };
  }
  const parsed = readObject(StorageLocation, sourceOf(visit.kind), visit.object);
  if (!('value' in parsed)) return parsed;
  return { repositories: [repositoryFactOf(parsed.value, context)], problems: parsed.problems };
}

function factsOfBackup(
  value: Backup,
  key: RunKey,
  dropped: string[],
  visit: Visit,
  problems: Problems,
): EngineFacts {
  const { context } = visit;
  const deleting = value.status?.phase === 'Deleting';
  // The outcome told before the deletion began stays the run's outcome.
  if (deleting && value.status?.completionTimestamp) {
    return { removedRestorePointIds: [pointId(context, value.metadata.uid)] };
  }
  let outcome = told(runPhase(value.status?.phase, dropped), visit, problems);
  if (outcome === 'success' && liesAhead(value, visit, problems)) outcome = 'unknown';
  if (outcome === 'success' && value.status?.progress?.totalItems === 0) outcome = 'empty';
  const run = runFactOf(value, key, outcome, dropped, context);
  const points =
    outcome === 'success' || outcome === 'partial'
      ? [restorePointOf(value, run.startedAt, run, context)]
      : [];
  const removed = deleting ? [pointId(context, value.metadata.uid)] : [];
  return { runs: [run], restorePoints: points, removedRestorePointIds: removed };
}

/** A backup that Velero took over is no run of this cluster, as far as anyone can say; it can be restored all the same. */
function factsOfTakenOver(
  value: Backup,
  begun: Date,
  dropped: string[],
  visit: Visit,
  problems: Problems,
): EngineFacts {
  const { context } = visit;
  const outcome = told(runPhase(value.status?.phase, dropped), visit, problems);
  if (value.status?.phase === 'Deleting')
    return { removedRestorePointIds: [pointId(context, value.metadata.uid)] };
  const holds = outcome === 'success' || outcome === 'partial';
  if (!holds || liesAhead(value, visit, problems)) return {};
  return { restorePoints: [restorePointOf(value, begun, null, context)] };
}

/** A completion in the future proves nothing yet. */
function liesAhead(value: Backup, visit: Visit, problems: Problems): boolean {
  const { startTimestamp, completionTimestamp } = value.status ?? {};
  const message = aheadOfClock([startTimestamp, completionTimestamp], visit.observedAt);
  if (message === null) return false;
  problems.push(objectProblem(sourceOf(visit.kind), visit.object, message));
  return true;
}

function removal(visit: Visit): EngineFacts {
  const { kind, object, context } = visit;
  const place = placeOf(kind, object, context);
  if (place?.table === 'policies') return { removedPolicyIds: [place.id] };
  if (place?.table === 'repositories') return { removedRepositoryIds: [place.id] };
  if (place?.table === 'restore_runs') return { removedRestoreRunIds: [place.id] };
  if (place === null) return {};
  return { runs: abandoned(visit), removedRestorePointIds: [place.id] };
}

/** A Backup deleted before it ended: nobody will say how it went. */
function abandoned(visit: Visit): NonNullable<EngineFacts['runs']> {
  const parsed = readObject(Backup, sourceOf(visit.kind), visit.object);
  if (!('value' in parsed)) return [];
  const key = runKeyOf(parsed.value, visit.context);
  const { outcome } = runPhase(parsed.value.status?.phase, parsed.dropped);
  if (key === null || outcome !== 'running') return [];
  return [runFactOf(parsed.value, key, 'unknown', parsed.dropped, visit.context)];
}

function told(reading: PhaseReading, visit: Visit, problems: Problems) {
  if (reading.complaint !== null) {
    problems.push(objectProblem(sourceOf(visit.kind), visit.object, reading.complaint));
  }
  return reading.outcome;
}

function nameKey(namespace: string, labels: Record<string, string> | null | undefined) {
  const name = labels?.['velero.io/backup-name'];
  return name ? `${namespace}/${name}` : null;
}

/** The key of a Backup by its name, as labels that name it give it. */
function keyOf(namespace: string, name: string): string {
  return `${namespace}/${labelValueOf(name)}`;
}
