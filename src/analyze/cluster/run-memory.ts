import type { AttemptFact, RunFact, RunVolumeFact } from '../../domain/facts.ts';
import type { JobStateRow } from '../../domain/judgement.ts';
import type { Outcome } from '../../domain/words.ts';
import { takesTogether } from '../selection.ts';
import type { InventoryIndex } from './inventory.ts';
import { isPendingKey, rememberPending } from './pending-runs.ts';
import type { PendingRun } from './pending-runs.ts';
import { ownRow, readRow } from './stored-row.ts';

/** How the protection of one claim by one policy has gone. Instants are milliseconds since 1970. */
export interface ProtectionRecord {
  policyId: string;
  resourceId: string;
  /** The newest run that says anything about the claim. */
  runId: string;
  startedAt: number;
  outcome: Outcome;
  /** Failed runs in a row before that one. */
  failuresBefore: number;
  /** Mover tries that failed within that run. */
  failedAttempts: number;
  lastSuccessAt: number | null;
  /** B/s; what the newest success added, over the time since the one before. Absent: not known. */
  changeRate?: number;
  /** Nobody can say how the newest run that ended went. */
  unclear?: true;
}

/** How a policy whose runs take several claims has gone. */
export interface ScheduleRecord {
  policyId: string;
  lastStartedAt: number;
  lastSuccessAt: number | null;
  /** Runs that have begun and not ended, oldest first, at most ten. */
  running: { runId: string; name: string; startedAt: number }[];
  /** The newest run that ended with something to restore. */
  latest: {
    runId: string;
    name: string;
    startedAt: number;
    endedAt: number;
    /** Set when nothing says which volumes it took. */
    unlisted?: true;
  } | null;
  /** Claims that were in that run's scope and left no volume object in it. */
  missing: string[];
  /** How many more there were than `missing` can hold. */
  missingMore: number;
  /** Nobody can say how the newest run that ended went. */
  unclear?: true;
}

/** What cluster rules remember of runs; bounded by policies × claims, never by history. */
export interface RunMemory {
  protections: Map<string, ProtectionRecord>;
  schedules: Map<string, ScheduleRecord>;
  pending: Map<string, PendingRun>;
}

const StoredProtection = ownRow<ProtectionRecord>();
const StoredSchedule = ownRow<ScheduleRecord>();
const StoredPending = ownRow<PendingRun>();
const PROTECTION = 'protection:';
const SCHEDULE = 'schedule:';
/** Keeps a schedule's row below 16 KB. */
const MAX_MISSING = 500;
const MAX_RUNNING = 10;

export function emptyRunMemory(): RunMemory {
  return { protections: new Map(), schedules: new Map(), pending: new Map() };
}

export function protectionKey(policyId: string, resourceId: string): string {
  return `${PROTECTION}${policyId}:${resourceId}`;
}
export function scheduleKey(policyId: string): string {
  return `${SCHEDULE}${policyId}`;
}

/** Takes a stored row into memory; false when the row is not one of these. A damaged row is as good as none. */
export function recall(memory: RunMemory, row: JobStateRow): boolean {
  if (row.jobId.startsWith(PROTECTION)) {
    const record = readRow(row, StoredProtection);
    if (record !== null) memory.protections.set(row.jobId, record);
  } else if (row.jobId.startsWith(SCHEDULE)) {
    const record = readRow(row, StoredSchedule);
    if (record !== null) memory.schedules.set(row.jobId, record);
  } else if (isPendingKey(row.jobId)) {
    const record = readRow(row, StoredPending);
    if (record !== null) memory.pending.set(row.jobId, record);
  } else return false;
  return true;
}

/** The row to store for a key of `remember`. */
export function rowOf(memory: RunMemory, key: string): JobStateRow | null {
  const record =
    memory.protections.get(key) ?? memory.schedules.get(key) ?? memory.pending.get(key);
  if (record === undefined) return null;
  const resourceId = 'resourceId' in record ? record.resourceId : null;
  const state = JSON.stringify(record);
  return { jobId: key, policyId: record.policyId, resourceId, state, wakeAt: null };
}

/** A run with everything that belongs to it. */
export interface WholeRun {
  run: RunFact;
  volumes: RunVolumeFact[];
  attempts: AttemptFact[];
}

/** Adds a new or changed run; the same run again changes nothing. Returns the keys of the records it touched. */
export function remember(memory: RunMemory, whole: WholeRun, index: InventoryIndex): string[] {
  const { run, volumes, attempts } = whole;
  if (run.policyId === null) return rememberPending(memory.pending, run);
  if (run.resourceId !== null)
    return [rememberPart(memory, run, run.resourceId, run, failedTries(attempts))];
  const together = isTogether(whole, index) ? (index.claimsOf.get(run.policyId) ?? []) : [];
  const keys = [
    ...volumes.map((volume) => rememberPart(memory, run, volume.resourceId, volume, 0)),
    ...together.map((claim) =>
      rememberPart(memory, run, claim.resourceId, run, failedTries(attempts)),
    ),
  ];
  return [...keys, rememberSchedule(memory, whole, index)];
}

/** Whether the run's outcome is that of all its policy's claims: unless it lists its volumes. */
function isTogether({ run, volumes }: WholeRun, index: InventoryIndex): boolean {
  const policy = index.policyById.get(run.policyId ?? '');
  return volumes.length === 0 && policy !== undefined && takesTogether(policy.selection);
}

const failedTries = (attempts: AttemptFact[]) =>
  attempts.filter((attempt) => attempt.outcome === 'failed').length;

function rememberPart(
  memory: RunMemory,
  run: RunFact,
  resourceId: string,
  part: { outcome: Outcome; endedAt: Date | null; addedBytes: number | null },
  failedAttempts: number,
): string {
  const policyId = run.policyId!;
  const key = protectionKey(policyId, resourceId);
  const known = memory.protections.get(key);
  const startedAt = run.startedAt.getTime();
  const endedAt = (part.endedAt ?? run.endedAt ?? run.startedAt).getTime();
  const earlier = known?.lastSuccessAt ?? null;
  const lastSuccessAt = part.outcome === 'success' ? later(earlier, endedAt) : earlier;
  const rate = changeRateOf(known, run, part, endedAt);
  if (known !== undefined && known.runId !== run.runId && known.startedAt >= startedAt) {
    memory.protections.set(key, { ...known, lastSuccessAt });
    return key;
  }
  const failuresBefore = failuresUpTo(known, run.runId);
  const { runId } = run;
  const { outcome } = part;
  const record = { policyId, resourceId, runId, startedAt, outcome };
  const gone = { failuresBefore, failedAttempts, lastSuccessAt };
  const unclear = staysUnclear(known, outcome) && { unclear: true as const };
  const more = { ...(rate !== null && { changeRate: rate }), ...unclear };
  memory.protections.set(key, { ...record, ...gone, ...more });
  return key;
}

/** A run that has not ended, or did nothing, says nothing about the one before. */
function staysUnclear(known: { unclear?: true } | undefined, outcome: Outcome): boolean {
  const saysNothing = outcome === 'running' || outcome === 'skipped';
  return outcome === 'unknown' || (saysNothing && known?.unclear === true);
}

/** By the newest success; a run that read everything anew says nothing about what changed. */
function changeRateOf(
  known: ProtectionRecord | undefined,
  { fullRead }: RunFact,
  { outcome, addedBytes }: { outcome: Outcome; addedBytes: number | null },
  endedAt: number,
): number | null {
  const earlier = known?.lastSuccessAt ?? null;
  const isNewer = outcome === 'success' && earlier !== null && endedAt > earlier;
  if (!isNewer || fullRead || addedBytes === null) return known?.changeRate ?? null;
  return (addedBytes * 1_000) / (endedAt - earlier);
}

/** Failed runs in a row once `known` is over, when `runId` is the next one. */
function failuresUpTo(known: ProtectionRecord | undefined, runId: string): number {
  if (known === undefined) return 0;
  if (known.runId === runId) return known.failuresBefore;
  switch (known.outcome) {
    case 'success':
      return 0;
    case 'failed':
    case 'partial':
      return known.failuresBefore + 1;
    default:
      return known.failuresBefore;
  }
}

/** Failures in a row as of now: ended runs, and the failed tries of the one that is still running. */
export function failuresInARow(record: ProtectionRecord): number {
  switch (record.outcome) {
    case 'success':
      return 0;
    case 'failed':
    case 'partial':
      return record.failuresBefore + 1;
    default:
      return record.failuresBefore + record.failedAttempts;
  }
}

function rememberSchedule(memory: RunMemory, whole: WholeRun, index: InventoryIndex): string {
  const { run, volumes } = whole;
  const policyId = run.policyId!;
  const key = scheduleKey(policyId);
  const known = memory.schedules.get(key) ?? freshSchedule(policyId);
  const startedAt = run.startedAt.getTime();
  const others = known.running.filter((one) => one.runId !== run.runId);
  const running =
    run.outcome === 'running'
      ? [...others, { runId: run.runId, name: run.name, startedAt }]
      : others;
  running.sort((a, b) => a.startedAt - b.startedAt || (a.runId < b.runId ? -1 : 1));
  const lastStartedAt = Math.max(known.lastStartedAt, startedAt);
  const endedAt = (run.endedAt ?? run.startedAt).getTime();
  const lastSuccessAt =
    run.outcome === 'success' ? later(known.lastSuccessAt, endedAt) : known.lastSuccessAt;
  const { unclear, ...before } = known;
  const isOlder = startedAt < known.lastStartedAt;
  const staysOpen = isOlder ? unclear === true : staysUnclear(known, run.outcome);
  const next: ScheduleRecord = {
    ...before,
    lastStartedAt,
    lastSuccessAt,
    running: running.slice(0, MAX_RUNNING),
    ...(staysOpen && { unclear: true }),
  };
  if (isRestorable(run.outcome) && startedAt >= (known.latest?.startedAt ?? 0)) {
    const missing = isTogether(whole, index) ? [] : missingClaims(run, volumes, index);
    const unlisted = !isTogether(whole, index) && !tellsMissing(run, volumes);
    const { runId, name } = run;
    next.latest = { runId, name, startedAt, endedAt, ...(unlisted && { unlisted: true }) };
    next.missing = missing.slice(0, MAX_MISSING);
    next.missingMore = missing.length - next.missing.length;
  }
  memory.schedules.set(key, next);
  return key;
}

function freshSchedule(policyId: string): ScheduleRecord {
  const nothing = { latest: null, missing: [], missingMore: 0 };
  return { policyId, lastStartedAt: 0, lastSuccessAt: null, running: [], ...nothing };
}

const isRestorable = (outcome: Outcome) =>
  outcome === 'success' || outcome === 'partial' || outcome === 'empty';

/** False when a claim without a volume object may have been taken all the same: unknown is not skipped. */
function tellsMissing(
  { unlistedVolumes, volumeObjects }: RunFact,
  volumes: RunVolumeFact[],
): boolean {
  return unlistedVolumes !== 'unknown' && volumes.length >= (volumeObjects ?? 0);
}

/** Claims that were there, bound and in scope when the run began, yet have no volume object in it. */
function missingClaims(run: RunFact, volumes: RunVolumeFact[], index: InventoryIndex): string[] {
  if (!tellsMissing(run, volumes)) return [];
  const seen = new Set(volumes.map((volume) => volume.resourceId));
  const missing: string[] = [];
  for (const claim of index.claimsOf.get(run.policyId!) ?? [])
    if (
      !seen.has(claim.resourceId) &&
      claim.claim.phase === 'Bound' &&
      (claim.createdAt === null || claim.createdAt < run.startedAt)
    )
      missing.push(claim.resourceId);
  return missing;
}

/** Forgets what belongs to policies and claims that are gone; returns the keys to remove from the store. */
export function forgetGone(memory: RunMemory, index: InventoryIndex): string[] {
  const gone: string[] = [];
  for (const [key, { policyId, resourceId }] of memory.protections)
    if (!index.policyById.has(policyId) || !index.claimById.has(resourceId)) gone.push(key);
  for (const [key, { policyId }] of memory.schedules)
    if (!index.policyById.has(policyId)) gone.push(key);
  for (const [key, { open, resourceId }] of memory.pending)
    if (!open || !index.claimById.has(resourceId)) gone.push(key);
  for (const key of gone) {
    memory.protections.delete(key);
    memory.schedules.delete(key);
    memory.pending.delete(key);
  }
  return gone;
}

function later(known: number | null, instant: number): number {
  return known === null ? instant : Math.max(known, instant);
}
