import type { EngineContext, EngineFacts, EngineReader } from '../../engine.ts';
import { leftOutOf, type Identity } from '../../left-out.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { readObject } from '../../read-object.ts';
import { runOfUid } from '../../run-of-uid.ts';
import { pointId, policyId, repositoryId, restoreRunId } from './ids.ts';
import { restoreOutcome } from './outcome.ts';
import { createPolicyBook } from './policy-book.ts';
import { phaseComplaint } from './repository.ts';
import { createRepositoryBook } from './repository-book.ts';
import { restoreFactOf } from './restore.ts';
import {
  Identified,
  Maintenance,
  Repository,
  Restore,
  SnapshotPolicy,
  SnapshotSchedule,
} from './schema.ts';
import { createSnapshotReader } from './snapshot-reader.ts';
import { GROUP, KINDS, sourceOf, timesOf, told, type Visit } from './visit.ts';

/** Turns kopiur's objects into facts: a SnapshotPolicy with its schedules is a policy, a Snapshot is a run. */
export function createKopiurReader(): EngineReader {
  const policies = createPolicyBook();
  const repositories = createRepositoryBook();
  const snapshots = createSnapshotReader(policies);

  function onPolicy(visit: Visit): EngineFacts {
    const read = readObject(SnapshotPolicy, sourceOf('SnapshotPolicy'), visit.object);
    if (!('value' in read)) return read;
    const { value: object, dropped, problems } = read;
    const { context, observedAt } = visit;
    const policy = policies.notePolicy({ object, dropped, observedAt }, context);
    const late = snapshots.readWaiting(policy.policyId);
    return {
      policies: [policy],
      runs: late.flatMap(({ runs = [] }) => runs),
      restorePoints: late.flatMap(({ restorePoints = [] }) => restorePoints),
      problems,
    };
  }

  function onSchedule(visit: Visit): EngineFacts {
    const read = readObject(SnapshotSchedule, sourceOf('SnapshotSchedule'), visit.object);
    if (!('value' in read)) return read;
    return {
      policies: policies.noteSchedule(read.value, visit.context),
      problems: read.problems,
    };
  }

  function onRepository(visit: Visit): EngineFacts {
    const { kind, object, context } = visit;
    const read = readObject(Repository, sourceOf(kind), object);
    if (!('value' in read)) return read;
    const { value, problems } = read;
    const complaint = phaseComplaint(value);
    if (complaint !== null) problems.push(objectProblem(sourceOf(kind), object, complaint));
    return { repositories: [repositories.note(kind, value, context)], problems };
  }

  function onMaintenance(visit: Visit): EngineFacts {
    const read = readObject(Maintenance, sourceOf('Maintenance'), visit.object);
    if (!('value' in read)) return read;
    const found = repositories.noteMaintenance(read.value, visit.context);
    return { repositories: found, problems: read.problems };
  }

  function onDeleted(visit: Visit): EngineFacts {
    const { kind, object, context } = visit;
    const { value } = parseLoosely(Identified, object);
    if (value === null) return {};
    const { name, uid } = value.metadata;
    const namespace = value.metadata.namespace ?? '';
    switch (kind) {
      case 'SnapshotPolicy':
        policies.forgetPolicy(namespace, name);
        return { removedPolicyIds: [policyId(context, { namespace, name })] };
      case 'SnapshotSchedule':
        return { policies: policies.forgetSchedule(namespace, name, context) };
      case 'Maintenance': {
        const maintenance = parseLoosely(Maintenance, object).value;
        if (maintenance === null) return {};
        return { repositories: repositories.forgetMaintenance(maintenance, context) };
      }
      case 'Restore':
        return { removedRestoreRunIds: [restoreRunId(context, uid)] };
      case 'Snapshot':
        return { runs: snapshots.abandon(visit), removedRestorePointIds: [pointId(context, uid)] };
      default: {
        const id = repositoryId(context, { kind, namespace, name });
        repositories.forget(id);
        return { removedRepositoryIds: [id] };
      }
    }
  }

  function onGone(
    kind: string,
    isGone: (object: Identity) => boolean,
    context: EngineContext,
  ): EngineFacts {
    if (kind === 'SnapshotSchedule')
      return { policies: policies.forgetGoneSchedules(isGone, context) };
    if (kind === 'Maintenance')
      return { repositories: repositories.forgetGoneMaintenances(isGone, context) };
    if (kind === 'SnapshotPolicy') policies.forgetGonePolicies(isGone);
    repositories.forgetGone(kind, isGone);
    return {};
  }

  return {
    engine: 'kopiur',
    kinds: Object.entries(KINDS).map(([kind, { plural, rank }]) => ({
      group: GROUP,
      versions: ['v1alpha1'],
      plural,
      kind,
      rank,
    })),
    onObject(kind, object, observedAt, context) {
      const visit = { kind, object, observedAt, context };
      switch (kind) {
        case 'SnapshotPolicy':
          return onPolicy(visit);
        case 'SnapshotSchedule':
          return onSchedule(visit);
        case 'Snapshot':
          return snapshots.read(visit);
        case 'Restore':
          return onRestore(visit);
        case 'Maintenance':
          return onMaintenance(visit);
        default:
          return onRepository(visit);
      }
    },
    onDeleted: (kind, object, observedAt, context) =>
      onDeleted({ kind, object, observedAt, context }),
    onListed: (kind, namespace, uids, context) => onGone(kind, leftOutOf(namespace, uids), context),
    idOf,
    runIdOf: runOfUid('kopiur', 'Snapshot'),
  };
}

function onRestore(visit: Visit): EngineFacts {
  const read = readObject(Restore, sourceOf('Restore'), visit.object);
  if (!('value' in read)) return read;
  const { value, dropped, problems } = read;
  const outcome = told(restoreOutcome(value, dropped), timesOf(value), visit, problems);
  return { restoreRuns: [restoreFactOf(value, outcome ?? 'unknown', visit.context)], problems };
}

const idOf: EngineReader['idOf'] = (kind, object, context) => {
  const { value } = parseLoosely(Identified, object);
  if (value === null) return null;
  const { name, uid } = value.metadata;
  const namespace = value.metadata.namespace ?? '';
  switch (kind) {
    case 'SnapshotPolicy':
      return { table: 'policies', id: policyId(context, { namespace, name }) };
    case 'Repository':
    case 'ClusterRepository':
      return { table: 'repositories', id: repositoryId(context, { kind, namespace, name }) };
    case 'Snapshot':
      return { table: 'restore_points', id: pointId(context, uid) };
    case 'Restore':
      return { table: 'restore_runs', id: restoreRunId(context, uid) };
    default:
      return null;
  }
};
