import type { Outcome } from '../../../domain/words.ts';
import type { Condition, Work } from './schema.ts';

export interface WorkEnd {
  outcome: Outcome;
  endedAt: Date | null;
  /** The engine's words for a failure. */
  words: string | null;
  /** What could not be understood; null when nothing. */
  complaint: string | null;
}

/** K8up waits with these; every other reason of a False condition is a failure (api/v1/status.go). */
const NO_FAILURE = new Set(['Ready', 'NoPreBackupPodsFound', 'Waiting', 'Succeeded', 'Finished']);

/**
 * How a Backup, Check, Prune or Restore went. Success is the condition Completed, True, for the reason Succeeded;
 * `finished: true` says nothing about it. A pre-backup pod that failed fails the Backup, whatever else is written.
 */
export function endOf(object: Work, dropped: string[]): WorkEnd {
  const conditions = object.status?.conditions ?? [];
  const named = (type: string) => conditions.find((one) => one.type === type);
  const before = named('PreBackupPodReady') ?? named('PreBackupPodsReady');
  if (before?.status === 'False' && !NO_FAILURE.has(before.reason ?? ''))
    return ended('failed', before);
  const completed = named('Completed');
  if (completed?.status === 'True') return completedEnd(completed);
  if (dropped.some((path) => path.startsWith('status'))) return open('unknown', null);
  if (object.status?.finished || named('Progressing')?.reason === 'Finished')
    return open('unknown', 'it has finished, but no condition Completed says how');
  return open('running', null);
}

function completedEnd(condition: Condition): WorkEnd {
  if (condition.reason === 'Succeeded') return { ...ended('success', condition), words: null };
  if (condition.reason === 'Failed') return ended('failed', condition);
  const reason = (condition.reason ?? '').slice(0, 100);
  return { ...ended('unknown', condition), complaint: `Completed for "${reason}" is not known` };
}

function ended(outcome: Outcome, condition: Condition): WorkEnd {
  const words = [condition.reason, condition.message].filter((part) => part).join(': ');
  return {
    outcome,
    endedAt: condition.lastTransitionTime ?? null,
    words: words.slice(0, 2_048) || null,
    complaint: null,
  };
}

function open(outcome: Outcome, complaint: string | null): WorkEnd {
  return { outcome, endedAt: null, words: null, complaint };
}
