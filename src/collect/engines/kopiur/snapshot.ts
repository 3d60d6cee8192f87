import { secondsBetween } from '../../../domain/time.ts';
import type { RestorePointFact, RunFact, RunVolumeFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import {
  claimId,
  pointId,
  policyId,
  referredRepository,
  repositoryId,
  snapshotRunId,
} from './ids.ts';
import { filesOf } from './outcome.ts';
import type { Snapshot } from './schema.ts';

/** Where kopiur mounts a claim, unless its policy says otherwise. */
const MOUNT = /^\/pvc\/([^/]+)\/?$/;

/** The claims a Snapshot is of, by what it resolved, else by its path; none when it does not say yet. */
export function claimIdsOf({ metadata, status }: Snapshot, context: EngineContext): string[] {
  const resolved = (status?.resolved?.sources ?? []).flatMap(({ pvc }) => {
    const [namespace, name] = pvc?.split('/') ?? [];
    return namespace && name ? [claimId(context, { namespace, name })] : [];
  });
  if (resolved.length > 0) return [...new Set(resolved)];
  const name = MOUNT.exec(status?.snapshot?.identity?.sourcePath ?? '')?.[1];
  return name ? [claimId(context, { namespace: metadata.namespace, name })] : [];
}

/** Null when it has no creation time: then the run has no identity. */
export function runFactOf(
  object: Snapshot,
  outcome: Outcome,
  claims: string[],
  context: EngineContext,
): RunFact | null {
  const { metadata, status } = object;
  const born = metadata.creationTimestamp;
  if (!born) return null;
  const { timing, stats, job } = status ?? {};
  const startedAt = timing?.startTime ?? born;
  const endedAt = outcome === 'running' ? null : (timing?.endTime ?? null);
  const attempts = job?.attempts ?? 0;
  return {
    runId: snapshotRunId(context, metadata.uid),
    runDay: born.toISOString().slice(0, 10),
    engine: 'kopiur',
    policyId: policyIdFor(object, context),
    resourceId: claims.length === 1 ? (claims[0] ?? null) : null,
    namespace: metadata.namespace,
    name: metadata.name,
    startedAt,
    endedAt,
    outcome,
    durationSeconds: endedAt === null ? null : durationOf(object, startedAt, endedAt),
    logicalBytes: stats?.sizeBytes ?? null,
    addedBytes: null,
    storedBytes: stats?.bytesNew ?? null,
    files: filesOf(status),
    snapshotId: status?.snapshot?.kopiaSnapshotID || null,
    warnings: attempts > 1 ? attempts - 1 : null,
    errors: stats?.filesFailed ?? null,
    errorText: wordsOf(object, outcome),
    fullRead: false,
    ...(claims.length > 1 && {
      unlistedVolumes: 'not-taken' as const,
      volumeObjects: claims.length,
    }),
  };
}

function durationOf({ status }: Snapshot, startedAt: Date, endedAt: Date): number | null {
  const told = status?.timing?.durationSeconds;
  if (typeof told === 'number') return told;
  return endedAt >= startedAt ? secondsBetween(startedAt, endedAt) : null;
}

export function policyIdFor({ metadata, spec }: Snapshot, context: EngineContext): string | null {
  const name = spec?.policyRef?.name;
  return name ? policyId(context, { namespace: metadata.namespace, name }) : null;
}

function wordsOf({ status }: Snapshot, outcome: Outcome): string | null {
  if (outcome === 'partial')
    return `${status?.stats?.filesFailed ?? 0} files could not be read and are not in the snapshot`;
  const { kopiaErrorClass, message, stderrTail } = status?.failure ?? {};
  const tail = stderrTail ?? (outcome === 'failed' ? status?.logTail : null);
  const words = [kopiaErrorClass, message, tail].filter((part) => part).join(': ');
  return words.slice(0, 2_048) || null;
}

/** Of a run of several claims, each one's part; kopiur counts bytes and files of the whole only. */
export function runVolumesOf(run: RunFact, claims: string[]): RunVolumeFact[] {
  if (claims.length < 2) return [];
  const { runId, runDay, outcome, startedAt, endedAt, snapshotId, errorText } = run;
  return claims.map((resourceId) => ({
    runId,
    runDay,
    resourceId,
    outcome,
    startedAt,
    endedAt,
    logicalBytes: null,
    addedBytes: null,
    snapshotId,
    message: errorText === null ? null : `of ${claims.length} claims together: ${errorText}`,
  }));
}

/** Null when it names no snapshot in the repository, or no time at which it was taken. */
export function pointFactOf(
  object: Snapshot,
  run: RunFact | null,
  claims: string[],
  context: EngineContext,
): RestorePointFact | null {
  const { metadata, status } = object;
  const handle = status?.snapshot?.kopiaSnapshotID;
  const takenAt = status?.timing?.startTime ?? metadata.creationTimestamp;
  if (!handle || !takenAt) return null;
  const repository = referredRepository(status?.resolved?.repository, metadata.namespace);
  return {
    restorePointId: pointId(context, metadata.uid),
    engine: 'kopiur',
    policyId: policyIdFor(object, context),
    repositoryId: repository === null ? null : repositoryId(context, repository),
    resourceId: claims.length === 1 ? (claims[0] ?? null) : null,
    runId: run?.runId ?? null,
    takenAt,
    expiresAt: null,
    handle: handle.slice(0, 200),
    logicalBytes: status?.stats?.sizeBytes ?? null,
  };
}
