import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { dueAt, nextDue } from '../home/cadence.ts';
import { createRandom } from '../home/random.ts';
import { runModelOf } from '../home/run-model.ts';
import { put, remove, timestamp, type WorldEvent, type WorldFrame } from '../home/world-event.ts';
import {
  backupEnd,
  cnpgObjects,
  condition,
  type CnpgPlan,
  type CnpgState,
} from './cnpg-objects.ts';
import type { EngineFaultScript, Workload } from './workload.ts';

const PLAYED = new Set<EngineFaultScript>([
  'failing',
  'never-succeeded',
  'stopped',
  'suspended',
  'stuck',
  'slow',
  'overrun',
  'orphaned',
  'wal-archiving',
]);
const KEPT_MS = 30 * DAY_MS;
/** A WAL segment fails soon after the archive broke. */
const NOTICED_MS = 4 * MINUTE_MS;

interface Database {
  frame: WorldFrame;
  plan: CnpgPlan;
  primary: Workload;
  objects: ReturnType<typeof cnpgObjects>;
  state: CnpgState;
  /** Backups that retention has not removed yet, oldest first. */
  kept: { at: number; object: WorldObject }[];
}

/** One database's life: Cluster, ScheduledBackup, its Backups and with the plugin the ObjectStore. */
export function* cnpgPolicy(frame: WorldFrame, plan: CnpgPlan): Generator<WorldEvent> {
  const { cadence, fault, createdAt } = plan;
  const database = databaseOf(frame, plan);
  const { objects, state } = database;
  const next = (after: number): number => dueAt(cadence, nextDue(cadence, after));
  const schedule = (at: number, last: number | null, suspend = false): WorldEvent =>
    put(at, 'scheduledbackups', objects.schedule(last, next(last ?? at), suspend));

  yield* told(database, createdAt);
  yield schedule(createdAt + SECOND_MS, null);
  let last: number | null = null;
  for (let at = next(createdAt), free = at; ; at = next(free)) {
    const script = fault !== null && at >= fault.since ? fault.script : null;
    if (fault !== null && script === 'suspended') yield schedule(fault.since, last, true);
    if (fault !== null && script === 'orphaned')
      yield remove(fault.since, 'clusters', objects.cluster(state));
    if (script === 'stopped' || script === 'suspended' || script === 'orphaned') return;
    if (fault !== null && script === 'wal-archiving' && state.archiving['status'] === 'True')
      yield* archiveBreaks(database, Math.min(at - SECOND_MS, fault.since + NOTICED_MS));
    yield* expired(database, at);
    yield put(at, 'backups.postgresql.cnpg.io', objects.backup(at, { phase: 'pending' }));
    yield schedule(at, at);
    const end: number | null = yield* baseBackup(database, at, script);
    if (end === null) return;
    last = at;
    // No second one starts while one is being taken.
    free = end > at + HOUR_MS ? end : at;
  }
}

function databaseOf(frame: WorldFrame, plan: CnpgPlan): Database {
  const { claims, fault, createdAt, cluster } = plan;
  const [primary] = claims;
  if (primary === undefined) throw new Error(`database ${cluster} has no claim`);
  if (fault !== null && !PLAYED.has(fault.script))
    throw new Error(`CloudNativePG plays no fault ${fault.script}`);
  const since = createdAt + MINUTE_MS;
  const text = 'Continuous archiving is working';
  const archiving = condition(
    'ContinuousArchiving',
    true,
    'ContinuousArchivingSuccess',
    text,
    since,
  );
  const nothing = { lastBackup: null, lastSuccess: null, firstSuccess: null, lastFailure: null };
  const objects = cnpgObjects(frame, plan);
  return { frame, plan, primary, objects, state: { archiving, ...nothing }, kept: [] };
}

/** Cluster and ObjectStore as the state says. */
function told({ plan, objects, state }: Database, at: number): WorldEvent[] {
  return [
    put(at, 'clusters', objects.cluster(state)),
    ...(plan.method === 'plugin' ? [put(at, 'objectstores', objects.store(state))] : []),
  ];
}

function* archiveBreaks(database: Database, at: number): Generator<WorldEvent> {
  const server = database.plan.cluster;
  const message = `unexpected failure invoking barman-cloud-wal-archive: exit status 1: ERROR: WAL archive check failed for server ${server}: Expected empty archive`;
  const reason = 'ContinuousArchivingFailing';
  database.state.archiving = condition('ContinuousArchiving', false, reason, message, at);
  yield* told(database, at);
}

function* expired({ kept }: Database, at: number): Generator<WorldEvent> {
  while ((kept[0]?.at ?? at) < at - KEPT_MS) {
    const { object } = kept.shift()!;
    yield remove(at, 'backups.postgresql.cnpg.io', object);
  }
}

/** From its start to its end, which is returned; null: it never ends. */
function* baseBackup(
  database: Database,
  at: number,
  script: EngineFaultScript | null,
): Generator<WorldEvent, number | null> {
  const { frame, plan, primary, objects, state, kept } = database;
  const slow = script === 'slow' || script === 'overrun' ? script : null;
  const run = runModelOf(frame, primary, { at, periodMs: plan.cadence.periodMs }, slow);
  const write = (when: number, status: Json): WorldEvent =>
    put(when, 'backups.postgresql.cnpg.io', objects.backup(at, status));
  const start = at + run.delayMs;
  const instanceID = { podName: plan.claims.at(-1)?.name ?? plan.cluster };
  yield write(start, { phase: 'running', startedAt: timestamp(start), instanceID });
  const begun = 'New Backup starting up';
  state.lastBackup = condition('LastBackupSucceeded', false, 'BackupStarted', begun, start);
  yield* told(database, start);
  if (script === 'stuck') return null;
  const fails = script === 'failing' || script === 'never-succeeded';
  const early = createRandom(frame.seed, 'cnpg-failure', plan.name, at).int(20, 90) * SECOND_MS;
  const waits = script === 'wal-archiving';
  const end = start + (waits ? 5 * SECOND_MS : fails ? early : run.durationMs);
  const ended = write(end, backupEnd(plan, script, start, end));
  yield ended;
  kept.push({ at, object: ended.object });
  noteEnd(state, end, { fails, waits });
  yield* told(database, end + SECOND_MS);
  return end;
}

function noteEnd(
  state: CnpgState,
  end: number,
  { fails, waits }: { fails: boolean; waits: boolean },
) {
  if (fails || waits) state.lastFailure = end;
  else {
    state.lastSuccess = end;
    state.firstSuccess = Math.max(state.firstSuccess ?? end, end - KEPT_MS);
  }
  if (waits) return;
  const [reason, text] = fails
    ? ['LastBackupFailed', 'Backup failed']
    : ['LastBackupSucceeded', 'Backup was successful'];
  state.lastBackup = condition('LastBackupSucceeded', !fails, reason, text, end);
}
