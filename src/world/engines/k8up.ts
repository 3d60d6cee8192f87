import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { WorldObject } from '../api/world-object.ts';
import { cadenceOf, dueAt, nextDue } from '../home/cadence.ts';
import { createRandom } from '../home/random.ts';
import { runModelOf, type RunModel } from '../home/run-model.ts';
import { inOrder, put, remove, type WorldEvent, type WorldFrame } from '../home/world-event.ts';
import {
  endedStatus,
  PLURALS,
  scheduleObject,
  snapshotObject,
  startedStatus,
  workObject,
  type WorkEnd,
  type WorkKind,
} from './k8up-objects.ts';
import type { EngineFaultScript, EnginePolicyPlan } from './workload.ts';

/** A Schedule takes all claims of its namespace; `partial` needs two at least, so that one can be left out. */
export type K8upPlan = EnginePolicyPlan;
type Batch = { from: number; events: WorldEvent[] };

const PLAYED: ReadonlySet<EngineFaultScript> = new Set([
  'failing',
  'never-succeeded',
  'partial',
  'stopped',
  'stuck',
  'slow',
  'overrun',
  'repository-unavailable',
  'maintenance-failing',
] as const);
const FAILING: readonly EngineFaultScript[] = [
  'failing',
  'never-succeeded',
  'repository-unavailable',
];
const UNKEPT: readonly EngineFaultScript[] = ['repository-unavailable', 'maintenance-failing'];
/** K8up keeps so many objects of each kind, by default. */
const HISTORY = 3;
/** Snapshots that a prune leaves of each claim. */
const RETAINED = 9;
const PRUNES = cadenceOf('weekly', 30, 4, 0);
const CHECK_AFTER_MS = DAY_MS + 70 * MINUTE_MS;

/** What is there between two events. */
interface Life {
  frame: WorldFrame;
  plan: K8upPlan;
  history: Map<string, WorldObject[]>;
  /** Oldest first. */
  snapshots: { claim: string; at: number; object: WorldObject }[];
}

/** One Schedule's life: its Backups, the Snapshots of each claim, its Checks and Prunes. Throws for other faults. */
export function k8upSchedule(frame: WorldFrame, plan: K8upPlan): Generator<WorldEvent> {
  const script = plan.fault?.script;
  const lone = script === 'partial' && plan.claims.length < 2;
  if (script !== undefined && (!PLAYED.has(script) || lone))
    throw new Error(`K8up cannot play the fault ${script}${lone ? ' with one claim' : ''}`);
  return inOrder(batches({ frame, plan, history: new Map(), snapshots: [] }));
}

function* batches(life: Life): Generator<Batch> {
  const { frame, plan } = life;
  const { cadence, createdAt } = plan;
  yield {
    from: createdAt,
    events: [put(createdAt, PLURALS.schedule, scheduleObject(frame, plan))],
  };
  let prune = nextDue(PRUNES, createdAt);
  let stuck = false;
  for (let due = nextDue(cadence, createdAt); ; due += 1) {
    const at = dueAt(cadence, due);
    for (; dueAt(PRUNES, prune) <= at; prune += 1) {
      const pruneAt = dueAt(PRUNES, prune);
      yield { from: pruneAt, events: maintenance(life, pruneAt) };
    }
    const script = struckBy(plan, at);
    if (script === 'stopped') continue;
    // A Backup that never ends keeps those after it from being taken up.
    yield { from: at, events: stuck ? [waiting(life, at)] : backup(life, at, script) };
    stuck ||= script === 'stuck';
  }
}

function struckBy({ fault }: K8upPlan, at: number): EngineFaultScript | null {
  if (fault === null) return null;
  return at >= fault.since || fault.script === 'never-succeeded' ? fault.script : null;
}

function waiting({ frame, plan }: Life, at: number): WorldEvent {
  return put(at + SECOND_MS, PLURALS.backup, workObject(frame, plan, 'Backup', at, null));
}

/** One Backup: its claims one after the other, each leaving a Snapshot, which are mirrored before it ends. */
function backup(life: Life, at: number, script: EngineFaultScript | null): WorldEvent[] {
  const { frame, plan } = life;
  const random = createRandom(frame.seed, 'k8up', plan.namespace, plan.name, at);
  const createdAt = at + random.int(1, 3) * SECOND_MS;
  const startedAt = createdAt + 2 * SECOND_MS;
  const object = (status: Parameters<typeof workObject>[4]) =>
    workObject(frame, plan, 'Backup', createdAt, status);
  const events = [
    put(createdAt, PLURALS.backup, object(null)),
    put(startedAt, PLURALS.backup, object(startedStatus(startedAt))),
  ];
  if (script === 'stuck') return events;
  const fails = script !== null && FAILING.includes(script);
  const runs = plan.claims.map((claim) => ({ claim, run: modelOf(life, claim, at, script) }));
  const left = script === 'partial' ? plan.claims.at(-1)?.name : undefined;
  let cursor = startedAt + 9 * SECOND_MS;
  const taken = fails ? [] : runs.filter(({ claim }) => claim.name !== left);
  const shots = taken.map(({ claim, run }) => {
    const shot = { claim, at: cursor, id: `${run.snapshotId}${random.hex(56)}` };
    cursor += run.durationMs;
    return shot;
  });
  const endedAt = cursor + (fails ? random.int(40, 900) : 6) * SECOND_MS;
  for (const { claim, at: takenAt, id } of shots) {
    const seenAt = endedAt - 3 * SECOND_MS;
    const shot = snapshotObject(plan, claim, { at: takenAt, seenAt, id });
    life.snapshots.push({ claim: claim.name, at: takenAt, object: shot });
    events.push(put(seenAt, PLURALS.snapshot, shot));
  }
  return [...events, ...ended(life, 'Backup', createdAt, endedAt, fails ? 'Failed' : 'Succeeded')];
}

function modelOf(
  { frame, plan }: Life,
  claim: K8upPlan['claims'][number],
  at: number,
  script: EngineFaultScript | null,
): RunModel {
  const drawn = script === 'slow' || script === 'overrun' ? script : null;
  return runModelOf(frame, claim, { at, periodMs: plan.cadence.periodMs }, drawn);
}

/** Its end, and the removal of what the history limit no longer holds. */
function ended(
  { frame, plan, history }: Life,
  kind: WorkKind,
  createdAt: number,
  at: number,
  end: WorkEnd,
): WorldEvent[] {
  const plural = PLURALS[kind === 'Backup' ? 'backup' : kind === 'Prune' ? 'prune' : 'check'];
  const job = workObject(frame, plan, kind, createdAt, null).metadata.name;
  const status = endedStatus(end, `${plan.namespace}/${kind.toLowerCase()}-${job}`, at);
  const object = workObject(frame, plan, kind, createdAt, status);
  const key = `${kind} ${end}`;
  const kept = [...(history.get(key) ?? []), object];
  const gone = kept.splice(0, Math.max(0, kept.length - HISTORY));
  history.set(key, kept);
  const removals = gone.map((one) => remove(at + SECOND_MS, plural, one));
  return [put(at, plural, object), ...removals];
}

/** A Prune takes what retention no longer keeps, a Check follows a day later. */
function maintenance(life: Life, at: number): WorldEvent[] {
  const { frame, plan } = life;
  const script = struckBy(plan, at);
  const fails = script !== null && UNKEPT.includes(script);
  const end: WorkEnd = fails ? 'Failed' : 'Succeeded';
  const pruned = at + 12 * MINUTE_MS;
  const checkAt = at + CHECK_AFTER_MS;
  const checks = script === 'repository-unavailable' ? 'Failed' : 'Succeeded';
  const begun = (kind: WorkKind, plural: string, from: number) =>
    put(from, plural, workObject(frame, plan, kind, from, startedStatus(from)));
  return [
    begun('Prune', PLURALS.prune, at),
    ...(fails ? [] : pruneSnapshots(life, at, pruned)),
    ...ended(life, 'Prune', at, pruned, end),
    begun('Check', PLURALS.check, checkAt),
    ...ended(life, 'Check', checkAt, checkAt + HOUR_MS, checks),
  ].sort((a, b) => a.at - b.at);
}

function pruneSnapshots(life: Life, at: number, gone: number): WorldEvent[] {
  const old = life.plan.claims.flatMap(({ name }) =>
    life.snapshots.filter((shot) => shot.claim === name && shot.at < at).slice(0, -RETAINED),
  );
  life.snapshots = life.snapshots.filter((shot) => !old.includes(shot));
  return old.map(({ object }) => remove(gone - SECOND_MS, PLURALS.snapshot, object));
}
