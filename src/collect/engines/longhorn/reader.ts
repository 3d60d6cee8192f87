import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { leftOutOf } from '../../left-out.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { readObject } from '../../read-object.ts';
import { claimNotedIn, outcomeOf, restorePointOf, runFactOf, volumeNameOf } from './backup.ts';
import { backupRunId, jobPolicyId, pointId, targetId } from './ids.ts';
import { createPolicyBook, jobKey } from './policy-book.ts';
import { taskOf } from './recurring-job.ts';
import { Backup, BackupTarget, Identified, RecurringJob, Snapshot, Volume } from './schema.ts';
import { repositoryFactOf } from './target.ts';
import { createSnapshotBook, knownVolumeOf } from './volume-book.ts';

const GROUP = 'longhorn.io';
/** Volumes before the jobs that cover them, jobs before their backups. */
const KINDS: Record<string, { plural: string; rank: number }> = {
  BackupTarget: { plural: 'backuptargets', rank: 0 },
  Volume: { plural: 'volumes', rank: 0 },
  Snapshot: { plural: 'snapshots', rank: 0 },
  RecurringJob: { plural: 'recurringjobs', rank: 1 },
  Backup: { plural: 'backups', rank: 2 },
};
const sourceOf = (kind: string) => `${GROUP}/${KINDS[kind]?.plural ?? kind}`;

interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}

/** Turns Longhorn's objects into facts; a Backup is a run of one claim, a RecurringJob the policy of many. */
export function createLonghornReader(): EngineReader {
  const snapshots = createSnapshotBook();
  const book = createPolicyBook(snapshots);

  function onVolume(visit: Visit): EngineFacts {
    const parsed = readObject(Volume, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, problems } = parsed;
    const volume = knownVolumeOf(value, visit.context);
    return { policies: book.noteVolume(value.metadata.name, volume, visit.context), problems };
  }

  function onJob(visit: Visit): EngineFacts {
    const parsed = readObject(RecurringJob, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, dropped, problems } = parsed;
    const { context } = visit;
    if (taskOf(value) === null)
      problems.push(objectProblem(sourceOf('RecurringJob'), visit.object, 'its task is not known'));
    const runs = book.skippedBy(value, visit.observedAt, context);
    const policy = book.noteJob({ object: value, dropped }, context);
    if (policy === null)
      return { removedPolicyIds: [jobPolicyId(context, value.metadata)], problems };
    return { policies: [policy], runs, problems };
  }

  function onSnapshot(visit: Visit): EngineFacts {
    const parsed = readObject(Snapshot, sourceOf(visit.kind), visit.object);
    if ('value' in parsed) snapshots.note(parsed.value);
    return { problems: parsed.problems };
  }

  function claimOf(value: Backup, context: EngineContext) {
    const noted = claimNotedIn(value);
    const volume = volumeNameOf(value);
    if (noted !== null || volume === null) return noted;
    return context.claimOfVolume(volume) ?? book.claimOfVolume(volume);
  }

  function onBackup(visit: Visit): EngineFacts {
    const parsed = readObject(Backup, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, dropped, problems } = parsed;
    const { context } = visit;
    const deleting = value.status?.state === 'Deleting';
    const removed = deleting ? [pointId(context, value.metadata)] : [];
    // The outcome told before the deletion began stays the run's outcome.
    if (deleting && value.status?.backupCreatedAt)
      return { removedRestorePointIds: removed, problems };
    const told = outcomeOf(value, dropped);
    const complaints = [told.complaint, aheadOf(value, visit)].filter((one) => one !== null);
    problems.push(...complaints.map((one) => objectProblem(sourceOf('Backup'), visit.object, one)));
    const outcome = complaints.length > 0 && told.outcome !== 'failed' ? 'unknown' : told.outcome;
    const run = runFactOf(value, outcome, claimOf(value, context), context);
    if (run === null) {
      problems.push(objectProblem(sourceOf('Backup'), visit.object, 'has no creation time'));
      return { problems };
    }
    noteBackup(value, run.outcome, run.startedAt);
    const points = outcome === 'success' ? [restorePointOf(value, run, context)] : [];
    return { runs: [run], restorePoints: points, removedRestorePointIds: removed, problems };
  }

  function noteBackup(value: Backup, outcome: string, takenAt: Date): void {
    const volume = volumeNameOf(value);
    const snapshot = value.spec?.snapshotName;
    if (volume !== null && snapshot && (outcome === 'success' || outcome === 'empty'))
      snapshots.noteBackup(volume, snapshot, takenAt);
  }

  function onGone(visit: Visit): EngineFacts {
    const { kind, object, context } = visit;
    const { value } = parseLoosely(Identified, object);
    if (value === null) return {};
    const { metadata } = value;
    if (kind === 'Snapshot') snapshots.forget(metadata.name);
    if (kind === 'Volume') return { policies: book.noteVolume(metadata.name, null, context) };
    if (kind === 'RecurringJob') {
      book.forgetJob(jobKey({ metadata }));
      return { removedPolicyIds: [jobPolicyId(context, metadata)] };
    }
    if (kind === 'BackupTarget') return { removedRepositoryIds: [targetId(context, metadata)] };
    if (kind !== 'Backup') return {};
    return { runs: lastWords(visit), removedRestorePointIds: [pointId(context, metadata)] };
  }

  /** FM-23: Longhorn removes failed Backups soon; what the last state said is kept. */
  function lastWords(visit: Visit): NonNullable<EngineFacts['runs']> {
    const parsed = readObject(Backup, sourceOf(visit.kind), visit.object);
    if (!('value' in parsed)) return [];
    const { value, dropped } = parsed;
    const { outcome } = outcomeOf(value, dropped);
    if (outcome !== 'failed' && outcome !== 'running') return [];
    // One that goes before it ended: nobody will say how it went.
    const last = outcome === 'running' ? 'unknown' : outcome;
    return [runFactOf(value, last, claimOf(value, visit.context), visit.context)].filter(
      (run) => run !== null,
    );
  }

  const handlers: Record<string, (visit: Visit) => EngineFacts> = {
    BackupTarget: onTarget,
    Volume: onVolume,
    Snapshot: onSnapshot,
    RecurringJob: onJob,
    Backup: onBackup,
  };
  return {
    engine: 'longhorn',
    kinds: Object.entries(KINDS).map(([kind, { plural, rank }]) => ({
      group: GROUP,
      versions: ['v1beta2'],
      plural,
      kind,
      rank,
    })),
    onObject: (kind, object, observedAt, context) =>
      handlers[kind]?.({ kind, object, observedAt, context }) ?? {},
    onListed(kind, namespace, uids, context) {
      const isGone = leftOutOf(namespace, uids);
      if (kind === 'Snapshot') snapshots.forgetGone(isGone);
      if (kind === 'RecurringJob') book.forgetGoneJobs(isGone);
      return kind === 'Volume' ? { policies: book.forgetGoneVolumes(isGone, context) } : {};
    },
    onDeleted: (kind, object, observedAt, context) => onGone({ kind, object, observedAt, context }),
    idOf,
    runIdOf: backupRunIdOf,
  };
}

function onTarget(visit: Visit): EngineFacts {
  const parsed = readObject(BackupTarget, sourceOf(visit.kind), visit.object);
  if (!('value' in parsed)) return parsed;
  return {
    repositories: [repositoryFactOf(parsed.value, visit.context)],
    problems: parsed.problems,
  };
}

/** A time in the future proves nothing yet. */
function aheadOf({ status }: Backup, { observedAt }: Visit): string | null {
  return aheadOfClock([status?.snapshotCreatedAt, status?.backupCreatedAt], observedAt);
}

const backupRunIdOf: NonNullable<EngineReader['runIdOf']> = (kind, object, context) => {
  const { value } = parseLoosely(Identified, object);
  return value === null || kind !== 'Backup' ? null : backupRunId(context, value.metadata);
};

const idOf: EngineReader['idOf'] = (kind, object, context) => {
  const { value } = parseLoosely(Identified, object);
  if (value === null) return null;
  const { metadata } = value;
  if (kind === 'RecurringJob') return { table: 'policies', id: jobPolicyId(context, metadata) };
  if (kind === 'BackupTarget') return { table: 'repositories', id: targetId(context, metadata) };
  if (kind === 'Backup') return { table: 'restore_points', id: pointId(context, metadata) };
  return null;
};
