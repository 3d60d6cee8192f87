import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { cadenceOf, dueAt, nextDue } from '../home/cadence.ts';
import { createRandom } from '../home/random.ts';
import { runModelOf } from '../home/run-model.ts';
import {
  inOrder,
  put,
  remove,
  timestamp,
  type WorldEvent,
  type WorldFrame,
} from '../home/world-event.ts';
import {
  maintenanceObject,
  NO_STATS,
  OUT_OF_REACH,
  PLURALS,
  policyObject,
  repositoryObject,
  resolvedOf,
  scheduleObject,
  snapshotName,
  snapshotObject,
  statsOf,
  type Slots,
} from './kopiur-objects.ts';
import type { EngineFaultScript, EnginePolicyPlan } from './workload.ts';

/** One SnapshotPolicy with its schedule, repository and maintenance; several claims go into one Snapshot. */
export type KopiurPlan = EnginePolicyPlan;
type Batch = { from: number; events: WorldEvent[] };

const PLAYED: ReadonlySet<EngineFaultScript> = new Set([
  'failing',
  'never-succeeded',
  'empty',
  'partial',
  'stopped',
  'suspended',
  'stuck',
  'shrunk',
  'slow',
  'overrun',
  'orphaned',
  'repository-unavailable',
  'maintenance-failing',
  'index-growing',
] as const);
/** Snapshots kept, and the failed ones beside them. */
const RETAINED = 24;
const FAILED_KEPT = 10;
const CARE = cadenceOf('daily', 20, 3);
/** Above a thousand kopiur calls it unhealthy. */
const GROWN_INDEX = 1_599;
const USUAL_INDEX = 60;
const EMPTY_RUN_MS = 14 * SECOND_MS;

/** What is there between two events. */
interface Life {
  frame: WorldFrame;
  plan: KopiurPlan;
  slots: Slots;
  lastSuccess: number | null;
  good: WorldObject[];
  bad: WorldObject[];
  /** Under `Forbid` a slot passes while a run is under way. */
  busyUntil: number;
  careFailures: number;
  indexBlobs: number;
  reachable: boolean;
}

/** One policy's life: a Snapshot per slot, what retention takes, the repository's state. Throws for other faults. */
export function kopiurPolicy(frame: WorldFrame, plan: KopiurPlan): Generator<WorldEvent> {
  const script = plan.fault?.script;
  if (script !== undefined && !PLAYED.has(script))
    throw new Error(`kopiur cannot play the fault ${script}`);
  return inOrder(batches(born(frame, plan)));
}

function born(frame: WorldFrame, plan: KopiurPlan): Life {
  const next = dueAt(plan.cadence, nextDue(plan.cadence, plan.createdAt));
  return {
    frame,
    plan,
    slots: { last: null, next, failures: 0, suspended: false },
    lastSuccess: null,
    good: [],
    bad: [],
    busyUntil: plan.createdAt,
    careFailures: 0,
    indexBlobs: USUAL_INDEX,
    reachable: true,
  };
}

function* batches(life: Life): Generator<Batch> {
  const { frame, plan } = life;
  const { cadence, createdAt } = plan;
  yield {
    from: createdAt,
    events: [
      repositoryEvent(life, createdAt),
      put(
        createdAt,
        PLURALS.maintenance,
        maintenanceObject(frame, plan, { at: createdAt, failures: 0 }),
      ),
      put(createdAt, PLURALS.policy, policyObject(frame, plan, null)),
      scheduleEvent(life, createdAt),
    ],
  };
  let care = nextDue(CARE, createdAt);
  for (let due = nextDue(cadence, createdAt); ; due += 1) {
    const at = dueAt(cadence, due);
    for (; dueAt(CARE, care) <= at; care += 1) {
      const careAt = dueAt(CARE, care);
      yield { from: careAt, events: maintain(life, careAt) };
    }
    const script = struckBy(plan, at);
    life.slots = { ...life.slots, next: dueAt(cadence, due + 1) };
    if (script === 'stopped') continue;
    yield { from: at, events: slot(life, at, script) };
  }
}

function struckBy({ fault }: KopiurPlan, at: number): EngineFaultScript | null {
  if (fault === null) return null;
  return at >= fault.since || fault.script === 'never-succeeded' ? fault.script : null;
}

function slot(life: Life, at: number, script: EngineFaultScript | null): WorldEvent[] {
  if (script === 'suspended') return suspend(life, at);
  if (life.busyUntil > at) return [];
  return script === 'stuck' ? stuck(life, at) : run(life, at, script);
}

/** Told once: a suspended schedule changes no more. */
function suspend(life: Life, at: number): WorldEvent[] {
  if (life.slots.suspended) return [];
  life.slots = { ...life.slots, suspended: true };
  return [scheduleEvent(life, at)];
}

function stuck(life: Life, at: number): WorldEvent[] {
  life.busyUntil = Infinity;
  return begin(life, at, at + 2 * SECOND_MS);
}

/** The Snapshot of a slot, pending and then running. */
function begin(life: Life, at: number, createdAt: number): WorldEvent[] {
  const { frame, plan } = life;
  life.slots = { ...life.slots, last: { at, snapshot: snapshotName(plan, at) } };
  const object = (status: Json) => snapshotObject(frame, plan, { at, createdAt }, status);
  const startTime = timestamp(createdAt + 3 * SECOND_MS);
  const running = { phase: 'Running', timing: { startTime }, resolved: resolvedOf(plan) };
  return [
    put(createdAt, PLURALS.snapshot, object({ phase: 'Pending' })),
    scheduleEvent(life, createdAt),
    put(createdAt + 3 * SECOND_MS, PLURALS.snapshot, object(running)),
  ];
}

function run(life: Life, at: number, script: EngineFaultScript | null): WorldEvent[] {
  const { frame, plan } = life;
  const random = createRandom(frame.seed, 'kopiur', plan.namespace, plan.name, at);
  const createdAt = at + random.int(1, 4) * SECOND_MS;
  const startedAt = createdAt + 3 * SECOND_MS;
  const end = endOf(life, at, script, random);
  const endedAt = startedAt + Math.ceil(end.durationMs / SECOND_MS) * SECOND_MS;
  life.busyUntil = endedAt;
  const events = begin(life, at, createdAt);
  const durationSeconds = (endedAt - startedAt) / SECOND_MS;
  const timing = { startTime: timestamp(startedAt), endTime: timestamp(endedAt), durationSeconds };
  const status = { timing, resolved: resolvedOf(plan), ...end.status };
  const object = snapshotObject(frame, plan, { at, createdAt }, status);
  events.push(put(endedAt, PLURALS.snapshot, object));
  if (end.good) {
    life.lastSuccess = endedAt;
    events.push(put(endedAt, PLURALS.policy, policyObject(frame, plan, endedAt)));
  }
  life.slots = { ...life.slots, failures: end.good ? 0 : life.slots.failures + 1 };
  return [...events, scheduleEvent(life, endedAt), ...retain(life, object, end.good, endedAt)];
}

interface End {
  good: boolean;
  durationMs: number;
  status: Json;
}

function endOf(
  { frame, plan }: Life,
  at: number,
  script: EngineFaultScript | null,
  random: ReturnType<typeof createRandom>,
): End {
  const failure = script === null ? undefined : FAILURES[script];
  if (failure !== undefined) {
    const status = { phase: 'Failed', failure, job: { attempts: 3 }, logTail: failure.stderrTail };
    return { good: false, durationMs: random.int(70, 260) * SECOND_MS, status };
  }
  const drawn = script === 'shrunk' || script === 'slow' || script === 'overrun' ? script : null;
  const { periodMs } = plan.cadence;
  const runs = plan.claims.map((claim) => runModelOf(frame, claim, { at, periodMs }, drawn));
  const empty = script === 'empty';
  const durationMs = empty ? EMPTY_RUN_MS : runs.reduce((sum, one) => sum + one.durationMs, 0);
  const stats = empty
    ? NO_STATS
    : statsOf(runs, random, script === 'partial' ? random.int(2, 9) : 0);
  const identity = {
    username: plan.name,
    hostname: plan.namespace,
    sourcePath: `/pvc/${plan.claims[0]?.name ?? ''}`,
  };
  const snapshot = { kopiaSnapshotID: random.hex(32), identity };
  return {
    good: true,
    durationMs,
    status: { phase: 'Succeeded', stats, snapshot, job: { attempts: 1 } },
  };
}

/** How kopiur tells of each failure. */
const FAILURES: Partial<Record<EngineFaultScript, Json & { stderrTail: string }>> = {
  failing: failureOf(
    'AuthFailure',
    'ERROR error connecting to repository: invalid repository password',
  ),
  'never-succeeded': failureOf(
    'AuthFailure',
    'ERROR error connecting to repository: invalid repository password',
  ),
  'repository-unavailable': failureOf('RepositoryUnavailable', OUT_OF_REACH),
  orphaned: failureOf('SourceUnavailable', 'the source PersistentVolumeClaim does not exist'),
};

function failureOf(kopiaErrorClass: string, stderrTail: string): Json & { stderrTail: string } {
  return { kopiaErrorClass, message: stderrTail, stderrTail, exitCode: 1, retryRecommended: false };
}

/** What retention and the history limit take when a Snapshot has ended. */
function retain(life: Life, object: WorldObject, good: boolean, at: number): WorldEvent[] {
  const kept = good ? life.good : life.bad;
  kept.push(object);
  const gone = kept.splice(0, Math.max(0, kept.length - (good ? RETAINED : FAILED_KEPT)));
  return gone.map((one) => remove(at + 5 * SECOND_MS, PLURALS.snapshot, one));
}

/** The daily full maintenance, and how the repository looks after it. */
function maintain(life: Life, at: number): WorldEvent[] {
  const { frame, plan } = life;
  const script = struckBy(plan, at);
  const reachable = script !== 'repository-unavailable';
  const fails = script === 'maintenance-failing' || !reachable;
  life.careFailures = fails ? life.careFailures + 1 : 0;
  life.indexBlobs = script === 'index-growing' ? GROWN_INDEX : USUAL_INDEX;
  const done = at + 7 * MINUTE_MS;
  const care = maintenanceObject(frame, plan, { at: done, failures: life.careFailures });
  const repository = reachable || life.reachable ? [repositoryEvent(life, done, reachable)] : [];
  life.reachable = reachable;
  return [put(done, PLURALS.maintenance, care), ...repository];
}

function repositoryEvent(life: Life, at: number, reachable = true): WorldEvent {
  const { frame, plan, good } = life;
  const state = { at, reachable, snapshots: good.length, indexBlobs: life.indexBlobs };
  return put(at, PLURALS.repository, repositoryObject(frame, plan, state));
}

function scheduleEvent({ frame, plan, slots }: Life, at: number): WorldEvent {
  return put(at, PLURALS.schedule, scheduleObject(frame, plan, slots));
}
