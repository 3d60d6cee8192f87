import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import type { Json, WorldObject } from '../api/world-object.ts';
import { dueAt, nextDue, type Cadence } from './cadence.ts';
import type { Workload } from '../engines/workload.ts';
import {
  goDuration,
  rcloneSuccess,
  RESTIC_EMPTY,
  resticCacheFull,
  resticLocked,
  resticSuccess,
  resticUnreachable,
  resticUnreadable,
  resticWrongPassword,
  rsyncSuccess,
} from './mover-logs.ts';
import type { FaultScript } from './planted-faults.ts';
import { createRandom, uuidOf } from './random.ts';
import { runModelOf, type RunModel } from './run-model.ts';
import { objectOf, put, timestamp, type WorldEvent, type WorldFrame } from './world-event.ts';

export interface SourcePolicy {
  claim: Workload;
  mover: 'restic' | 'rclone' | 'rsync-tls';
  cadence: Cadence;
  createdAt: number;
  /** What befalls it, and from when on. */
  fault: { script: FaultScript; since: number } | null;
}

const PLURAL = 'replicationsources';
/** VolSync marks a sync failed after eight failed pods with doubling pauses. */
const ATTEMPT_MINUTES: [number, number] = [19, 55];
const PRUNE_EVERY_MS = 7 * DAY_MS;
const FAILING: readonly FaultScript[] = ['locked', 'unreadable', 'never-succeeded', 'cache-full'];
const EMPTY_RUN_MS = 19_000;

const RETAIN: Record<string, Json> = {
  hourly: { hourly: 24, daily: 7, weekly: 4, last: '3' },
  'six-hourly': { daily: 7, weekly: 4, monthly: 3 },
  daily: { daily: 14, weekly: 4, monthly: 6 },
  weekly: { weekly: 8, monthly: 6 },
};

function moverOf({ claim, mover, cadence, fault }: SourcePolicy): Json {
  const copy = { copyMethod: 'Snapshot', volumeSnapshotClassName: 'csi-ceph-block' };
  if (mover === 'rclone') {
    const config = { rcloneConfig: 'rclone-nas', rcloneConfigSection: 'nas' };
    return { rclone: { ...copy, ...config, rcloneDestPath: `volsync/${claim.name}` } };
  }
  if (mover === 'rsync-tls') {
    return { rsyncTLS: { ...copy, address: '192.168.1.20', keySecret: `${claim.name}-rsync-tls` } };
  }
  return {
    restic: {
      ...copy,
      repository: `${claim.name}-restic`,
      cacheCapacity: '2Gi',
      pruneIntervalDays: PRUNE_EVERY_MS / DAY_MS,
      ...(fault?.script !== 'single-copy' && { retain: RETAIN[cadence.name] ?? {} }),
      moverSecurityContext: { runAsUser: 1000, runAsGroup: 1000, fsGroup: 1000 },
    },
  };
}

function condition(reason: string, at: number, message?: string): Json {
  const messages: Record<string, string> = {
    SyncInProgress: 'Synchronization in-progress',
    CleaningUp: 'Cleaning up',
    WaitingForSchedule: 'Waiting for next scheduled synchronization',
  };
  return {
    type: 'Synchronizing',
    status: reason === 'SyncInProgress' ? 'True' : 'False',
    reason,
    message: message ?? messages[reason] ?? '',
    lastTransitionTime: timestamp(at),
  };
}

function successLog(policy: SourcePolicy, run: RunModel, parent: string | null): string {
  if (policy.mover === 'rclone') return rcloneSuccess(run);
  if (policy.mover === 'rsync-tls') return rsyncSuccess(run);
  return resticSuccess(run, parent);
}

function without(status: Json, field: string): Json {
  const { [field]: _gone, ...rest } = status;
  return rest;
}

/** One ReplicationSource's life: its status as VolSync writes it, transition by transition, without end. */
export function* volsyncSource(frame: WorldFrame, policy: SourcePolicy): Generator<WorldEvent> {
  const { claim, cadence, fault } = policy;
  const { namespace, name } = claim;
  const uid = uuidOf(frame.seed, PLURAL, namespace, name);
  const labels = { 'app.kubernetes.io/name': claim.app };
  const spec = { sourcePVC: name, trigger: { schedule: cadence.expression }, ...moverOf(policy) };
  const write = (at: number, status: Json): WorldEvent => put(at, PLURAL, object(status));
  const object = (status: Json): WorldObject =>
    objectOf(
      'volsync.backube/v1alpha1',
      'ReplicationSource',
      { name, namespace, uid, labels, createdAt: policy.createdAt },
      { spec, status },
    );
  const waiting = (status: Json, at: number): Json => ({
    ...status,
    nextSyncTime: timestamp(dueAt(cadence, nextDue(cadence, at))),
    conditions: [condition('WaitingForSchedule', at)],
  });
  const struck = (at: number): FaultScript | null =>
    fault && at >= fault.since ? fault.script : null;

  let cursor = policy.createdAt;
  let parent: string | null = null;
  let prunedAt = policy.createdAt;
  let status = waiting({}, cursor);
  yield write(cursor, status);

  for (;;) {
    const at = dueAt(cadence, nextDue(cadence, cursor));
    const script = struck(at);
    const run = runModelOf(frame, claim, { at, periodMs: cadence.periodMs }, script);
    const start = at + run.delayMs;
    if (script === 'stopped') return;
    const refusal = script === null ? undefined : REFUSALS[script];
    if (refusal !== undefined) {
      yield write(start, refusedStatus(status, refusal(name), start));
      return;
    }
    status = {
      ...status,
      lastSyncStartTime: timestamp(start),
      conditions: [condition('SyncInProgress', start)],
    };
    yield write(start, status);
    if (script === 'stuck') return;
    if (script !== null && FAILING.includes(script)) {
      yield* failForEver(frame, policy, { script, start, status, run, write });
      return;
    }
    if (run.failedAttemptMs !== null) {
      const failed = { result: 'Failed', logs: resticUnreachable(claim) };
      status = { ...status, latestMoverStatus: failed };
      yield write(start + run.failedAttemptMs, status);
    }
    const duration = script === 'empty' ? EMPTY_RUN_MS + run.delayMs : run.durationMs;
    const end = start + duration + (run.failedAttemptMs ?? 0);
    const prunes = policy.mover === 'restic' && end - prunedAt >= PRUNE_EVERY_MS;
    if (prunes) prunedAt = end;
    const logs = script === 'empty' ? RESTIC_EMPTY : successLog(policy, run, parent);
    if (script !== 'empty') parent = run.snapshotId;
    status = {
      ...without(status, 'lastSyncStartTime'),
      lastSyncTime: timestamp(end),
      lastSyncDuration: goDuration(end - start),
      latestMoverStatus: { result: 'Successful', logs },
      ...(prunes && { restic: { lastPruned: timestamp(end) } }),
      nextSyncTime: timestamp(dueAt(cadence, nextDue(cadence, end))),
      conditions: [condition('CleaningUp', end)],
    };
    yield write(end, status);
    cursor = end + 3 * SECOND_MS;
    status = waiting(status, cursor);
    yield write(cursor, status);
  }
}

/** What VolSync says when it cannot even begin. */
const REFUSALS: Partial<Record<FaultScript, (claim: string) => string>> = {
  orphaned: (claim) => `PersistentVolumeClaim "${claim}" not found`,
  'immutable-source': (claim) =>
    `PersistentVolumeClaim "volsync-${claim}-src" is invalid: spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims`,
};

function refusedStatus(status: Json, message: string, at: number): Json {
  return {
    ...status,
    lastSyncStartTime: timestamp(at),
    conditions: [condition('Error', at, message)],
  };
}

interface Failing {
  script: FaultScript;
  start: number;
  status: Json;
  run: RunModel;
  write(at: number, status: Json): WorldEvent;
}

function* failForEver(
  frame: WorldFrame,
  policy: SourcePolicy,
  failing: Failing,
): Generator<WorldEvent> {
  const { claim } = policy;
  const random = createRandom(frame.seed, 'attempts', claim.namespace, claim.name);
  const lockedAt = failing.start - 47 * SECOND_MS;
  const pod = random.hex(5);
  const logs: Partial<Record<FaultScript, (at: number) => string>> = {
    locked: (at) => resticLocked(claim, lockedAt, at, pod),
    unreadable: () => resticUnreadable(failing.run, random),
    'never-succeeded': () => resticWrongPassword(claim),
    'cache-full': () => resticCacheFull(failing.run, random),
  };
  let at = failing.start;
  for (;;) {
    at += Math.round(random.between(...ATTEMPT_MINUTES) * MINUTE_MS);
    const latestMoverStatus = { result: 'Failed', logs: logs[failing.script]?.(at) ?? '' };
    yield failing.write(at, { ...failing.status, latestMoverStatus });
  }
}
