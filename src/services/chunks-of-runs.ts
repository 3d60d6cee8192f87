import { HOUR_MS } from '../domain/time.ts';
import type { LedgerRun } from '../store/port.ts';

/** At most so many runs, of so long a time, are asked about at once. */
export const CHUNK = { runs: 500, ms: 6 * HOUR_MS };

/**
 * The oldest runs to ask a meter about at once, in the order of their ends: at most `most`, of six hours, and at least
 * one. Runs that ran together share pods, so a chunk ends between runs where it can.
 */
export function firstChunk(runs: readonly LedgerRun[], most = CHUNK.runs): LedgerRun[] {
  const inTime = runs.toSorted((a, b) => a.endedAt.getTime() - b.endedAt.getTime());
  const from = inTime[0]?.startedAt.getTime() ?? 0;
  const within = inTime
    .slice(0, most)
    .filter((run, index) => index === 0 || run.endedAt.getTime() - from <= CHUNK.ms);
  let size = within.length;
  while (size > 1 && size < inTime.length && ranTogether(inTime, size)) size -= 1;
  return size > 1 ? inTime.slice(0, size) : within;
}

/** Whether a run behind this place had begun when one before it ended. */
function ranTogether(inTime: readonly LedgerRun[], size: number): boolean {
  const last = inTime[size - 1];
  const next = inTime[size];
  return last !== undefined && next !== undefined && next.startedAt <= last.endedAt;
}
