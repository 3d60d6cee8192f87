import type { Json, WorldObject } from '../api/world-object.ts';
import type { Random } from '../home/random.ts';
import { uuidOf } from '../home/random.ts';
import type { RunModel } from '../home/run-model.ts';
import { objectOf, timestamp, type WorldFrame } from '../home/world-event.ts';
import type { EnginePolicyPlan } from './workload.ts';

const GROUP = 'kopiur.home-operations.com';
export const PLURALS = {
  repository: `repositories.${GROUP}`,
  maintenance: `maintenances.${GROUP}`,
  policy: `snapshotpolicies.${GROUP}`,
  schedule: `snapshotschedules.${GROUP}`,
  snapshot: `snapshots.${GROUP}`,
} as const;

interface Identity {
  kind: string;
  plural: string;
  name: string;
  createdAt: number;
  more?: Json;
}

function made(
  frame: WorldFrame,
  { namespace }: EnginePolicyPlan,
  { kind, plural, name, createdAt, more = {} }: Identity,
  content: Json,
): WorldObject {
  const uid = uuidOf(frame.seed, plural, namespace, name);
  const metadata = { name, namespace, uid, createdAt, ...more };
  return objectOf(`${GROUP}/v1alpha1`, kind, metadata, content);
}

/** Each policy has a repository of its own, named after it. */
const repositoryOf = ({ name }: EnginePolicyPlan): Json => ({ kind: 'Repository', name });

const condition = (type: string, ok: boolean, reason: string, message: string, at: number) => ({
  type,
  status: ok ? 'True' : 'False',
  reason,
  message,
  lastTransitionTime: timestamp(at),
});

export const OUT_OF_REACH = 'cannot open storage: dial tcp 192.168.1.20:445: i/o timeout';

interface RepositoryState {
  at: number;
  reachable: boolean;
  snapshots: number;
  indexBlobs: number;
}

/** kopiur's own limit. */
const HEALTHY_INDEX = 1_000;

function indexCondition(blobs: number, at: number, since: number) {
  if (blobs <= HEALTHY_INDEX) return condition('IndexBlobHealth', true, 'Healthy', '', since);
  const message = `Found too many index blobs (${blobs}), this may result in degraded performance`;
  return condition('IndexBlobHealth', false, 'TooManyIndexBlobs', message, at);
}

export function repositoryObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  { at, reachable, snapshots, indexBlobs }: RepositoryState,
): WorldObject {
  const { name, createdAt } = plan;
  const message = reachable ? 'repository connected' : OUT_OF_REACH;
  return made(
    frame,
    plan,
    { kind: 'Repository', plural: PLURALS.repository, name, createdAt },
    {
      spec: {
        backend: {
          filesystem: { path: '/repo', volume: { nfs: { server: 'nas', path: '/kopia' } } },
        },
        encryption: { passwordSecretRef: { name: `${name}-kopia`, key: 'KOPIA_PASSWORD' } },
      },
      status: {
        phase: reachable ? 'Ready' : 'Failed',
        storageStats: {
          snapshotCount: snapshots,
          indexBlobCount: indexBlobs,
          lastObservedAt: timestamp(at),
        },
        conditions: [
          condition(
            'Connected',
            reachable,
            reachable ? 'Connected' : 'RepositoryUnavailable',
            message,
            at,
          ),
          condition('MaintenanceOwned', true, 'Owned', '', plan.createdAt),
          indexCondition(indexBlobs, at, plan.createdAt),
        ],
      },
    },
  );
}

export function maintenanceObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  { at, failures }: { at: number; failures: number },
): WorldObject {
  const { name, createdAt } = plan;
  return made(
    frame,
    plan,
    { kind: 'Maintenance', plural: PLURALS.maintenance, name, createdAt },
    {
      spec: {
        repository: repositoryOf(plan),
        schedule: {
          quick: { cron: '0 */6 * * *', jitter: '30m' },
          full: { cron: '0 3 * * *', jitter: '1h' },
        },
        ownership: { owner: `kopiur/${plan.namespace}/${name}` },
      },
      status: {
        quick: { lastRunAt: timestamp(at), consecutiveFailures: 0 },
        full: { lastRunAt: timestamp(at), consecutiveFailures: failures },
        conditions: [condition('LeaseOwned', true, 'Owned', '', createdAt)],
      },
    },
  );
}

export function policyObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  lastSuccess: number | null,
): WorldObject {
  const { name, namespace, createdAt, claims } = plan;
  const resolved = claims.map((claim) => ({
    pvc: `${namespace}/${claim.name}`,
    sourcePath: `/pvc/${claim.name}`,
  }));
  return made(
    frame,
    plan,
    { kind: 'SnapshotPolicy', plural: PLURALS.policy, name, createdAt },
    {
      spec: {
        repository: repositoryOf(plan),
        sources: claims.map((claim) => ({ pvc: { name: claim.name } })),
        copyMethod: 'Snapshot',
        identity: { username: name, hostname: namespace },
        retention: { keepLatest: 3, keepHourly: 24, keepDaily: 7, keepWeekly: 4 },
      },
      status: {
        ...(lastSuccess !== null && { lastSuccessfulSnapshot: timestamp(lastSuccess) }),
        resolved: { identity: { username: name, hostname: namespace }, sources: resolved },
      },
    },
  );
}

export interface Slots {
  last: { at: number; snapshot: string } | null;
  next: number;
  failures: number;
  suspended: boolean;
}

export function scheduleObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  { last, next, failures, suspended }: Slots,
): WorldObject {
  const { createdAt, cadence } = plan;
  const name = scheduleName(plan);
  return made(
    frame,
    plan,
    { kind: 'SnapshotSchedule', plural: PLURALS.schedule, name, createdAt },
    {
      spec: {
        policyRef: { name: plan.name },
        schedule: {
          cron: cadence.expression,
          timezone: 'UTC',
          concurrencyPolicy: 'Forbid',
          ...(suspended && { suspend: true }),
        },
        failedJobsHistoryLimit: 10,
      },
      status: {
        ...(last && {
          lastSchedule: { at: timestamp(last.at), snapshotRef: { name: last.snapshot } },
        }),
        nextSchedule: { at: timestamp(next), timezone: 'UTC' },
        consecutiveFailures: failures,
      },
    },
  );
}

const scheduleName = ({ name, cadence }: EnginePolicyPlan): string => `${name}-${cadence.name}`;

/** As kopiur names what a schedule makes: by the minute of the slot. */
export const snapshotName = (plan: EnginePolicyPlan, at: number): string =>
  `${scheduleName(plan)}-${Math.floor(at / 60_000)}`;

export function snapshotObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  { at, createdAt }: { at: number; createdAt: number },
  status: Json,
): WorldObject {
  const name = snapshotName(plan, at);
  const labels = {
    [`${GROUP}/origin`]: 'scheduled',
    [`${GROUP}/schedule`]: scheduleName(plan),
  };
  const identity = {
    kind: 'Snapshot',
    plural: PLURALS.snapshot,
    name,
    createdAt,
    more: { labels },
  };
  return made(frame, plan, identity, {
    spec: { policyRef: { name: plan.name } },
    status: { origin: 'scheduled', ...status },
  });
}

export const resolvedOf = (plan: EnginePolicyPlan): Json => ({
  repository: repositoryOf(plan),
  sources: plan.claims.map(({ name }) => ({
    pvc: `${plan.namespace}/${name}`,
    sourcePath: `/pvc/${name}`,
  })),
});

/** The figures of a snapshot of all claims together. */
export function statsOf(runs: RunModel[], random: Random, filesFailed: number): Json {
  const sum = (figure: (run: RunModel) => number) =>
    runs.reduce((total, run) => total + figure(run), 0);
  const files = sum((run) => run.files);
  const [fresh, modified] = [random.int(1, 40), random.int(0, 25)];
  return {
    sizeBytes: sum((run) => run.logicalBytes),
    bytesNew: sum((run) => run.storedBytes),
    filesNew: Math.min(files, fresh),
    filesModified: Math.min(Math.max(0, files - fresh), modified),
    filesUnchanged: Math.max(0, files - fresh - modified - filesFailed),
    filesFailed,
  };
}

export const NO_STATS: Json = {
  sizeBytes: 0,
  bytesNew: 0,
  filesNew: 0,
  filesModified: 0,
  filesUnchanged: 0,
  filesFailed: 0,
};
