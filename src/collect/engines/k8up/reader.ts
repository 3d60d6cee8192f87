import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { leftOutOf } from '../../left-out.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { runOfUid } from '../../run-of-uid.ts';
import { readObject, type ReadObject } from '../../read-object.ts';
import { addressOf } from './address.ts';
import { restoreFactOf, runFactOf } from './backup.ts';
import { backupRunId, pointId, repositoryId, restoreRunId, schedulePolicyId } from './ids.ts';
import { endOf, type WorkEnd } from './outcome.ts';
import { createRepositoryBook } from './repository-book.ts';
import { createRunBook } from './run-book.ts';
import { policyFactOf, scheduleAddress } from './schedule.ts';
import { Identified, Schedule, Snapshot, Work } from './schema.ts';
import { seenSnapshotOf } from './snapshot.ts';

const GROUP = 'k8up.io';
const KINDS: Record<string, { plural: string; rank: number }> = {
  Schedule: { plural: 'schedules', rank: 0 },
  // Before the Backups they come from, so that a Backup is told once, with all its volumes.
  Snapshot: { plural: 'snapshots', rank: 1 },
  Check: { plural: 'checks', rank: 1 },
  Prune: { plural: 'prunes', rank: 1 },
  Backup: { plural: 'backups', rank: 2 },
  Restore: { plural: 'restores', rank: 2 },
};
const sourceOf = (kind: string) => `${GROUP}/${KINDS[kind]?.plural ?? kind}`;

interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}

/** Turns K8up's objects into facts: a Backup is a run, the Snapshots taken during it are its volumes. */
export function createK8upReader(): EngineReader {
  const runs = createRunBook();
  const repositories = createRepositoryBook();

  function onSchedule(visit: Visit): EngineFacts {
    const read = readObject(Schedule, sourceOf('Schedule'), visit.object);
    if (!('value' in read)) return read;
    const { value, dropped, problems } = read;
    const { context } = visit;
    const policy = policyFactOf(value, dropped, context);
    const policyId = schedulePolicyId(context, value.metadata);
    const { uid, namespace } = value.metadata;
    if (policy === null) {
      runs.forgetPolicy(namespace, policyId);
      return { removedPolicyIds: [policyId], problems };
    }
    const address = scheduleAddress(value);
    const repository =
      address === null ? null : repositoryId(context, { namespace, name: address });
    return {
      ...runs.notePolicy(namespace, { uid, policyId, repositoryId: repository }, context),
      policies: [policy],
      problems,
    };
  }

  /** Backup, Check and Prune all work on a repository; only a Backup is a run. */
  function onWork(visit: Visit): EngineFacts {
    const read = readObject(Work, sourceOf(visit.kind), visit.object);
    if (!('value' in read)) return read;
    const { value, problems } = read;
    const { kind, context } = visit;
    const end = told(read, visit);
    const repository = repositoryFacts(value, kind, end, context);
    if (kind !== 'Backup') return { repositories: repository, problems };
    const run = runFactOf(value, end, context);
    if (run === null) {
      problems.push(objectProblem(sourceOf(kind), visit.object, 'has no creation time'));
      return { repositories: repository, problems };
    }
    const { uid } = value.metadata;
    const repositoryOfRun = repository[0]?.repositoryId ?? null;
    const facts = runs.noteRun({ uid, run, repositoryId: repositoryOfRun }, context);
    return { ...facts, repositories: repository, problems };
  }

  function repositoryFacts(
    { metadata, spec }: Work,
    kind: string,
    end: WorkEnd,
    context: EngineContext,
  ) {
    const address = addressOf(spec?.backend);
    const { uid, namespace, name, creationTimestamp } = metadata;
    if (address === null || !creationTimestamp) return [];
    const work = { kind, uid, name, startedAt: creationTimestamp, end };
    return [repositories.note(context, { namespace, address }, work)];
  }

  function onSnapshot(visit: Visit): EngineFacts {
    const read = readObject(Snapshot, sourceOf('Snapshot'), visit.object);
    if (!('value' in read)) return read;
    const { value, problems } = read;
    const seen = seenSnapshotOf(value, visit.context);
    const complain = (message: string) =>
      problems.push(objectProblem(sourceOf('Snapshot'), visit.object, message));
    if (seen === null) complain('has no id or no date');
    if (seen === null || liesAhead(seen.takenAt, visit, complain)) return { problems };
    return { ...runs.noteSnapshot(seen, visit.context), problems };
  }

  function onDeleted(visit: Visit): EngineFacts {
    const { kind, object, context } = visit;
    const { value } = parseLoosely(Work, object);
    if (value === null) return {};
    const { metadata, spec } = value;
    const { namespace, name, uid } = metadata;
    if (kind === 'Schedule') {
      const policyId = schedulePolicyId(context, metadata);
      runs.forgetPolicy(namespace, policyId);
      return { removedPolicyIds: [policyId] };
    }
    if (kind === 'Restore') return { removedRestoreRunIds: [restoreRunId(context, uid)] };
    if (kind === 'Snapshot') {
      runs.forgetSnapshot(namespace, name);
      return { removedRestorePointIds: [pointId(context, metadata)] };
    }
    const address = addressOf(spec?.backend);
    const left =
      address === null ? null : repositories.forget(context, { namespace, address }, uid);
    const facts: EngineFacts = { repositories: left === null ? [] : [left] };
    if (kind !== 'Backup') return facts;
    runs.forgetRun(namespace, backupRunId(context, uid));
    return { ...facts, runs: abandoned(visit) };
  }

  return {
    engine: 'k8up',
    kinds: Object.entries(KINDS).map(([kind, { plural, rank }]) => ({
      group: GROUP,
      versions: ['v1'],
      plural,
      kind,
      rank,
    })),
    onObject(kind, object, observedAt, context) {
      const visit = { kind, object, observedAt, context };
      if (kind === 'Schedule') return onSchedule(visit);
      if (kind === 'Snapshot') return onSnapshot(visit);
      return kind === 'Restore' ? onRestore(visit) : onWork(visit);
    },
    onDeleted: (kind, object, observedAt, context) =>
      onDeleted({ kind, object, observedAt, context }),
    onListed(kind, namespace, uids, context) {
      const isGone = leftOutOf(namespace, uids);
      const lost = runs.forgetGone(kind, isGone);
      return {
        repositories: repositories.forgetGone(context, kind, isGone),
        // Nobody will say how they went.
        runs: lost.map((run) => ({ ...run, outcome: 'unknown' })),
      };
    },
    idOf,
    runIdOf: runOfUid('k8up', 'Backup'),
  };
}

function onRestore(visit: Visit): EngineFacts {
  const read = readObject(Work, sourceOf('Restore'), visit.object);
  if (!('value' in read)) return read;
  const { value, problems } = read;
  return { restoreRuns: [restoreFactOf(value, told(read, visit), visit.context)], problems };
}

/** How the work ended; an end in the future proves nothing yet. */
function told({ value, dropped, problems }: ReadObject<Work>, visit: Visit): WorkEnd {
  const end = endOf(value, dropped);
  const complain = (message: string) =>
    problems.push(objectProblem(sourceOf(visit.kind), visit.object, message));
  if (end.complaint !== null) complain(end.complaint);
  const { endedAt, outcome } = end;
  if (outcome !== 'success') return end;
  const born = value.metadata.creationTimestamp ?? null;
  const ahead = [endedAt, born].some((at) => at !== null && liesAhead(at, visit, complain));
  return ahead ? { ...end, outcome: 'unknown' } : end;
}

function liesAhead(at: Date, { observedAt }: Visit, complain: (message: string) => void): boolean {
  const message = aheadOfClock([at], observedAt);
  if (message !== null) complain(message);
  return message !== null;
}

/** A Backup deleted before it ended: nobody will say how it went. */
function abandoned({ object, context }: Visit): NonNullable<EngineFacts['runs']> {
  const { value, dropped } = parseLoosely(Work, object);
  if (value === null) return [];
  const end = endOf(value, dropped);
  const run = end.outcome === 'running' ? runFactOf(value, end, context) : null;
  return run === null ? [] : [{ ...run, outcome: 'unknown' }];
}

const idOf: EngineReader['idOf'] = (kind, object, context) => {
  const { value } = parseLoosely(Identified, object);
  if (value === null) return null;
  const { metadata } = value;
  if (kind === 'Schedule') return { table: 'policies', id: schedulePolicyId(context, metadata) };
  if (kind === 'Snapshot') return { table: 'restore_points', id: pointId(context, metadata) };
  if (kind === 'Restore') return { table: 'restore_runs', id: restoreRunId(context, metadata.uid) };
  return null;
};
