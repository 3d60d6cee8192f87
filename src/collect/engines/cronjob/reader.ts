import { DEFAULT_BACKUP_JOBS, type BackupJobRule } from '../../../domain/backup-jobs.ts';
import { policyIdOf, resourceIdOf, runIdOf } from '../../../domain/id.ts';
import { secondsBetween } from '../../../domain/time.ts';
import type { PolicyFact, RunFact, Selection } from '../../../domain/facts.ts';
import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { isEnginesOwn } from '../../inventory/own-objects.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { readObject, type ReadObject } from '../../read-object.ts';
import { runOfUid } from '../../run-of-uid.ts';
import { createWaitingRoom } from '../../waiting-room.ts';
import { claimsOf } from './claims.ts';
import { jobEnd } from './outcome.ts';
import { isBackup } from './rules.ts';
import { CronJob, Identified, Job } from './schema.ts';

const GROUP = 'batch';
const KINDS: Record<string, { plural: string; rank: number }> = {
  CronJob: { plural: 'cronjobs', rank: 0 },
  Job: { plural: 'jobs', rank: 1 },
};
/** Jobs that may wait for their CronJob. */
const WAITING_LIMIT = 5_000;
interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}
/** What Jobs need to know of their CronJob: null when it is no backup. */
type KnownCronJob = Pick<PolicyFact, 'policyId' | 'selection'> | null;

const sourceOf = (kind: string) => `${GROUP}/${KINDS[kind]?.plural ?? kind}`;

/**
 * CronJobs and Jobs that people's rules call backups. A CronJob is a policy, its Jobs are the runs; a Job of no CronJob
 * is a run of no policy. Finished Jobs go by history limits and lifetimes: that loses no run.
 */
export function createCronjobReader(
  rules: readonly BackupJobRule[] = DEFAULT_BACKUP_JOBS,
): EngineReader {
  const cronJobs = new Map<string, KnownCronJob>();
  const waiting = createWaitingRoom<KubernetesObject>(WAITING_LIMIT);

  function onCronJob(visit: Visit): EngineFacts {
    const read = readObject(CronJob, sourceOf('CronJob'), visit.object);
    if (!('value' in read)) return read;
    const { context } = visit;
    const { metadata } = read.value;
    const key = `${metadata.namespace}/${metadata.name}`;
    const late = waiting.of(key);
    for (const job of late) waiting.leave(key, uidOf(job));
    if (!isBackup(rules, metadata) || isEnginesOwn(visit.object)) {
      cronJobs.set(key, null);
      return { removedPolicyIds: [cronJobId(context, metadata)] };
    }
    const policy = policyFactOf(read, visit);
    cronJobs.set(key, policy);
    const jobs = late.map((object) => onJob({ ...visit, kind: 'Job', object }));
    return {
      policies: [policy],
      runs: jobs.flatMap((job) => job.runs ?? []),
      problems: [...read.problems, ...jobs.flatMap((job) => job.problems ?? [])],
    };
  }

  function onJob(visit: Visit): EngineFacts {
    const { value } = parseLoosely(Identified, visit.object);
    const cronJob = value === null ? null : cronJobOf(value);
    if (value !== null && cronJob !== null) {
      const key = `${value.metadata.namespace}/${cronJob}`;
      const known = cronJobs.get(key);
      if (known === undefined) waiting.wait(key, value.metadata.uid, visit.object);
      return known === undefined || known === null ? {} : runsOf(visit, known);
    }
    const own = value !== null && !isOwned(value) && !isEnginesOwn(visit.object);
    return own && isBackup(rules, value.metadata) ? runsOf(visit, null) : {};
  }

  function onDeleted(visit: Visit): EngineFacts {
    const { value } = parseLoosely(Identified, visit.object);
    if (value === null) return {};
    const { metadata } = value;
    if (visit.kind === 'CronJob') {
      cronJobs.delete(`${metadata.namespace}/${metadata.name}`);
      return { removedPolicyIds: [cronJobId(visit.context, metadata)] };
    }
    // Deleted or replaced under way: nobody will say how it went.
    const runs = (onJob(visit).runs ?? []).filter(({ outcome }) => outcome === 'running');
    waiting.leave(`${metadata.namespace}/${cronJobOf(value) ?? ''}`, metadata.uid);
    return { runs: runs.map((run) => ({ ...run, outcome: 'unknown', errorText: null })) };
  }

  return {
    engine: 'cronjob',
    kinds: Object.entries(KINDS).map(([kind, { plural, rank }]) => ({
      group: GROUP,
      versions: ['v1'],
      plural,
      kind,
      rank,
    })),
    onObject(kind, object, observedAt, context) {
      const visit = { kind, object, observedAt, context };
      return kind === 'CronJob' ? onCronJob(visit) : onJob(visit);
    },
    onDeleted(kind, object, observedAt, context) {
      return onDeleted({ kind, object, observedAt, context });
    },
    idOf(kind, object, context) {
      const { value } = parseLoosely(Identified, object);
      if (value === null || kind !== 'CronJob') return null;
      return { table: 'policies', id: cronJobId(context, value.metadata) };
    },
    runIdOf: runOfUid('cronjob', 'Job'),
  };
}

function cronJobId(
  { clusterId }: EngineContext,
  { namespace, name }: { namespace: string; name: string },
): string {
  return policyIdOf('cronjob', { clusterId, kind: 'CronJob', namespace, name });
}

function cronJobOf({ metadata }: Identified): string | null {
  return metadata.ownerReferences?.find(({ kind }) => kind === 'CronJob')?.name ?? null;
}

function isOwned({ metadata }: Identified): boolean {
  return metadata.ownerReferences?.some(({ controller }) => controller === true) ?? false;
}

function uidOf(object: KubernetesObject): string {
  return parseLoosely(Identified, object).value?.metadata.uid ?? '';
}

function policyFactOf({ value, dropped }: ReadObject<CronJob>, visit: Visit): PolicyFact {
  const { metadata, spec, status } = value;
  const { context } = visit;
  const unread = dropped.some((path) => path === 'spec' || path.startsWith('spec.jobTemplate'));
  const success = status?.lastSuccessfulTime ?? null;
  return {
    policyId: cronJobId(context, metadata),
    engine: 'cronjob',
    kind: 'CronJob',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: spec?.schedule
      ? {
          type: 'cron',
          expression: spec.schedule,
          timeZone: spec.timeZone ?? context.timeZone,
          dialect: 'cronjob',
        }
      : { type: 'manual' },
    paused: spec?.suspend ?? false,
    selection: claimsOf(metadata, spec?.jobTemplate?.spec?.template, unread),
    method: null,
    repositoryId: null,
    keep: null,
    problem: null,
    lastSuccessAt: success !== null && !liesAhead(success, visit) ? success : null,
    memory: null,
  };
}

function liesAhead(time: Date, { observedAt }: Visit): boolean {
  return aheadOfClock([time], observedAt) !== null;
}

/** The Job as a run of that policy, or of none. */
function runsOf(visit: Visit, policy: KnownCronJob): EngineFacts {
  const read = readObject(Job, sourceOf('Job'), visit.object);
  if (!('value' in read)) return read;
  const { value, dropped, problems } = read;
  const { metadata, status } = value;
  const complain = (message: string) =>
    problems.push(objectProblem(sourceOf('Job'), visit.object, message));
  const born = metadata.creationTimestamp ?? status?.startTime;
  if (!born) {
    complain('has no creation time');
    return { problems };
  }
  const end = jobEnd(value, dropped);
  const ahead = end.endedAt !== null && liesAhead(end.endedAt, visit);
  if (ahead) complain('ends in the future: check the clocks');
  const unread = dropped.some((path) => path.startsWith('spec'));
  const selection = policy?.selection ?? claimsOf(metadata, value.spec?.template, unread);
  const run: RunFact = {
    runId: runIdOf(visit.context.clusterId, 'cronjob', metadata.uid),
    runDay: born.toISOString().slice(0, 10),
    engine: 'cronjob',
    policyId: policy?.policyId ?? null,
    resourceId: onlyClaimOf(selection, visit.context),
    namespace: metadata.namespace,
    name: metadata.name,
    startedAt: status?.startTime ?? born,
    endedAt: end.endedAt,
    outcome: ahead && end.outcome === 'success' ? 'unknown' : end.outcome,
    durationSeconds: null,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: end.outcome === 'success' ? (status?.failed ?? null) : null,
    errors: end.outcome === 'success' ? null : (status?.failed ?? null),
    errorText: end.errorText,
    fullRead: false,
  };
  if (run.endedAt !== null && run.endedAt >= run.startedAt)
    run.durationSeconds = secondsBetween(run.startedAt, run.endedAt);
  return { runs: [run], problems };
}

function onlyClaimOf(selection: Selection, { clusterId }: EngineContext): string | null {
  if (selection.type !== 'claims' || selection.names.length !== 1) return null;
  const { namespace, names } = selection;
  return resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name: names[0]! });
}
