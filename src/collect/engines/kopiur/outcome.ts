import type { Outcome } from '../../../domain/words.ts';
import type { Restore, Snapshot } from './schema.ts';

export interface PhaseReading {
  /** Null: it stands for no run of kopiur, only for a snapshot found in the repository. */
  outcome: Outcome | null;
  /** What could not be understood; null when nothing. */
  complaint: string | null;
}

const RUN: Record<string, Outcome> = {
  Pending: 'running',
  Running: 'running',
  Succeeded: 'success',
  Failed: 'failed',
  // What it was before the deletion began is no longer said.
  Deleting: 'unknown',
};
const RESTORE: Record<string, Outcome> = {
  Pending: 'running',
  Resolving: 'running',
  Restoring: 'running',
  Completed: 'success',
  Failed: 'failed',
};
const FOUND = ['discovered', 'replicated'];
const UNREAD = ['status', 'status.phase'];
/** With one of these left out, nobody can say that a snapshot is whole. */
const COUNTS = ['status.stats', 'status.stats.filesFailed'];

/**
 * A Snapshot that left files out is `Succeeded` to kopiur and partial to us; one that found neither bytes nor files is
 * empty.
 */
export function snapshotOutcome({ status }: Snapshot, dropped: string[]): PhaseReading {
  if (status?.phase === 'Discovered' || FOUND.includes(status?.origin ?? ''))
    return { outcome: null, complaint: null };
  const read = phaseOf(RUN, status?.phase, dropped);
  if (read.outcome !== 'success') return read;
  if (dropped.some((path) => COUNTS.includes(path))) return { outcome: 'unknown', complaint: null };
  const stats = status?.stats;
  if ((stats?.filesFailed ?? 0) > 0) return { outcome: 'partial', complaint: null };
  const empty = stats?.sizeBytes === 0 && filesOf(status) === 0;
  return { outcome: empty ? 'empty' : 'success', complaint: null };
}

/** All files of the snapshot; null when it does not say. */
export function filesOf(status: Snapshot['status']): number | null {
  const { filesNew, filesModified, filesUnchanged } = status?.stats ?? {};
  const counts = [filesNew, filesModified, filesUnchanged].filter((one) => typeof one === 'number');
  return counts.length === 0 ? null : counts.reduce((sum, one) => sum + one, 0);
}

/** `onMissingSnapshot: Continue` completes a restore that found nothing: it brings an empty volume. */
export function restoreOutcome({ status }: Restore, dropped: string[]): PhaseReading {
  const read = phaseOf(RESTORE, status?.phase, dropped);
  if (read.outcome !== 'success') return read;
  const resolution = status?.resolved?.resolution;
  if (resolution === 'NoSnapshot') return { outcome: 'empty', complaint: null };
  if (dropped.some((path) => path.startsWith('status.resolved')))
    return { outcome: 'unknown', complaint: null };
  if (!resolution || resolution === 'Snapshot') return read;
  const complaint = `status.resolved.resolution "${resolution.slice(0, 100)}" is not known`;
  return { outcome: 'unknown', complaint };
}

function phaseOf(
  table: Record<string, Outcome>,
  phase: string | null | undefined,
  dropped: string[],
): PhaseReading {
  if (dropped.some((path) => UNREAD.includes(path))) return { outcome: 'unknown', complaint: null };
  if (!phase) return { outcome: 'running', complaint: null };
  const outcome = Object.hasOwn(table, phase) ? table[phase] : undefined;
  if (outcome !== undefined) return { outcome, complaint: null };
  const complaint = `status.phase "${phase.slice(0, 100)}" is not known`;
  return { outcome: 'unknown', complaint };
}
