import { resourceIdOf } from '../../domain/id.ts';
import type { AttemptFact, ObservedWindow, RunFact, RunVolumeFact } from '../../domain/facts.ts';
import type { LevelMark } from '../../domain/judgement.ts';
import type { Engine } from '../../domain/words.ts';
import type { JobAttempt, JobFacts, JobRun } from '../job/job-facts.ts';
import type { ExpectedMark } from '../job/mark-expected.ts';
import type { InventoryIndex, JudgedPolicy } from './inventory.ts';
import type { WholeRun } from './run-memory.ts';
import { nameOf } from './words.ts';

/** What is new for one job. */
export interface JobNews {
  runs: JobRun[];
  attempts: JobAttempt[];
  /** What people said of its levels. */
  marks?: ExpectedMark[];
}

/** The kinds whose watching shows an engine's runs, by kind or by `group/plural`. */
const RUN_KINDS: Partial<Record<Engine, readonly string[]>> = {
  volsync: ['ReplicationSource', 'volsync.backube/replicationsources'],
  velero: ['Backup', 'velero.io/backups'],
  longhorn: ['longhorn.io/backups'],
  csi: ['snapshot.storage.k8s.io/volumesnapshots'],
  cnpg: ['postgresql.cnpg.io/backups'],
  cronjob: ['batch/jobs'],
  k8up: ['k8up.io/backups'],
  kopiur: ['kopiur.home-operations.com/snapshots'],
};

/** Whether a window says that this engine's runs were watched then. */
export function showsRunsOf(engine: Engine, window: ObservedWindow): boolean {
  return RUN_KINDS[engine]?.includes(window.kind) ?? false;
}

export function volumeJobId(policyId: string, resourceId: string): string {
  return `${policyId}:${resourceId}`;
}

/** The policy of a job, be it the policy's own or that of one of its claims. */
export function policyOfJob(jobId: string): string {
  return jobId.split(':', 1)[0] ?? '';
}

/** True for policies that run for each of their claims apart: then every claim is a job, and the policy is none. */
export function runsForEachClaim(policy: JudgedPolicy | undefined): boolean {
  return policy?.selection.type === 'each-claim';
}

/** Puts each run, its attempts and its volumes' parts to the jobs they belong to; runs of no policy have no job. */
export function newsByJob(runs: readonly WholeRun[], index: InventoryIndex): Map<string, JobNews> {
  const news = new Map<string, JobNews>();
  for (const { run, volumes, attempts } of runs) {
    if (run.policyId === null) continue;
    const each = runsForEachClaim(index.policyById.get(run.policyId));
    if (each && run.resourceId === null) continue;
    const whole = newsOf(
      news,
      each && run.resourceId !== null ? volumeJobId(run.policyId, run.resourceId) : run.policyId,
    );
    whole.runs.push(wholeRun(run, volumes));
    whole.attempts.push(...attempts.map(jobAttempt));
    for (const volume of volumes)
      newsOf(news, volumeJobId(run.policyId, volume.resourceId)).runs.push(volumePart(run, volume));
  }
  return news;
}

/** Puts each mark to the job that its finding is of: the volume's part in a run, where that has a job. */
export function addMarks(
  news: Map<string, JobNews>,
  marks: readonly LevelMark[],
  jobs: { has(jobId: string): boolean },
): void {
  for (const { kind, policyId, resourceId, at, undone } of marks) {
    if (policyId === null) continue;
    const part = resourceId === null ? policyId : volumeJobId(policyId, resourceId);
    const own = newsOf(news, jobs.has(part) ? part : policyId);
    own.marks = [...(own.marks ?? []), { kind, at, undone }];
  }
}

function newsOf(news: Map<string, JobNews>, jobId: string): JobNews {
  const known = news.get(jobId) ?? { runs: [], attempts: [] };
  news.set(jobId, known);
  return known;
}

function wholeRun(run: RunFact, volumes: readonly RunVolumeFact[]): JobRun {
  const { runId, startedAt, endedAt, outcome, durationSeconds } = run;
  const { logicalBytes, addedBytes, files, errorText, fullRead } = run;
  return {
    runId,
    startedAt,
    endedAt,
    outcome,
    durationSeconds,
    logicalBytes,
    addedBytes,
    files,
    dedupRatio: null,
    errorText,
    fullRead,
    table: 'runs',
    dueAt: null,
    volumesFailed: volumes.some(({ outcome: part }) => part === 'failed' || part === 'partial'),
  };
}

function volumePart(run: RunFact, volume: RunVolumeFact): JobRun {
  const { endedAt, outcome, logicalBytes, addedBytes, message } = volume;
  const startedAt = volume.startedAt ?? run.startedAt;
  return {
    runId: run.runId,
    startedAt,
    endedAt,
    outcome,
    logicalBytes,
    addedBytes,
    durationSeconds: endedAt === null ? null : (endedAt.getTime() - startedAt.getTime()) / 1_000,
    table: 'run_volumes',
    files: null,
    dedupRatio: null,
    errorText: message,
    fullRead: false,
    dueAt: null,
    volumesFailed: false,
  };
}

function jobAttempt({ runId, attemptKey, endedAt, outcome, log }: AttemptFact): JobAttempt {
  return { runId, attemptKey, endedAt, outcome, log };
}

/** What is known of a policy's own job now. */
export function wholeJob(clusterId: string, index: InventoryIndex, policy: JudgedPolicy): JobFacts {
  const resourceId = onlyClaimOf(clusterId, policy);
  const claim = resourceId === null ? undefined : index.claimById.get(resourceId);
  const { selection } = policy;
  const named = selection.type === 'claims' && resourceId !== null ? selection.names[0]! : null;
  return {
    ...common(clusterId, policy),
    jobId: policy.policyId,
    scope: 'whole',
    resourceId,
    resource: named === null ? null : `${policy.namespace}/${named}`,
    lastSuccessAt: policy.lastSuccessAt,
    rpoSeconds: objectiveOf(index, resourceId),
    claimCreatedAt: claim?.createdAt ?? null,
  };
}

/** What is known of one claim's part in a policy's runs; null when the claim is gone. */
export function volumeJob(
  clusterId: string,
  index: InventoryIndex,
  policy: JudgedPolicy,
  resourceId: string,
): JobFacts | null {
  const claim = index.claimById.get(resourceId);
  if (claim === undefined) return null;
  return {
    ...common(clusterId, policy),
    jobId: volumeJobId(policy.policyId, resourceId),
    scope: 'volume',
    resourceId,
    resource: nameOf(claim),
    lastSuccessAt: null,
    rpoSeconds: objectiveOf(index, resourceId),
    claimCreatedAt: claim.createdAt,
  };
}

/** What is known of one claim's own job under a policy that runs for each claim; null when it is not taken. */
export function eachClaimJob(
  clusterId: string,
  index: InventoryIndex,
  policy: JudgedPolicy,
  resourceId: string,
): JobFacts | null {
  const { policyId } = policy;
  const taking = index.declarations
    .get(resourceId)
    ?.find((one) => one.policy.policyId === policyId)?.taking;
  const job = volumeJob(clusterId, index, policy, resourceId);
  if (job === null || taking?.take !== 'taken') return null;
  // Nothing is due of a volume that the engine passes over: `detached-volume` speaks of it.
  return { ...job, scope: 'whole', pausedSince: job.pausedSince ?? taking.detachedSince ?? null };
}

function common(clusterId: string, policy: JudgedPolicy) {
  const { engine, policyId, repositoryId, namespace, schedule, scheduleSince } = policy;
  const { pausedSince, removedAt, problem } = policy;
  return {
    clusterId,
    engine,
    policyId,
    repositoryId,
    namespace,
    schedule,
    scheduleSince,
    removedAt,
    problem,
    policy: nameOf(policy),
    pausedSince: policy.paused ? (pausedSince ?? scheduleSince) : null,
    source: `${policy.kind} ${nameOf(policy)}`,
  };
}

/** The one claim a policy names; null when it takes more, or selects them. */
export function onlyClaimOf(clusterId: string, { selection }: JudgedPolicy): string | null {
  if (selection.type !== 'claims' || selection.names.length !== 1) return null;
  const { namespace, names } = selection;
  return resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name: names[0]! });
}

function objectiveOf(index: InventoryIndex, resourceId: string | null): number | null {
  return resourceId === null ? null : (index.objectives.get(resourceId)?.rpo?.seconds ?? null);
}
