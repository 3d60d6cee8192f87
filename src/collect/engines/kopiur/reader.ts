import type { RunFact } from '../../../domain/facts.ts';
import { addSeconds } from '../../../domain/time.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { readObject, type ReadObject } from '../../read-object.ts';
import { createWaitingRoom } from '../../waiting-room.ts';
import { claimId, pointId, policyId, repositoryId, restoreRunId } from './ids.ts';
import { restoreOutcome, snapshotOutcome, type PhaseReading } from './outcome.ts';
import { onlyClaimOf } from './policy.ts';
import { createPolicyBook } from './policy-book.ts';
import { phaseComplaint } from './repository.ts';
import { createRepositoryBook } from './repository-book.ts';
import { restoreFactOf } from './restore.ts';
import {
  Identified,
  Maintenance,
  Repository,
  Restore,
  Snapshot,
  SnapshotPolicy,
  SnapshotSchedule,
} from './schema.ts';
import { claimIdsOf, pointFactOf, policyIdFor, runFactOf, runVolumesOf } from './snapshot.ts';

const GROUP = 'kopiur.home-operations.com';
const KINDS: Record<string, { plural: string; rank: number }> = {
  // Before what they complete: a policy told without its schedule would look like one whose schedule changed.
  SnapshotSchedule: { plural: 'snapshotschedules', rank: 0 },
  Maintenance: { plural: 'maintenances', rank: 0 },
  Repository: { plural: 'repositories', rank: 1 },
  ClusterRepository: { plural: 'clusterrepositories', rank: 1 },
  SnapshotPolicy: { plural: 'snapshotpolicies', rank: 1 },
  Snapshot: { plural: 'snapshots', rank: 2 },
  Restore: { plural: 'restores', rank: 2 },
};
/** Snapshots that may wait for the policy that tells their claim. */
const WAITING_LIMIT = 5_000;
/** Clocks may differ by this much before a time counts as in the future. */
const CLOCK_SLACK_SECONDS = 300;
const RESTORABLE: readonly Outcome[] = ['success', 'partial'];

const sourceOf = (kind: string) => `${GROUP}/${KINDS[kind]?.plural ?? kind}`;

interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}
type Problems = ReadObject<unknown>['problems'];

/** Turns kopiur's objects into facts: a SnapshotPolicy with its schedules is a policy, a Snapshot is a run. */
export function createKopiurReader(): EngineReader {
  const policies = createPolicyBook();
  const repositories = createRepositoryBook();
  const waiting = createWaitingRoom<Visit>(WAITING_LIMIT);

  function onPolicy(visit: Visit): EngineFacts {
    const read = readObject(SnapshotPolicy, sourceOf('SnapshotPolicy'), visit.object);
    if (!('value' in read)) return read;
    const { value: object, dropped, problems } = read;
    const { context, observedAt } = visit;
    const policy = policies.notePolicy({ object, dropped, observedAt }, context);
    const late = waiting.of(policy.policyId).map((item) => onSnapshot(item));
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

  function onSnapshot(visit: Visit): EngineFacts {
    const read = readObject(Snapshot, sourceOf('Snapshot'), visit.object);
    if (!('value' in read)) return read;
    const { value, dropped, problems } = read;
    const { context } = visit;
    const outcome = told(snapshotOutcome(value, dropped), timesOf(value), visit, problems);
    const claims = claimsOf(value, visit);
    const { uid } = value.metadata;
    const deleting = value.status?.phase === 'Deleting';
    const removedRestorePointIds = deleting ? [pointId(context, uid)] : [];
    // The outcome told before the deletion began stays the run's outcome.
    if (deleting && value.status?.timing?.endTime) return { removedRestorePointIds, problems };
    const run = outcome === null ? null : runFactOf(value, outcome, claims, context);
    if (outcome !== null && run === null) {
      problems.push(objectProblem(sourceOf('Snapshot'), visit.object, 'has no creation time'));
      return { problems };
    }
    const point =
      (outcome === null && !liesAhead(timesOf(value), visit, problems)) ||
      (outcome !== null && RESTORABLE.includes(outcome))
        ? pointFactOf(value, run, claims, context)
        : null;
    return {
      runs: run === null ? [] : [run],
      runVolumes: run === null ? [] : runVolumesOf(run, claims),
      restorePoints: point === null ? [] : [point],
      removedRestorePointIds,
      problems,
    };
  }

  /** What the Snapshot says, else the only claim of its policy; it waits while neither is known. */
  function claimsOf(snapshot: Snapshot, visit: Visit): string[] {
    const { context } = visit;
    const { uid, namespace } = snapshot.metadata;
    const policy = policyIdFor(snapshot, context);
    const own = claimIdsOf(snapshot, context);
    if (policy === null) return own;
    if (own.length > 0) {
      waiting.leave(policy, uid);
      return own;
    }
    const recipe = policies.recipe(namespace, snapshot.spec?.policyRef?.name ?? '');
    if (recipe === null) {
      waiting.wait(policy, uid, visit);
      return [];
    }
    waiting.leave(policy, uid);
    const name = onlyClaimOf(recipe.object);
    return name === null ? [] : [claimId(context, { namespace, name })];
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
        return { runs: abandoned(visit), removedRestorePointIds: [pointId(context, uid)] };
      default: {
        const id = repositoryId(context, { kind, namespace, name });
        repositories.forget(id);
        return { removedRepositoryIds: [id] };
      }
    }
  }

  /** A Snapshot deleted before it ended: nobody will say how it went. */
  function abandoned(visit: Visit): RunFact[] {
    const { value, dropped } = parseLoosely(Snapshot, visit.object);
    if (value === null || snapshotOutcome(value, dropped).outcome !== 'running') return [];
    const claims = claimsOf(value, visit);
    const policy = policyIdFor(value, visit.context);
    if (policy !== null) waiting.leave(policy, value.metadata.uid);
    const run = runFactOf(value, 'unknown', claims, visit.context);
    return run === null ? [] : [run];
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
          return onSnapshot(visit);
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
    idOf,
  };
}

function onRestore(visit: Visit): EngineFacts {
  const read = readObject(Restore, sourceOf('Restore'), visit.object);
  if (!('value' in read)) return read;
  const { value, dropped, problems } = read;
  const outcome = told(restoreOutcome(value, dropped), timesOf(value), visit, problems);
  return { restoreRuns: [restoreFactOf(value, outcome ?? 'unknown', visit.context)], problems };
}

function timesOf({ metadata, status }: Snapshot | Restore): (Date | null | undefined)[] {
  return [metadata.creationTimestamp, status?.timing?.startTime, status?.timing?.endTime];
}

/** The outcome, with what is odd put among the problems; a time in the future proves nothing yet. */
function told(
  { outcome, complaint }: PhaseReading,
  times: (Date | null | undefined)[],
  visit: Visit,
  problems: Problems,
): Outcome | null {
  if (complaint !== null)
    problems.push(objectProblem(sourceOf(visit.kind), visit.object, complaint));
  const proves = outcome !== null && outcome !== 'running' && outcome !== 'failed';
  return proves && liesAhead(times, visit, problems) ? 'unknown' : outcome;
}

function liesAhead(
  times: (Date | null | undefined)[],
  { kind, object, observedAt }: Visit,
  problems: Problems,
): boolean {
  const latest = addSeconds(observedAt, CLOCK_SLACK_SECONDS);
  const ahead = times.find((time) => time && time > latest);
  if (!ahead) return false;
  const message = `${ahead.toISOString()} lies in the future: check the clocks`;
  problems.push(objectProblem(sourceOf(kind), object, message));
  return true;
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
