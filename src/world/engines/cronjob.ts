import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { dueAt, nextDue } from '../home/cadence.ts';
import { createRandom, uuidOf } from '../home/random.ts';
import { runModelOf } from '../home/run-model.ts';
import {
  objectOf,
  put,
  remove,
  timestamp,
  type WorldEvent,
  type WorldFrame,
} from '../home/world-event.ts';
import type { EngineFaultScript, EnginePolicyPlan } from './workload.ts';

/** `orphaned`: the pod waits for the claim that is gone, so the Job never ends. */
const PLAYED = new Set<EngineFaultScript>([
  'failing',
  'never-succeeded',
  'stopped',
  'suspended',
  'stuck',
  'slow',
  'overrun',
  'orphaned',
]);
/** Kubernetes keeps three Jobs that succeeded and one that failed. */
const KEPT = { succeeded: 3, failed: 1 };
const BACKOFF_LIMIT = 3;

interface State {
  active: WorldObject | null;
  lastScheduleTime: number | null;
  lastSuccessfulTime: number | null;
}

function jobSpec(plan: EnginePolicyPlan): Json {
  const volumes = plan.claims.map(({ name }) => ({
    name,
    persistentVolumeClaim: { claimName: name },
  }));
  const volumeMounts = volumes.map(({ name }) => ({
    name,
    mountPath: `/source/${name}`,
    readOnly: true,
  }));
  const image = 'restic/restic:0.18.1';
  const container = { name: 'backup', image, args: ['backup', '/source'], volumeMounts };
  return {
    backoffLimit: BACKOFF_LIMIT,
    completions: 1,
    parallelism: 1,
    template: { spec: { restartPolicy: 'Never', containers: [container], volumes } },
  };
}

function cronJobObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  state: State,
  suspend: boolean,
): WorldObject {
  const { name, namespace, createdAt } = plan;
  const uid = uuidOf(frame.seed, 'cronjobs', namespace, name);
  const { active, lastScheduleTime, lastSuccessfulTime } = state;
  return objectOf(
    'batch/v1',
    'CronJob',
    { name, namespace, uid, createdAt, labels: { 'plimsoll.dev/backup': 'true' } },
    {
      spec: {
        schedule: plan.cadence.expression,
        timeZone: 'Etc/UTC',
        concurrencyPolicy: 'Forbid',
        suspend,
        successfulJobsHistoryLimit: KEPT.succeeded,
        failedJobsHistoryLimit: KEPT.failed,
        jobTemplate: { spec: jobSpec(plan) },
      },
      status: {
        ...(active && {
          active: [
            {
              apiVersion: 'batch/v1',
              kind: 'Job',
              name: active.metadata.name,
              namespace,
              uid: active.metadata.uid,
            },
          ],
        }),
        ...(lastScheduleTime !== null && { lastScheduleTime: timestamp(lastScheduleTime) }),
        ...(lastSuccessfulTime !== null && { lastSuccessfulTime: timestamp(lastSuccessfulTime) }),
      },
    },
  );
}

/** A CronJob's Jobs are named by the minute they were due. */
function jobObject(
  frame: WorldFrame,
  plan: EnginePolicyPlan,
  due: number,
  status: Json,
): WorldObject {
  const { namespace } = plan;
  const name = `${plan.name}-${Math.floor(due / MINUTE_MS)}`;
  const owner = {
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    name: plan.name,
    uid: uuidOf(frame.seed, 'cronjobs', namespace, plan.name),
    controller: true,
    blockOwnerDeletion: true,
  };
  const annotations = { 'batch.kubernetes.io/cronjob-scheduled-timestamp': timestamp(due) };
  const uid = uuidOf(frame.seed, 'jobs', namespace, name);
  return objectOf(
    'batch/v1',
    'Job',
    { name, namespace, uid, createdAt: due, annotations, ownerReferences: [owner] },
    { spec: jobSpec(plan), status },
  );
}

function ended(start: number, end: number, fails: boolean): Json {
  const at = timestamp(end);
  const because = fails
    ? {
        reason: 'BackoffLimitExceeded',
        message: 'Job has reached the specified backoff limit',
      }
    : {
        reason: 'CompletionsReached',
        message: 'Reached expected number of succeeded pods',
      };
  const condition = (type: string) => ({
    type,
    status: 'True',
    lastProbeTime: at,
    lastTransitionTime: at,
    ...because,
  });
  const types = fails ? ['FailureTarget', 'Failed'] : ['SuccessCriteriaMet', 'Complete'];
  return {
    startTime: timestamp(start),
    ready: 0,
    terminating: 0,
    conditions: types.map(condition),
    ...(fails ? { failed: BACKOFF_LIMIT + 1 } : { succeeded: 1, completionTime: at }),
  };
}

/** One CronJob's life: its Jobs, one at a time, and their removal by the history limits. */
export function* cronjobPolicy(frame: WorldFrame, plan: EnginePolicyPlan): Generator<WorldEvent> {
  const { cadence, fault, createdAt } = plan;
  const [first] = plan.claims;
  if (first === undefined) throw new Error(`CronJob ${plan.name} has no claim`);
  if (fault !== null && !PLAYED.has(fault.script))
    throw new Error(`a CronJob plays no fault ${fault.script}`);
  const state: State = { active: null, lastScheduleTime: null, lastSuccessfulTime: null };
  const kept: Record<keyof typeof KEPT, WorldObject[]> = { succeeded: [], failed: [] };
  const tell = (at: number, suspend = false): WorldEvent =>
    put(at, 'cronjobs', cronJobObject(frame, plan, state, suspend));

  yield tell(createdAt);
  let free = createdAt;
  for (;;) {
    const at = dueAt(cadence, nextDue(cadence, free));
    const script = fault !== null && at >= fault.since ? fault.script : null;
    if (script === 'stopped') return;
    if (fault !== null && script === 'suspended') {
      yield tell(Math.max(free, fault.since), true);
      return;
    }
    const slow = script === 'slow' || script === 'overrun' ? script : null;
    const run = runModelOf(frame, first, { at, periodMs: cadence.periodMs }, slow);
    const start = at + SECOND_MS;
    const running = jobObject(frame, plan, at, {
      startTime: timestamp(start),
      active: 1,
      ready: script === 'stuck' || script === 'orphaned' ? 0 : 1,
      terminating: 0,
    });
    state.active = running;
    state.lastScheduleTime = at;
    yield put(at, 'jobs', jobObject(frame, plan, at, {}));
    yield put(start, 'jobs', running);
    yield tell(start);
    if (script === 'stuck' || script === 'orphaned') return;
    const fails = script === 'failing' || script === 'never-succeeded';
    const tries = createRandom(frame.seed, 'job-failure', plan.name, at).int(6, 9) * MINUTE_MS;
    const end = start + (fails ? tries : run.durationMs);
    const job = jobObject(frame, plan, at, ended(start, end, fails));
    yield put(end, 'jobs', job);
    state.active = null;
    if (!fails) state.lastSuccessfulTime = end;
    yield tell(end + SECOND_MS);
    const history = kept[fails ? 'failed' : 'succeeded'];
    history.push(job);
    if (history.length > KEPT[fails ? 'failed' : 'succeeded'])
      yield remove(end + SECOND_MS, 'jobs', history.shift()!);
    free = end + SECOND_MS;
  }
}
