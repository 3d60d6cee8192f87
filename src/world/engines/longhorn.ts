import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { dueAt, nextDue } from '../home/cadence.ts';
import { createRandom } from '../home/random.ts';
import { logicalBytesAt, runModelOf } from '../home/run-model.ts';
import { inOrder, put, remove, type WorldEvent, type WorldFrame } from '../home/world-event.ts';
import {
  backupObject,
  jobObject,
  PLURALS,
  RETAINED,
  snapshotObject,
  targetObject,
  UNREACHABLE,
  volumeObject,
  type BackupState,
  type ChainSnapshot,
  type VolumeState,
} from './longhorn-objects.ts';
import type { EngineFaultScript, EnginePolicyPlan, Workload } from './workload.ts';

export type LonghornPlan = EnginePolicyPlan;
type Batch = { from: number; events: WorldEvent[] };

const PLAYED: ReadonlySet<EngineFaultScript> = new Set([
  'failing',
  'never-succeeded',
  'empty',
  'stopped',
  'stuck',
  'shrunk',
  'slow',
  'overrun',
  'repository-unavailable',
  'detached',
] as const);
/** In so many runs nothing was written since the last one, and Longhorn makes no backup (FM-24). */
const IDLE_SHARE = 0.06;
/** A failed Backup object is removed soon after (FM-23). */
const ERROR_KEPT_MS = 40 * MINUTE_MS;
/** An unreachable target is told only after Longhorn’s long tries. */
const UNREACHABLE_AFTER_MS = 25 * MINUTE_MS;
const POLL_MS = 6 * HOUR_MS;

/** A volume as it goes through time. */
interface Life {
  claim: Workload;
  state: VolumeState;
  /** Oldest first. */
  chain: ChainSnapshot[];
  backups: BackupState[];
  busyUntil: number;
}

/**
 * One RecurringJob of the task `backup` with its volumes, snapshots, backups and backup target. Throws for a fault
 * that Longhorn cannot have.
 */
export function longhornJob(frame: WorldFrame, plan: LonghornPlan): Generator<WorldEvent> {
  const script = plan.fault?.script;
  if (script !== undefined && !PLAYED.has(script))
    throw new Error(`Longhorn cannot play the fault ${script}`);
  return inOrder(merged(targetBatches(frame, plan), jobBatches(frame, plan)));
}

/** Two endless series of batches as one, by their beginnings. */
function* merged(left: Generator<Batch>, right: Generator<Batch>): Generator<Batch> {
  let [a, b] = [left.next(), right.next()];
  while (!a.done || !b.done) {
    if (b.done || (!a.done && a.value.from <= b.value.from)) {
      if (!a.done) yield a.value;
      a = left.next();
    } else {
      yield b.value;
      b = right.next();
    }
  }
}

function* targetBatches(frame: WorldFrame, plan: LonghornPlan): Generator<Batch> {
  const broken = plan.fault?.script === 'repository-unavailable' ? plan.fault.since : null;
  let told = false;
  for (let at = plan.createdAt; ; at += POLL_MS) {
    const since = broken !== null && at >= broken ? broken : null;
    const object = targetObject(frame, plan, since ?? at, since);
    if (since === null || !told) yield { from: at, events: [put(at, PLURALS.target, object)] };
    else yield { from: at, events: [] };
    told = since !== null;
  }
}

function* jobBatches(frame: WorldFrame, plan: LonghornPlan): Generator<Batch> {
  const { cadence, createdAt } = plan;
  const lives = plan.claims.map((claim) => born(frame, claim, createdAt));
  const volumes = lives.map((life) => put(createdAt, PLURALS.volume, volumeOf(frame, plan, life)));
  const job = (at: number, count: number) => put(at, PLURALS.job, jobObject(frame, plan, count));
  yield { from: createdAt, events: [...volumes, job(createdAt, 0)] };
  let count = 0;
  for (let due = nextDue(cadence, createdAt); ; due += 1) {
    const at = dueAt(cadence, due);
    const script = struckBy(plan, at);
    if (script === 'stopped') return;
    const free = lives.filter(({ busyUntil }) => busyUntil <= at);
    if (free.length === 0) continue;
    count += 1;
    // Writes of the time before are there long before the job looks.
    const from = Math.max(createdAt, at - cadence.periodMs / 2);
    const released =
      script === 'detached' ? lives.flatMap((life) => detached(frame, plan, life)) : [];
    const runs = free.flatMap((life) => runOf({ frame, plan, life, at, script }));
    const events = [...released, job(at + 2 * SECOND_MS, count), ...runs];
    const first = Math.min(from, ...released.map((event) => event.at));
    yield { from: first, events: events.sort((a, b) => a.at - b.at) };
    if (script === 'stuck') return;
  }
}

function struckBy({ fault }: LonghornPlan, at: number): EngineFaultScript | null {
  if (fault === null) return null;
  return at >= fault.since || fault.script === 'never-succeeded' ? fault.script : null;
}

/** The app behind the volume is gone since the fault began; told once. */
function detached(frame: WorldFrame, plan: LonghornPlan, life: Life): WorldEvent[] {
  if (life.state.detachedSince !== null) return [];
  const since = Math.max(plan.createdAt, plan.fault?.since ?? 0, life.busyUntil);
  life.state = { ...life.state, detachedSince: since };
  return [put(since, PLURALS.volume, volumeOf(frame, plan, life))];
}

function born(frame: WorldFrame, claim: Workload, at: number): Life {
  const actualBytes = logicalBytesAt(frame, claim, at);
  const state = { detachedSince: null, actualBytes, lastBackup: null };
  return { claim, state, chain: [], backups: [], busyUntil: at };
}

const volumeOf = (frame: WorldFrame, plan: LonghornPlan, { claim, state }: Life) =>
  volumeObject(frame, plan, claim, state);

interface Visit {
  frame: WorldFrame;
  plan: LonghornPlan;
  life: Life;
  at: number;
  script: EngineFaultScript | null;
}

/** What one execution does with one volume. */
function runOf(visit: Visit): WorldEvent[] {
  const { frame, plan, life, at, script } = visit;
  if (script === 'detached') return [];
  const { namespace, name } = life.claim;
  const random = createRandom(frame.seed, 'longhorn', plan.name, namespace, name, at);
  const isIdle = life.chain.length > 0 && random.chance(IDLE_SHARE);
  if (isIdle && script === null) return [];
  const known = script === 'shrunk' || script === 'slow' || script === 'overrun' ? script : null;
  const run = runModelOf(frame, life.claim, { at, periodMs: plan.cadence.periodMs }, known);
  const start = at + 2 * SECOND_MS + run.delayMs;
  const first = life.chain.length === 0;
  const addedBytes = first ? run.logicalBytes : run.addedBytes;
  const bytes = script === 'empty' ? 0 : run.logicalBytes;
  const snapshot = {
    name: `${plan.name.slice(0, 8)}-c-${random.hex(8)}`,
    madeAt: start,
    bytes: addedBytes,
  };
  const backup: BackupState = {
    name: `backup-${random.hex(16)}`,
    snapshot: snapshot.name,
    madeAt: start + 2 * SECOND_MS,
    state: 'Pending',
    endedAt: null,
    bytes,
    addedBytes: script === 'empty' ? 0 : addedBytes,
    error: '',
  };
  return [
    ...(first ? [] : written(visit, addedBytes)),
    ...taken(visit, snapshot),
    ...played(visit, backup, run.durationMs),
  ];
}

/** Between two runs the head grows by what the next backup will take. */
function written({ frame, plan, life, at }: Visit, bytes: number): WorldEvent[] {
  life.state = { ...life.state, actualBytes: held(life) + bytes };
  const middle = Math.max(at - plan.cadence.periodMs / 2, life.busyUntil + MINUTE_MS);
  const when = Math.min(middle, at - SECOND_MS);
  return [put(when, PLURALS.volume, volumeOf(frame, plan, life))];
}

const held = ({ chain }: Life): number => chain.reduce((sum, { bytes }) => sum + bytes, 0);

/** The head becomes a snapshot; beyond the retained ones the oldest goes into the next. */
function taken({ frame, plan, life }: Visit, snapshot: ChainSnapshot): WorldEvent[] {
  const at = snapshot.madeAt;
  const before = life.chain.at(-1);
  life.chain.push(snapshot);
  const gone = life.chain.length > RETAINED ? life.chain.shift() : undefined;
  const [oldest] = life.chain;
  if (gone && oldest) oldest.bytes = Math.max(gone.bytes, oldest.bytes);
  life.state = { ...life.state, actualBytes: held(life) };
  const show = (one: ChainSnapshot): WorldEvent => {
    const place = life.chain.indexOf(one);
    const parent = life.chain[place - 1]?.name ?? null;
    const child = life.chain[place + 1]?.name ?? null;
    return put(
      at,
      PLURALS.snapshot,
      snapshotObject(frame, plan, life.claim, one, { parent, child }),
    );
  };
  const whole = { parent: null, child: null };
  return [
    ...(before && before !== gone ? [show(before)] : []),
    show(snapshot),
    ...(gone && oldest
      ? [
          remove(at, PLURALS.snapshot, snapshotObject(frame, plan, life.claim, gone, whole)),
          show(oldest),
        ]
      : []),
    put(at, PLURALS.volume, volumeOf(frame, plan, life)),
  ];
}

/** The Backup object from its making to its end, and the removal of the one it replaces. */
function played(visit: Visit, backup: BackupState, durationMs: number): WorldEvent[] {
  const { frame, plan, life, script } = visit;
  const { claim } = life;
  const show = (at: number, more: Partial<BackupState>): WorldEvent =>
    put(at, PLURALS.backup, backupObject(frame, plan, claim, { ...backup, ...more }));
  const running = backup.madeAt + 3 * SECOND_MS;
  const begun = [show(backup.madeAt, {}), show(running, { state: 'InProgress' })];
  if (script === 'stuck') return begun;
  const unreachable = script === 'repository-unavailable';
  if (unreachable || script === 'failing' || script === 'never-succeeded') {
    const failedAt = running + (unreachable ? UNREACHABLE_AFTER_MS : durationMs / 3);
    const error = unreachable
      ? UNREACHABLE
      : `failed to backup snapshot ${backup.snapshot}: cannot write block: AccessDenied: Access Denied`;
    const failed = { ...backup, state: 'Error' as const, error };
    const object = backupObject(frame, plan, claim, failed);
    life.busyUntil = failedAt;
    return [
      ...begun,
      put(failedAt, PLURALS.backup, object),
      remove(failedAt + ERROR_KEPT_MS, PLURALS.backup, object),
    ];
  }
  const endedAt = running + durationMs;
  const done = { ...backup, state: 'Completed' as const, endedAt };
  life.busyUntil = endedAt;
  life.backups.push(done);
  life.state = { ...life.state, lastBackup: { name: backup.name, at: endedAt } };
  const gone = life.backups.length > RETAINED ? life.backups.shift() : undefined;
  return [
    ...begun,
    put(endedAt, PLURALS.backup, backupObject(frame, plan, claim, done)),
    put(endedAt, PLURALS.volume, volumeOf(frame, plan, life)),
    ...(gone
      ? [remove(endedAt + SECOND_MS, PLURALS.backup, backupObject(frame, plan, claim, gone))]
      : []),
  ];
}
