import {
  emptyBatch,
  type FactBatch,
  type PolicyFact,
  type ResourceFact,
  type RestorePointFact,
  type RunFact,
  type RunVolumeFact,
} from '../src/domain/facts.ts';
import { idOf } from '../src/domain/id.ts';

/**
 * The bench's world: one cluster of 200 claims, each with a policy and 400 days of runs, one in fifty failed. Runs of the
 * last ten policies name no claim, and those of the ten before list it among their volumes.
 */
export const CLUSTER = 'bench-cluster';
export const POLICIES = 200;
export const NAMESPACES = 25;
const TOGETHER_FROM = POLICIES - 10;
const LISTED_FROM = POLICIES - 20;
const DAYS = 400;
const DAY_MS = 86_400_000;
const FIRST_DAY = Date.UTC(2025, 9, 1);

export function dayOf(day: number): Date {
  return new Date(FIRST_DAY + (day % DAYS) * DAY_MS);
}

export function lastDay(): Date {
  return new Date(FIRST_DAY + DAYS * DAY_MS);
}

export function namespaceOf(policy: number): string {
  return `ns-${policy % NAMESPACES}`;
}

export function inventoryBatch(): FactBatch {
  const batch = emptyBatch(CLUSTER, dayOf(0));
  const each = Array.from({ length: POLICIES }, (_, index) => index);
  batch.resources = each.map(aClaim);
  batch.policies = each.map(aPolicy);
  return batch;
}

/** `count` points in all: every policy's newest, one a day. */
export function restorePoints(count: number, runs: number): RestorePointFact[] {
  return Array.from({ length: count }, (_, index) => ({
    restorePointId: idOf('point', String(index)),
    engine: 'volsync',
    policyId: `policy-${index % POLICIES}`,
    repositoryId: null,
    resourceId: namedBy(index % POLICIES),
    runId: idOf('bench', String(runs - POLICIES - index + 2 * (index % POLICIES))),
    takenAt: new Date(lastDay().getTime() - Math.floor(index / POLICIES) * DAY_MS),
    expiresAt: null,
    handle: idOf('snapshot', String(index)).slice(0, 8),
    logicalBytes: 4_000_000_000,
  }));
}

/** Runs `first` to `first + count` of `runs` that lie evenly in the 400 days. */
export function someRuns(first: number, count: number, runs: number): RunFact[] {
  const stepMs = (DAYS * DAY_MS) / runs;
  return Array.from({ length: count }, (_, index) => aRun(first + index, stepMs));
}

/** What lists the claim among several, of the runs that do. */
export function volumesOf(runs: readonly RunFact[]): RunVolumeFact[] {
  return runs.flatMap((run) => {
    const policy = Number(run.policyId?.replace('policy-', ''));
    if (policy < LISTED_FROM || policy >= TOGETHER_FROM) return [];
    const { runId, runDay, outcome, startedAt, endedAt, logicalBytes, addedBytes } = run;
    const part = { runId, runDay, outcome, startedAt, endedAt, logicalBytes, addedBytes };
    return [{ ...part, resourceId: `resource-${policy}`, snapshotId: null, message: null }];
  });
}

/** The claim that runs and points of a policy name; null: they are of several. */
function namedBy(policy: number): string | null {
  return policy < LISTED_FROM ? `resource-${policy}` : null;
}

function aClaim(index: number): ResourceFact {
  return {
    resourceId: `resource-${index}`,
    kind: 'PersistentVolumeClaim',
    namespace: namespaceOf(index),
    name: `app-${index}`,
    uid: `uid-${index}`,
    createdAt: dayOf(0),
    labels: { app: `app-${index}` },
    annotations: {},
    app: `Deployment/app-${index}`,
    claim: {
      phase: 'Bound',
      storageClass: 'fast',
      requestedBytes: 10_000_000_000,
      capacityBytes: 10_000_000_000,
      volumeName: `pv-${index}`,
      accessModes: ['ReadWriteOnce'],
      dataSource: null,
      temporary: false,
      mounts: [],
    },
  };
}

function aPolicy(index: number): PolicyFact {
  return {
    policyId: `policy-${index}`,
    engine: 'volsync',
    kind: 'ReplicationSource',
    namespace: namespaceOf(index),
    name: `app-${index}`,
    uid: `policy-uid-${index}`,
    createdAt: dayOf(0),
    labels: {},
    schedule: { type: 'cron', expression: '0 * * * *', timeZone: 'UTC', dialect: 'volsync' },
    paused: false,
    selection:
      index < TOGETHER_FROM
        ? { type: 'claims', namespace: namespaceOf(index), names: [`app-${index}`] }
        : {
            type: 'labels',
            namespace: namespaceOf(index),
            matchLabels: { app: `app-${index}` },
          },
    method: 'restic',
    repositoryId: null,
    keep: { daily: 7 },
    problem: null,
    lastSuccessAt: lastDay(),
    memory: null,
  };
}

function aRun(index: number, stepMs: number): RunFact {
  const startedAt = new Date(Math.floor(FIRST_DAY + index * stepMs));
  const failed = index % 50 === 0;
  const policy = index % POLICIES;
  return {
    runId: idOf('bench', String(index)),
    runDay: startedAt.toISOString().slice(0, 10),
    engine: 'volsync',
    policyId: `policy-${policy}`,
    resourceId: namedBy(policy),
    namespace: namespaceOf(policy),
    name: `app-${policy}`,
    startedAt,
    endedAt: new Date(startedAt.getTime() + 90_000),
    outcome: failed ? 'failed' : 'success',
    durationSeconds: 90,
    logicalBytes: 4_000_000_000 + index,
    addedBytes: 1_000_000 + index,
    storedBytes: 900_000 + index,
    files: 12_000,
    snapshotId: failed ? null : idOf('snapshot', String(index)).slice(0, 8),
    warnings: null,
    errors: null,
    errorText: failed ? 'unable to create lock in backend' : null,
    fullRead: false,
    unlistedVolumes: policy >= LISTED_FROM && policy < TOGETHER_FROM ? 'not-taken' : null,
  };
}
