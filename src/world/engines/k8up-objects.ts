import type { Json, WorldObject } from '../api/world-object.ts';
import { uuidOf } from '../home/random.ts';
import { objectOf, timestamp, type WorldFrame } from '../home/world-event.ts';
import type { EnginePolicyPlan, Workload } from './workload.ts';

export const PLURALS = {
  schedule: 'schedules.k8up.io',
  backup: 'backups.k8up.io',
  prune: 'prunes.k8up.io',
  check: 'checks.k8up.io',
  snapshot: 'snapshots.k8up.io',
} as const;

/** What K8up makes by itself and works off. */
export type WorkKind = 'Backup' | 'Prune' | 'Check';
export type WorkEnd = 'Succeeded' | 'Failed';

export const repositoryOf = ({ namespace }: EnginePolicyPlan): string =>
  `s3:https://s3.example.net/k8up-${namespace}`;

const backendOf = ({ namespace }: EnginePolicyPlan): Json => ({
  repoPasswordSecretRef: { name: 'backup-repo', key: 'password' },
  s3: {
    endpoint: 'https://s3.example.net',
    bucket: `k8up-${namespace}`,
    accessKeyIDSecretRef: { name: 'backup-credentials', key: 'username' },
    secretAccessKeySecretRef: { name: 'backup-credentials', key: 'password' },
  },
});

export function scheduleObject(frame: WorldFrame, plan: EnginePolicyPlan): WorldObject {
  const { name, namespace, createdAt, cadence } = plan;
  const uid = uuidOf(frame.seed, PLURALS.schedule, namespace, name);
  return objectOf(
    'k8up.io/v1',
    'Schedule',
    { name, namespace, uid, createdAt },
    {
      spec: {
        backend: backendOf(plan),
        backup: { schedule: cadence.expression, failedJobsHistoryLimit: 3, keepJobs: 3 },
        check: { schedule: '@weekly-random' },
        prune: { schedule: '@weekly-random', retention: { keepLast: 3, keepDaily: 7 } },
      },
      status: {
        effectiveSchedules: [
          { jobType: 'check', generatedSchedule: '40 5 * * 1' },
          { jobType: 'prune', generatedSchedule: '30 4 * * 0' },
        ],
      },
    },
  );
}

/** A Backup, Check or Prune; without `status` K8up has not taken it up yet. */
export function workObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  kind: WorkKind,
  createdAt: number,
  status: Json | null,
): WorldObject {
  const { namespace } = plan;
  const type = kind.toLowerCase();
  const plural = `${type}s.k8up.io`;
  const scheduleUid = uuidOf(frame.seed, PLURALS.schedule, namespace, plan.name);
  const suffix = uuidOf(frame.seed, plural, namespace, plan.name, createdAt).slice(0, 5);
  const name = `${plan.name}-${type}-${suffix}`;
  const owner = { apiVersion: 'k8up.io/v1', kind: 'Schedule', name: plan.name, uid: scheduleUid };
  return objectOf(
    'k8up.io/v1',
    kind,
    {
      name,
      namespace,
      uid: uuidOf(frame.seed, plural, namespace, name),
      createdAt,
      labels: { 'k8up.io/type': type, 'k8up.io/schedule-name': plan.name },
      ownerReferences: [{ ...owner, controller: true }],
    },
    { spec: { backend: backendOf(plan) }, ...(status && { status }) },
  );
}

const condition = (type: string, status: string, reason: string, message: string, at: number) => ({
  type,
  status,
  reason,
  message,
  lastTransitionTime: timestamp(at),
});

export function startedStatus(at: number): Json {
  return {
    started: true,
    conditions: [
      condition('Ready', 'True', 'Ready', 'created job', at),
      condition('Progressing', 'True', 'Started', 'The job is progressing', at),
    ],
  };
}

export function endedStatus(end: WorkEnd, name: string, at: number): Json {
  const how = end === 'Succeeded' ? 'succeeded' : 'ended in failure';
  return {
    started: true,
    finished: true,
    conditions: [
      condition('Progressing', 'False', 'Finished', `the job '${name}' ${how}`, at),
      condition('Completed', 'True', end, `the job '${name}' ${how}`, at),
    ],
  };
}

/** Named after the restic snapshot, as K8up mirrors it. */
export function snapshotObject(
  plan: EnginePolicyPlan,
  claim: Workload,
  taken: { at: number; seenAt: number; id: string },
): WorldObject {
  const { namespace } = plan;
  const name = taken.id.slice(0, 8);
  return objectOf(
    'k8up.io/v1',
    'Snapshot',
    { name, namespace, uid: uuidOf(taken.id), createdAt: taken.seenAt },
    {
      spec: {
        id: taken.id,
        date: timestamp(taken.at),
        paths: [`/data/${claim.name}`],
        repository: repositoryOf(plan),
      },
    },
  );
}
