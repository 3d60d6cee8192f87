import type {
  AttemptFact,
  ObservedWindow,
  PolicyFact,
  RunFact,
  RunVolumeFact,
} from '../../domain/facts.ts';
import type { JobAttempt, JobFacts, JobRun } from './job-facts.ts';

/** A volume's job within a policy that protects several. */
export function volumeJobId(policyId: string, resourceId: string): string {
  return `${policyId}/${resourceId}`;
}

export type KnownPolicy = PolicyFact & {
  scheduleSince: Date;
  pausedSince: Date | null;
  removedAt: Date | null;
};

/** What the rest of the inventory adds to a job. */
export interface JobContext {
  clusterId: string;
  /** `namespace/name` and creation of a resource; null when unknown. */
  resource: (resourceId: string) => { name: string; createdAt: Date | null } | null;
  /** An objective's RPO; null: none is set. */
  rpoSeconds: (resourceId: string) => number | null;
}

/** A policy's own job. `resourceId` is given when the policy protects exactly one resource. */
export function policyJob(
  policy: KnownPolicy,
  resourceId: string | null,
  context: JobContext,
): JobFacts {
  const resource = resourceId === null ? null : context.resource(resourceId);
  const name = `${policy.namespace}/${policy.name}`;
  return {
    clusterId: context.clusterId,
    jobId: policy.policyId,
    scope: 'whole',
    engine: policy.engine,
    policyId: policy.policyId,
    resourceId,
    repositoryId: policy.repositoryId,
    policy: name,
    resource: resource?.name ?? null,
    namespace: policy.namespace,
    source: `${policy.kind} ${name}`,
    schedule: policy.schedule,
    scheduleSince: policy.scheduleSince,
    pausedSince: policy.paused ? (policy.pausedSince ?? policy.scheduleSince) : null,
    removedAt: policy.removedAt,
    problem: policy.problem,
    lastSuccessAt: policy.lastSuccessAt,
    rpoSeconds: resourceId === null ? null : context.rpoSeconds(resourceId),
    claimCreatedAt: resource?.createdAt ?? null,
  };
}

/** The job of one resource's part in a policy's runs. */
export function volumeJob(policy: KnownPolicy, resourceId: string, context: JobContext): JobFacts {
  const whole = policyJob(policy, resourceId, context);
  return {
    ...whole,
    jobId: volumeJobId(policy.policyId, resourceId),
    scope: 'volume',
    schedule: { type: 'manual' },
    problem: null,
    lastSuccessAt: null,
  };
}

/** New rows of one job; attempts are empty for a volume. */
export interface JobNews {
  policyId: string;
  /** Null for the policy's own job. */
  resourceId: string | null;
  runs: JobRun[];
  attempts: JobAttempt[];
}

/** Deals rows out to the jobs they belong to, by job id. Runs that nobody scheduled belong to none. */
export function newsByJob(
  runs: readonly RunFact[],
  volumes: readonly RunVolumeFact[],
  attempts: readonly AttemptFact[],
): Map<string, JobNews> {
  const news = new Map<string, JobNews>();
  const of = (policyId: string, resourceId: string | null): JobNews => {
    const id = resourceId === null ? policyId : volumeJobId(policyId, resourceId);
    const known = news.get(id) ?? { policyId, resourceId, runs: [], attempts: [] };
    news.set(id, known);
    return known;
  };
  const failed = new Set(volumes.filter((v) => v.outcome === 'failed').map((v) => v.runId));
  const parents = new Map(runs.map((run) => [run.runId, run]));
  for (const run of runs) {
    if (run.policyId) of(run.policyId, null).runs.push(wholeRun(run, failed.has(run.runId)));
  }
  for (const volume of volumes) {
    const run = parents.get(volume.runId);
    if (run?.policyId) of(run.policyId, volume.resourceId).runs.push(volumeRun(run, volume));
  }
  for (const attempt of attempts) {
    const policyId = attempt.policyId ?? parents.get(attempt.runId)?.policyId;
    if (policyId) of(policyId, null).attempts.push(attempt);
  }
  return news;
}

/** All of a kind's windows that a job's facts rest on. */
export function windowsOf(
  windows: readonly ObservedWindow[],
  kinds: readonly string[],
): ObservedWindow[] {
  return windows.filter((window) => kinds.includes(window.kind));
}

function wholeRun(run: RunFact, anyVolumeFailed: boolean): JobRun {
  return {
    ...run,
    table: 'runs',
    dueAt: null,
    volumesFailed: anyVolumeFailed && run.outcome === 'partial',
  };
}

/** A volume of a run that failed as a whole says nothing of its own. */
function volumeRun(run: RunFact, volume: RunVolumeFact): JobRun {
  const startedAt = volume.startedAt ?? run.startedAt;
  const { endedAt } = volume;
  return {
    runId: run.runId,
    table: 'run_volumes',
    startedAt,
    endedAt: endedAt ?? run.endedAt,
    outcome: run.outcome === 'failed' ? 'unknown' : volume.outcome,
    durationSeconds: endedAt ? (endedAt.getTime() - startedAt.getTime()) / 1_000 : null,
    logicalBytes: volume.logicalBytes,
    addedBytes: volume.addedBytes,
    files: null,
    errorText: volume.message,
    fullRead: false,
    dueAt: null,
    volumesFailed: false,
  };
}
