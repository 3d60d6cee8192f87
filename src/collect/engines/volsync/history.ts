import { idOf, runIdOf } from '../../../domain/id.ts';
import { addSeconds, SECOND_MS } from '../../../domain/time.ts';
import type { Outcome } from '../../../domain/words.ts';
import { unfinished, type Memory } from './memory.ts';
import { readMoverLog, type MoverLog } from './mover-log.ts';
import type { Replication } from './schema.ts';

/** VolSync's instants have whole seconds; a start worked back from end − duration can differ by this much. */
const SAME_START_MS = 2 * SECOND_MS;
/** A clock this far ahead of the cluster's is broken; what it dates is not judged. */
const FUTURE_MS = 600 * SECOND_MS;

/** A synchronisation as the status shows it, with what is known of it now. */
export interface Sync {
  runId: string;
  startedAt: Date;
  endedAt: Date | null;
  outcome: Outcome;
  durationSeconds: number | null;
  /** The mover's log when it is this run's. */
  log: MoverLog | null;
  errorText: string | null;
}

export interface FailedAttempt {
  runId: string;
  startedAt: Date;
  key: string;
  log: string;
}

export interface History {
  syncs: Sync[];
  attempts: FailedAttempt[];
  memory: Memory;
  /** Fields with an instant no clock can mean. */
  inTheFuture: string[];
}

export interface Reading {
  clusterId: string;
  source: Replication;
  memory: Memory;
  /** The stored memory as it is, which may be of an earlier incarnation. */
  stored: string | null;
  observedAt: Date;
  /** The mover's result is there but not one we know: an end proves no success. */
  resultUnknown: boolean;
}

/**
 * What happened since the remembered status: VolSync 0.16 keeps no run objects, so a history is made of the changes.
 * `lastSyncTime` moves on success only; `lastSyncStartTime` stands while a sync runs, through all failed movers.
 */
export function readHistory(reading: Reading): History {
  const { source, memory } = reading;
  const history: History = { syncs: [], attempts: [], memory: { ...memory }, inTheFuture: [] };
  endEarlierIncarnation(reading, history);
  const endedNow = readEnded(reading, history);
  readRunning(reading, history, endedNow);
  if (source.status?.latestMoverStatus?.result !== 'Failed') history.memory.failure = null;
  return history;
}

function endEarlierIncarnation({ clusterId, source, stored }: Reading, history: History): void {
  const left = unfinished(stored, source.metadata.uid);
  if (left === null) return;
  history.syncs.push(
    unknownSync(runIdOf(clusterId, 'volsync', `${left.uid}/${left.start}`), new Date(left.start)),
  );
}

/** The newest ended synchronisation; true when it is new to us. */
function readEnded(reading: Reading, history: History): boolean {
  const { source, memory } = reading;
  const status = source.status;
  const endedAt = status?.lastSyncTime ?? null;
  if (endedAt === null || isFuture(endedAt, reading, history, 'status.lastSyncTime')) return false;
  // An API server that lags, or was restored, can show an earlier status again: it is no news.
  if (memory.ended !== null && endedAt < new Date(memory.ended.syncTime)) return false;
  const known = memory.ended !== null && memory.ended.syncTime === endedAt.toISOString();
  const mover = status?.latestMoverStatus;
  const log = mover?.result === 'Successful' ? readMoverLog(mover.logs ?? '') : null;
  if (known && log === null) return false;

  const durationSeconds = status?.lastSyncDuration ?? null;
  const startedAt =
    known && memory.ended !== null
      ? new Date(memory.ended.start)
      : startOf(endedAt, durationSeconds, memory);
  const runId = idOfRun(reading, startedAt);
  const empty = log?.empty === true;
  const outcome = reading.resultUnknown ? 'unknown' : empty ? 'empty' : 'success';
  history.syncs.push({ runId, startedAt, endedAt, outcome, durationSeconds, log, errorText: null });
  if (!known) closeOther(reading, history, startedAt);
  history.memory.ended = { start: startedAt.toISOString(), syncTime: endedAt.toISOString() };
  history.memory.running = null;
  if (outcome === 'success') history.memory.success = endedAt.toISOString();
  return !known;
}

/** The remembered start when it is the same sync, else end − duration. */
function startOf(endedAt: Date, durationSeconds: number | null, memory: Memory): Date {
  const running = memory.running === null ? null : new Date(memory.running);
  if (durationSeconds === null || durationSeconds < 0) return running ?? endedAt;
  const derived = new Date(
    Math.round(addSeconds(endedAt, -durationSeconds).getTime() / SECOND_MS) * SECOND_MS,
  );
  return running !== null && isSameStart(running, derived) ? running : derived;
}

/** A run we saw begin whose end passed unseen: a later one has ended since. */
function closeOther(reading: Reading, history: History, startedAt: Date): void {
  const { running } = reading.memory;
  if (running === null || isSameStart(new Date(running), startedAt)) return;
  history.syncs.push(unknownSync(idOfRun(reading, new Date(running)), new Date(running)));
}

function readRunning(reading: Reading, history: History, endedNow: boolean): void {
  const { source, memory } = reading;
  const start = source.status?.lastSyncStartTime ?? null;
  const failed = source.status?.latestMoverStatus?.result === 'Failed';
  if (start === null) {
    if (failed) readFailedWithoutStart(reading, history, endedNow);
    else if (memory.running !== null && !endedNow) {
      history.syncs.push(
        unknownSync(idOfRun(reading, new Date(memory.running)), new Date(memory.running)),
      );
      history.memory.running = null;
    }
    return;
  }
  if (isFuture(start, reading, history, 'status.lastSyncStartTime')) return;
  const { ended } = history.memory;
  if (ended !== null && start.getTime() <= new Date(ended.start).getTime() + SAME_START_MS) return;
  const startedAt =
    memory.running !== null && isSameStart(new Date(memory.running), start)
      ? new Date(memory.running)
      : start;
  const runId = idOfRun(reading, startedAt);
  const log = source.status?.latestMoverStatus?.logs ?? '';
  const errorText = failed ? tail(log) : null;
  history.syncs.push({
    runId,
    startedAt,
    endedAt: null,
    outcome: 'running',
    durationSeconds: null,
    log: null,
    errorText,
  });
  history.memory.running = startedAt.toISOString();
  if (failed) noteAttempt(reading, history, runId, startedAt, log);
}

function noteAttempt(
  reading: Reading,
  history: History,
  runId: string,
  startedAt: Date,
  log: string,
): void {
  const key = idOf('volsync-attempt', runId, log);
  if (reading.memory.failure === key) return;
  history.attempts.push({ runId, startedAt, key, log: tail(log) });
  history.memory.failure = key;
}

/** A mover failed but no sync is said to run: a run of its own, known by its log. */
function readFailedWithoutStart(reading: Reading, history: History, endedNow: boolean): void {
  const { source, memory, observedAt } = reading;
  const log = source.status?.latestMoverStatus?.logs ?? '';
  const key = idOf(
    'volsync-failure',
    source.metadata.uid,
    String(source.status?.lastSyncTime?.toISOString()),
    log,
  );
  if (memory.failure === key) {
    history.memory.failure = key;
    return;
  }
  const changedAt =
    source.status?.conditions?.find(({ type }) => type === 'Synchronizing')?.lastTransitionTime ??
    null;
  const at = changedAt !== null && changedAt <= observedAt ? changedAt : observedAt;
  const startedAt = memory.running !== null && !endedNow ? new Date(memory.running) : at;
  const runId =
    memory.running !== null && !endedNow
      ? idOfRun(reading, startedAt)
      : runIdOf(reading.clusterId, 'volsync', key);
  history.syncs.push({
    runId,
    startedAt,
    endedAt: at,
    outcome: 'failed',
    durationSeconds: null,
    log: null,
    errorText: tail(log),
  });
  history.attempts.push({ runId, startedAt, key, log: tail(log) });
  history.memory.failure = key;
  history.memory.running = null;
}

function idOfRun({ clusterId, source }: Reading, startedAt: Date): string {
  return runIdOf(clusterId, 'volsync', `${source.metadata.uid}/${startedAt.toISOString()}`);
}

function unknownSync(runId: string, startedAt: Date): Sync {
  return {
    runId,
    startedAt,
    endedAt: null,
    outcome: 'unknown',
    durationSeconds: null,
    log: null,
    errorText: null,
  };
}

function isSameStart(a: Date, b: Date): boolean {
  return Math.abs(a.getTime() - b.getTime()) <= SAME_START_MS;
}

/** Later than the cluster's own time by more than clocks differ: some clock is wrong, and nothing is proven. */
export function liesAhead(at: Date, observedAt: Date): boolean {
  return at.getTime() > observedAt.getTime() + FUTURE_MS;
}

function isFuture(at: Date, { observedAt }: Reading, history: History, path: string): boolean {
  const future = liesAhead(at, observedAt);
  if (future) history.inTheFuture.push(path);
  return future;
}

function tail(log: string): string {
  return log.slice(-2_048);
}
