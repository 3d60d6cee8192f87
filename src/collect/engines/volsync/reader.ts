import { idOf } from '../../../domain/id.ts';
import type { AttemptFact, RestorePointFact, RunFact } from '../../../domain/facts.ts';
import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { droppedProblems, objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { field, textOf } from '../../kubernetes/object-meta.ts';
import { liesAhead, readHistory, type FailedAttempt, type History, type Sync } from './history.ts';
import { recall } from './memory.ts';
import { claimIdOf, moverOf, policyIdOfSource, toPolicy, toRepository } from './policy.ts';
import { restoreRunIdOf, toRestoreRun } from './restore-run.ts';
import { Replication } from './schema.ts';

const GROUP = 'volsync.backube';
const SOURCES = `${GROUP}/replicationsources`;
const DESTINATIONS = `${GROUP}/replicationdestinations`;
/** With one of these left out, nobody can say how the last mover ended. */
const RESULT_FIELDS = ['status.latestMoverStatus', 'status.latestMoverStatus.result'];
/** Movers that keep one copy and no history. */
const MIRRORS = new Set(['rclone', 'rsyncTLS', 'rsync']);

/** VolSync 0.16: history from status transitions, since it keeps none. Its memory travels with the policy. */
export function createVolsyncReader(): EngineReader {
  return {
    engine: 'volsync',
    kinds: [
      {
        group: GROUP,
        versions: ['v1alpha1'],
        plural: 'replicationsources',
        kind: 'ReplicationSource',
      },
      {
        group: GROUP,
        versions: ['v1alpha1'],
        plural: 'replicationdestinations',
        kind: 'ReplicationDestination',
        rank: 1,
      },
    ],
    onObject: (kind, object, observedAt, context) =>
      kind === 'ReplicationSource'
        ? readSource(object, observedAt, context)
        : readDestination(object, observedAt, context),
    onDeleted: (kind, object, observedAt, context) => {
      const { clusterId } = context;
      const names = namesOf(object);
      if (names === null) return {};
      if (kind === 'ReplicationDestination')
        return { removedRestoreRunIds: [restoreRunIdOf(clusterId, names)] };
      return {
        ...endRunning(object, observedAt, context),
        removedPolicyIds: [policyIdOfSource(clusterId, names)],
      };
    },
    idOf: (kind, object, { clusterId }) => {
      const names = namesOf(object);
      if (names === null) return null;
      return kind === 'ReplicationSource'
        ? { table: 'policies', id: policyIdOfSource(clusterId, names) }
        : { table: 'restore_runs', id: restoreRunIdOf(clusterId, names) };
    },
  };
}

function readSource(
  object: KubernetesObject,
  observedAt: Date,
  context: EngineContext,
): EngineFacts {
  const { value: source, dropped } = parseLoosely(Replication, object);
  const problems = droppedProblems(SOURCES, object, dropped);
  if (source === null) return { problems };
  const { clusterId } = context;
  const policyId = policyIdOfSource(clusterId, source.metadata);
  const stored = context.memoryOf(policyId);
  const memory = recall(stored, source.metadata.uid);
  const history = readHistory({
    clusterId,
    source,
    memory,
    stored,
    observedAt,
    resultUnknown: dropped.some((path) => RESULT_FIELDS.includes(path)),
  });
  const runs = history.syncs.map((sync) => toRun(clusterId, source, policyId, sync));
  const { points, gone } = pointsOf(clusterId, source, policyId, history);
  const lastSuccessAt = history.memory.success === null ? null : new Date(history.memory.success);
  const repository = toRepository(clusterId, source);
  return {
    policies: [
      toPolicy(clusterId, source, context.timeZone, {
        memory: JSON.stringify(history.memory),
        lastSuccessAt,
      }),
    ],
    repositories: repository === null ? [] : [repository],
    runs,
    attempts: history.attempts.map((attempt) => toAttempt(policyId, attempt, observedAt)),
    restorePoints: points,
    removedRestorePointIds: gone,
    problems: [
      ...problems,
      ...history.inTheFuture.map((path) =>
        objectProblem(
          SOURCES,
          object,
          `${path} lies in the future; that run is left out until then`,
        ),
      ),
    ],
  };
}

function toRun(clusterId: string, source: Replication, policyId: string, sync: Sync): RunFact {
  const { metadata, spec } = source;
  return {
    runId: sync.runId,
    runDay: dayOf(sync.startedAt),
    engine: 'volsync',
    policyId,
    resourceId: spec?.sourcePVC ? claimIdOf(clusterId, metadata.namespace, spec.sourcePVC) : null,
    namespace: metadata.namespace,
    name: metadata.name,
    startedAt: sync.startedAt,
    endedAt: sync.endedAt,
    outcome: sync.outcome,
    durationSeconds: sync.durationSeconds,
    logicalBytes: sync.log?.logicalBytes ?? null,
    addedBytes: sync.log?.addedBytes ?? null,
    storedBytes: sync.log?.storedBytes ?? null,
    files: sync.log?.files ?? null,
    snapshotId: sync.log?.snapshotId ?? null,
    warnings: sync.log !== null && sync.log.snapshotsSaved > 1 ? sync.log.snapshotsSaved - 1 : null,
    errors: null,
    errorText: sync.errorText,
    fullRead: sync.log?.fullRead ?? false,
  };
}

function toAttempt(policyId: string, attempt: FailedAttempt, observedAt: Date): AttemptFact {
  return {
    runId: attempt.runId,
    runDay: dayOf(attempt.startedAt),
    attemptKey: attempt.key,
    policyId,
    endedAt: observedAt,
    outcome: 'failed',
    log: attempt.log,
  };
}

/** The status stands for the newest restore point only; the one before is no longer reported. */
function pointsOf(clusterId: string, source: Replication, policyId: string, history: History) {
  const success = history.syncs.find(({ outcome }) => outcome === 'success');
  const claim = source.spec?.sourcePVC;
  const mover = moverOf(source).name ?? '';
  if (success === undefined || !claim) return { points: [], gone: [] };
  const restorePointId = idOf('restore-point', success.runId);
  const previous = history.memory.point;
  history.memory.point = restorePointId;
  const point: RestorePointFact = {
    restorePointId,
    engine: 'volsync',
    policyId,
    repositoryId: toRepository(clusterId, source)?.repositoryId ?? null,
    resourceId: claimIdOf(clusterId, source.metadata.namespace, claim),
    runId: success.runId,
    takenAt: success.startedAt,
    expiresAt: null,
    handle: success.log?.snapshotId ?? (MIRRORS.has(mover) ? 'mirror' : 'latest'),
    logicalBytes: success.log?.logicalBytes ?? null,
  };
  return {
    points: [point],
    gone: previous === null || previous === restorePointId ? [] : [previous],
  };
}

/** A run that was under way when its source went can no longer end. */
function endRunning(
  object: KubernetesObject,
  observedAt: Date,
  context: EngineContext,
): EngineFacts {
  const { runs = [] } = readSource(object, observedAt, context);
  return {
    runs: runs.map((run) => (run.outcome === 'running' ? { ...run, outcome: 'unknown' } : run)),
  };
}

function readDestination(
  object: KubernetesObject,
  observedAt: Date,
  { clusterId }: EngineContext,
): EngineFacts {
  const { value, dropped } = parseLoosely(Replication, object);
  const problems = droppedProblems(DESTINATIONS, object, dropped);
  if (value === null) return { problems };
  const restore = toRestoreRun(clusterId, value);
  if (restore.endedAt === null || !liesAhead(restore.endedAt, observedAt))
    return { restoreRuns: [restore], problems };
  const message = 'status.lastSyncTime lies in the future; whether it restored is not known';
  return {
    restoreRuns: [{ ...restore, outcome: 'unknown', endedAt: null, imageTakenAt: null }],
    problems: [...problems, objectProblem(DESTINATIONS, object, message)],
  };
}

function namesOf(object: KubernetesObject): { namespace: string; name: string } | null {
  const name = textOf(field(object, 'metadata', 'name'));
  return name === null
    ? null
    : { namespace: textOf(field(object, 'metadata', 'namespace')) ?? '', name };
}

function dayOf(at: Date): string {
  return at.toISOString().slice(0, 10);
}
