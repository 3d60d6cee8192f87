import type { z } from 'zod';
import type { RunFact } from '../../../domain/facts.ts';
import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { leftOutOf } from '../../left-out.ts';
import { droppedProblems, objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { runOfUid } from '../../run-of-uid.ts';
import { restorePointOf, runFactOf, runVolumesOf } from './backup.ts';
import { createDatabases, type Databases } from './databases.ts';
import { archivingId, objectStoreId, pointId, scheduledBackupId } from './ids.ts';
import { readPhase } from './phases.ts';
import { repositoryFactOf } from './policies.ts';
import { Backup, Cluster, Identified, ObjectStore, ScheduledBackup } from './schema.ts';

const KINDS: Record<string, { group: string; plural: string; rank: number }> = {
  ObjectStore: { group: 'barmancloud.cnpg.io', plural: 'objectstores', rank: 0 },
  Cluster: { group: 'postgresql.cnpg.io', plural: 'clusters', rank: 1 },
  ScheduledBackup: { group: 'postgresql.cnpg.io', plural: 'scheduledbackups', rank: 2 },
  Backup: { group: 'postgresql.cnpg.io', plural: 'backups', rank: 3 },
};
interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}
type Problems = NonNullable<EngineFacts['problems']>;
interface Parsed<T> {
  value: T;
  dropped: string[];
  problems: Problems;
}

const sourceOf = (kind: string) => `${KINDS[kind]?.group}/${KINDS[kind]?.plural ?? kind}`;

/**
 * CloudNativePG: a Backup is a run and a restore point of the whole database, a ScheduledBackup a policy, and so is a
 * Cluster that archives its WAL.
 */
export function createCnpgReader(): EngineReader {
  const databases = createDatabases();
  return {
    engine: 'cnpg',
    kinds: Object.entries(KINDS).map(([kind, { group, plural, rank }]) => ({
      group,
      versions: ['v1'],
      plural,
      kind,
      rank,
    })),
    onObject(kind, object, observedAt, context) {
      const visit = { kind, object, observedAt, context };
      if (kind === 'Backup') return readBackup(visit, databases);
      if (kind === 'Cluster')
        return read(Cluster, visit, ({ value }) => databases.onCluster(value, context));
      if (kind === 'ScheduledBackup')
        return read(ScheduledBackup, visit, ({ value, dropped }) =>
          databases.onSchedule(value, dropped, context),
        );
      return read(ObjectStore, visit, ({ value }) => ({
        ...databases.onStore(value, context),
        repositories: [repositoryFactOf(value, context)],
      }));
    },
    onDeleted(kind, object, observedAt, context) {
      return removal({ kind, object, observedAt, context }, databases);
    },
    onListed(kind, namespace, uids) {
      databases.forgetGone(kind, leftOutOf(namespace, uids));
      return {};
    },
    idOf,
    runIdOf: runOfUid('cnpg', 'Backup'),
  };
}

function read<T>(
  schema: z.ZodType<T>,
  visit: Visit,
  factsOf: (parsed: Parsed<T>) => EngineFacts,
): EngineFacts {
  const { value, dropped } = parseLoosely(schema, visit.object);
  const problems = droppedProblems(sourceOf(visit.kind), visit.object, dropped);
  return value === null ? { problems } : { problems, ...factsOf({ value, dropped, problems }) };
}

function readBackup(visit: Visit, databases: Databases): EngineFacts {
  return read(Backup, visit, ({ value, dropped, problems }) => {
    const run = runOf(value, dropped, visit, problems);
    if (run === null) {
      problems.push(objectProblem(sourceOf('Backup'), visit.object, 'has no creation time'));
      return {};
    }
    const { context } = visit;
    const told = { runs: [run], runVolumes: runVolumesOf(value, run, context) };
    if (run.outcome !== 'success') return { ...told, restorePoints: [] };
    const { namespace } = value.metadata;
    const cluster = value.spec?.cluster?.name ?? value.metadata.labels?.['cnpg.io/cluster'];
    return {
      ...(cluster
        ? databases.onSuccess(namespace, cluster, run.endedAt ?? run.startedAt, context)
        : {}),
      ...told,
      restorePoints: [restorePointOf(value, run, context)],
    };
  });
}

function runOf(value: Backup, dropped: string[], visit: Visit, problems: Problems): RunFact | null {
  const { outcome, complaint } = readPhase(value.status?.phase, dropped);
  if (complaint !== null) problems.push(objectProblem(sourceOf('Backup'), visit.object, complaint));
  const ahead = outcome === 'success' && liesAhead(value, visit, problems);
  return runFactOf(value, ahead ? 'unknown' : outcome, visit.context);
}

/** An end in the future proves nothing yet. */
function liesAhead({ status }: Backup, visit: Visit, problems: Problems): boolean {
  const message = aheadOfClock([status?.startedAt, status?.stoppedAt], visit.observedAt);
  if (message === null) return false;
  problems.push(objectProblem(sourceOf(visit.kind), visit.object, message));
  return true;
}

function removal(visit: Visit, databases: Databases): EngineFacts {
  const { kind, object, context } = visit;
  const { value } = parseLoosely(Identified, object);
  if (value === null) return {};
  const { metadata } = value;
  databases.forget(kind, metadata.namespace, metadata.name);
  if (kind === 'Cluster') return { removedPolicyIds: [archivingId(context, metadata)] };
  if (kind === 'ScheduledBackup')
    return { removedPolicyIds: [scheduledBackupId(context, metadata)] };
  if (kind === 'ObjectStore') return { removedRepositoryIds: [objectStoreId(context, metadata)] };
  return {
    ...read(Backup, visit, (parsed) => ({ runs: abandoned(parsed, visit) })),
    removedRestorePointIds: [pointId(context, metadata.uid)],
  };
}

/** A Backup deleted before it ended: nobody will say how it went. */
function abandoned({ value, dropped }: Parsed<Backup>, { context }: Visit): RunFact[] {
  if (readPhase(value.status?.phase, dropped).outcome !== 'running') return [];
  const run = runFactOf(value, 'unknown', context);
  return run === null ? [] : [run];
}

const idOf: EngineReader['idOf'] = (kind, object, context) => {
  const { value } = parseLoosely(Identified, object);
  if (value === null) return null;
  const { metadata } = value;
  if (kind === 'Cluster') return { table: 'policies', id: archivingId(context, metadata) };
  if (kind === 'ScheduledBackup')
    return { table: 'policies', id: scheduledBackupId(context, metadata) };
  if (kind === 'ObjectStore')
    return { table: 'repositories', id: objectStoreId(context, metadata) };
  return { table: 'restore_points', id: pointId(context, metadata.uid) };
};
