import { idOf, resourceIdOf, runIdOf } from '../../../domain/id.ts';
import { addSeconds, SECOND_MS } from '../../../domain/time.ts';
import type { AttemptFact, RestorePointFact, RunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { readMoverLog, tailOf } from './log.ts';
import { keepOf, moverOf, policyIdFor, repositoryFactOf } from './policy.ts';
import type { Memory, VolsyncObject } from './schema.ts';

/** A status transition's readings; times that cannot be true yet are already null. */
export interface Reading {
  object: VolsyncObject;
  observedAt: Date;
  lastSyncTime: Date | null;
  lastSyncStartTime: Date | null;
  durationSeconds: number | null;
  result: 'Successful' | 'Failed' | 'none' | 'unknown';
  logs: string;
}

export interface Told {
  runs: RunFact[];
  attempts: AttemptFact[];
  restorePoints: RestorePointFact[];
}

/** Two starts of one sync as the status and the arithmetic give them differ by less than this. */
const SAME_START_MS = 2 * SECOND_MS;

const sameStart = (a: Date, b: Date) => Math.abs(a.getTime() - b.getTime()) <= SAME_START_MS;

export function freshMemory(uid: string): Memory {
  return {
    uid,
    lastSyncTime: null,
    goodAt: null,
    running: null,
    attempts: 0,
    failureMark: null,
    saved: 0,
  };
}

/** What the change from `memory` to this reading tells, and the memory to keep with it. */
export function readTransition(
  reading: Reading,
  before: Memory,
  context: EngineContext,
): Told & { memory: Memory } {
  const told: Told = { runs: [], attempts: [], restorePoints: [] };
  let memory = tellSuccess(reading, before, context, told);
  memory = tellRunning(reading, memory, context, told);
  memory = tellFailure(reading, memory, context, told);
  return { ...told, memory };
}

/** `lastSyncTime` changed: one sync ended well, whatever else was missed in between. */
function tellSuccess(reading: Reading, memory: Memory, context: EngineContext, told: Told): Memory {
  const end = reading.lastSyncTime;
  if (end === null || end.toISOString() === memory.lastSyncTime) return memory;
  const start = startOf(reading, memory, end);
  const same = memory.running !== null && sameStart(new Date(memory.running.startedAt), start);
  if (memory.running && !same) told.runs.push(unknownRun(reading.object, memory, context));
  const startedAt = same && memory.running ? new Date(memory.running.startedAt) : start;
  const runId =
    same && memory.running ? memory.running.runId : runIdFor(reading, startedAt, context);
  const run = endedRun(reading, runId, startedAt, end, same ? memory.saved : 0, context);
  told.runs.push(run);
  if (run.outcome === 'success') told.restorePoints.push(pointOf(reading.object, run, context));
  return {
    ...freshMemory(memory.uid),
    lastSyncTime: end.toISOString(),
    goodAt: run.outcome === 'success' ? end.toISOString() : memory.goodAt,
  };
}

/** End − duration; without a duration the remembered start, else the end itself. */
function startOf(reading: Reading, memory: Memory, end: Date): Date {
  if (reading.durationSeconds !== null) {
    const start = addSeconds(end, -reading.durationSeconds).getTime();
    return new Date(Math.round(start / SECOND_MS) * SECOND_MS);
  }
  const remembered = memory.running ? new Date(memory.running.startedAt) : null;
  return remembered !== null && remembered <= end ? remembered : end;
}

/** `lastSyncStartTime` is set: a run is under way. A failure told before stays told: the result outlives its run. */
function tellRunning(reading: Reading, memory: Memory, context: EngineContext, told: Told): Memory {
  const start = reading.lastSyncStartTime;
  if (start === null || isLeftOver(reading, start)) return memory;
  const known = memory.running;
  if (known && sameStart(new Date(known.startedAt), start)) {
    told.runs.push(openRun(reading, known.runId, new Date(known.startedAt), context));
    return memory;
  }
  if (known) told.runs.push(unknownRun(reading.object, memory, context));
  const runId = runIdFor(reading, start, context);
  told.runs.push(openRun(reading, runId, start, context));
  return {
    ...memory,
    running: { runId, startedAt: start.toISOString() },
    attempts: 0,
    saved: 0,
  };
}

/** A half-written status: the end is there, the start of the same sync not yet removed. */
function isLeftOver(reading: Reading, start: Date): boolean {
  const end = reading.lastSyncTime;
  if (end === null || reading.durationSeconds === null || start > end) return false;
  return sameStart(start, addSeconds(end, -reading.durationSeconds));
}

/** The mover gave up once more: an attempt of the run under way, or a failed run when none is. */
function tellFailure(reading: Reading, memory: Memory, context: EngineContext, told: Told): Memory {
  if (reading.result !== 'Failed') return memory;
  const mark = idOf('failure', reading.logs);
  if (mark === memory.failureMark) return memory;
  const startedAt = memory.running ? new Date(memory.running.startedAt) : failedSince(reading);
  const runId = memory.running?.runId ?? runIdFor(reading, startedAt, context);
  if (reading.lastSyncStartTime === null) {
    told.runs.push({
      ...openRun(reading, runId, startedAt, context),
      outcome: 'failed',
      endedAt: reading.observedAt,
    });
  }
  told.attempts.push({
    runId,
    runDay: dayOf(startedAt),
    attemptKey: `${memory.attempts + 1}-${mark}`,
    policyId: policyIdFor(reading.object, context),
    endedAt: reading.observedAt,
    outcome: 'failed',
    log: reading.logs === '' ? null : tailOf(reading.logs),
  });
  return {
    ...memory,
    running: reading.lastSyncStartTime === null ? null : memory.running,
    attempts: memory.attempts + 1,
    failureMark: mark,
    saved: memory.saved + readMoverLog(reading.logs).snapshots.length,
  };
}

function failedSince(reading: Reading): Date {
  const condition = reading.object.status?.conditions?.find((c) => c?.type === 'Synchronizing');
  const since = condition?.lastTransitionTime;
  return since && since <= reading.observedAt ? since : reading.observedAt;
}

/** A run whose end nobody saw: the object was recreated or removed, or two ends fell between readings. */
export function unknownRun(object: VolsyncObject, memory: Memory, context: EngineContext): RunFact {
  const running = memory.running ?? { runId: '', startedAt: new Date(0).toISOString() };
  return {
    ...baseRun(object, running.runId, new Date(running.startedAt), context),
    outcome: 'unknown',
  };
}

function openRun(reading: Reading, runId: string, start: Date, context: EngineContext): RunFact {
  const errorText =
    reading.result === 'Failed' && reading.logs !== '' ? tailOf(reading.logs) : null;
  return { ...baseRun(reading.object, runId, start, context), errorText };
}

function endedRun(
  reading: Reading,
  runId: string,
  startedAt: Date,
  endedAt: Date,
  savedBefore: number,
  context: EngineContext,
): RunFact {
  const log = readMoverLog(reading.result === 'Successful' ? reading.logs : '');
  const saved = savedBefore + log.snapshots.length;
  let outcome: Outcome = reading.result === 'unknown' ? 'unknown' : 'success';
  if (outcome === 'success' && log.empty) outcome = 'empty';
  return {
    ...baseRun(reading.object, runId, startedAt, context),
    endedAt,
    outcome,
    durationSeconds: reading.durationSeconds,
    logicalBytes: log.logicalBytes,
    addedBytes: log.addedBytes,
    storedBytes: log.storedBytes,
    files: log.files,
    snapshotId: log.snapshots.at(-1) ?? null,
    warnings: saved > 1 ? saved - 1 : null,
    errorText: saved > 1 ? `${saved} snapshots saved in one run` : null,
    fullRead: log.fullRead,
  };
}

function baseRun(
  object: VolsyncObject,
  runId: string,
  startedAt: Date,
  context: EngineContext,
): RunFact {
  const { namespace, name } = object.metadata;
  return {
    runId,
    runDay: dayOf(startedAt),
    engine: 'volsync',
    policyId: policyIdFor(object, context),
    resourceId: claimIdOf(object.spec?.sourcePVC, namespace, context),
    namespace,
    name,
    startedAt,
    endedAt: null,
    outcome: 'running',
    durationSeconds: null,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: null,
    errors: null,
    errorText: null,
    fullRead: false,
  };
}

/** A mirror, and a repository that keeps one snapshot, have one restore point, which every success replaces. */
function pointOf(object: VolsyncObject, run: RunFact, context: EngineContext): RestorePointFact {
  const keep = keepOf(object.spec);
  const mover = moverOf(object.spec);
  const mirror = mover !== 'restic' && mover !== 'kopia';
  const single =
    mirror || (keep !== null && Object.keys(keep).join() === 'last' && Number(keep['last']) === 1);
  const key = single ? policyIdFor(object, context) : run.runId;
  return {
    restorePointId: idOf('restore-point', context.clusterId, 'volsync', key),
    engine: 'volsync',
    policyId: run.policyId,
    repositoryId: repositoryFactOf(object, context)?.repositoryId ?? null,
    resourceId: run.resourceId,
    runId: run.runId,
    takenAt: run.startedAt,
    expiresAt: null,
    handle: run.snapshotId ?? 'latest',
    logicalBytes: run.logicalBytes,
  };
}

export function claimIdOf(
  name: string | null | undefined,
  namespace: string,
  context: EngineContext,
): string | null {
  if (!name) return null;
  const kind = 'PersistentVolumeClaim';
  return resourceIdOf({ clusterId: context.clusterId, kind, namespace, name });
}

function runIdFor(reading: Reading, start: Date, context: EngineContext): string {
  return runIdOf(
    context.clusterId,
    'volsync',
    `${reading.object.metadata.uid}/${start.toISOString()}`,
  );
}

const dayOf = (instant: Date) => instant.toISOString().slice(0, 10);
