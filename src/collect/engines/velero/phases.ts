import type { Outcome } from '../../../domain/words.ts';

const RUN: Record<string, Outcome> = {
  New: 'running',
  Queued: 'running',
  ReadyToStart: 'running',
  InProgress: 'running',
  WaitingForPluginOperations: 'running',
  WaitingForPluginOperationsPartiallyFailed: 'running',
  Finalizing: 'running',
  FinalizingPartiallyFailed: 'running',
  FailedValidation: 'failed',
  Completed: 'success',
  PartiallyFailed: 'partial',
  Failed: 'failed',
  // What it was before the deletion began is no longer said.
  Deleting: 'unknown',
};

const VOLUME: Record<string, Outcome> = {
  New: 'running',
  Accepted: 'running',
  Prepared: 'running',
  InProgress: 'running',
  Canceling: 'running',
  Canceled: 'failed',
  Completed: 'success',
  Failed: 'failed',
};

export interface PhaseReading {
  outcome: Outcome;
  /** Null when the phase is known. */
  complaint: string | null;
}

/** Backups and Restores. An object that has no phase yet waits to be taken up: it counts as running. */
export function runPhase(phase: string | null | undefined, dropped: string[]): PhaseReading {
  return readPhase(RUN, phase, dropped);
}

/** PodVolumeBackups and DataUploads. */
export function volumePhase(phase: string | null | undefined, dropped: string[]): PhaseReading {
  return readPhase(VOLUME, phase, dropped);
}

function readPhase(
  table: Record<string, Outcome>,
  phase: string | null | undefined,
  dropped: string[],
): PhaseReading {
  if (dropped.includes('status') || dropped.includes('status.phase')) {
    return { outcome: 'unknown', complaint: null };
  }
  if (!phase) return { outcome: 'running', complaint: null };
  const outcome = Object.hasOwn(table, phase) ? table[phase] : undefined;
  if (outcome !== undefined) return { outcome, complaint: null };
  return {
    outcome: 'unknown',
    complaint: `status.phase "${phase.slice(0, 100)}" is not known`,
  };
}
