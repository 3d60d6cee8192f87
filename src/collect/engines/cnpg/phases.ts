import type { Outcome } from '../../../domain/words.ts';

const PHASES: Record<string, Outcome> = {
  pending: 'running',
  started: 'running',
  running: 'running',
  finalizing: 'running',
  completed: 'success',
  failed: 'failed',
  // Base backups wait until the archive works again: none is made until then.
  walArchivingFailing: 'failed',
  'invalid backup definition': 'failed',
};

export interface PhaseReading {
  outcome: Outcome;
  /** Null when the phase is known. */
  complaint: string | null;
}

/** A Backup that has no phase yet waits to be taken up: it counts as running. */
export function readPhase(phase: string | null | undefined, dropped: string[]): PhaseReading {
  if (dropped.includes('status') || dropped.includes('status.phase'))
    return { outcome: 'unknown', complaint: null };
  if (!phase) return { outcome: 'running', complaint: null };
  const outcome = Object.hasOwn(PHASES, phase) ? PHASES[phase] : undefined;
  if (outcome !== undefined) return { outcome, complaint: null };
  return { outcome: 'unknown', complaint: `status.phase "${phase.slice(0, 100)}" is not known` };
}
