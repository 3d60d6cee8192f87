import { DAY_MS } from '../../domain/time.ts';
import { causeOf, lockAgeSeconds, tellingLine } from '../causes.ts';
import type { JobAttempt, JobRun } from './job-facts.ts';
import { KEPT_ATTEMPTS, KEPT_RUNS } from './job-state.ts';
import type { JobState, RecentAttempt, RecentRun } from './job-state.ts';

/** A start this far beyond the newest observation comes from a wrong clock. */
const FUTURE_MS = DAY_MS;

/** New rows as the engine remembers them, oldest start first. Rows that cannot be placed in time are left out. */
export function readRuns(runs: readonly JobRun[], until: number): RecentRun[] {
  return runs
    .map(recentRun)
    .filter((run) => Number.isFinite(run.start) && run.start <= until + FUTURE_MS)
    .sort((a, b) => a.start - b.start || compare(a.id, b.id));
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function recentRun(run: JobRun): RecentRun {
  const start = run.startedAt.getTime();
  const end = run.endedAt && run.endedAt.getTime() >= start ? run.endedAt.getTime() : null;
  const seconds = atLeastZero(run.durationSeconds);
  const ended = end ?? (run.outcome === 'running' ? null : start + (seconds ?? 0) * 1_000);
  return {
    id: run.runId,
    table: run.table,
    start,
    end: ended,
    outcome: effectiveOutcome(run),
    seconds: seconds ?? (end === null ? null : (end - start) / 1_000),
    logical: atLeastZero(run.logicalBytes),
    added: atLeastZero(run.addedBytes),
    files: atLeastZero(run.files),
    dedup: atLeastZero(run.dedupRatio),
    full: run.fullRead,
    volumesFailed: run.volumesFailed,
    judged: false,
    learned: false,
    oddSize: false,
    due: run.dueAt?.getTime() ?? null,
    delay: null,
    cause: causeOf(run.errorText),
    text: run.errorText === null ? null : tellingLine(run.errorText),
    lockSeconds: lockAgeSeconds(run.errorText),
    readings: null,
    adopted: [],
  };
}

/** A success that read no file, or no byte, moved nothing. */
function effectiveOutcome(run: JobRun): JobRun['outcome'] {
  const nothing = run.files === 0 || (run.files === null && run.logicalBytes === 0);
  return run.outcome === 'success' && nothing ? 'empty' : run.outcome;
}

function atLeastZero(value: number | null): number | null {
  return value !== null && Number.isFinite(value) && value >= 0 ? value : null;
}

/** Puts a run into the memory or renews what is known of it; a run older than the memory reaches is left out. */
export function rememberRun(state: JobState, given: RecentRun): void {
  let run = given;
  const known = placeOf(state.runs, run.id);
  const before = state.runs[known];
  if (before) {
    if (sameResult(before, run)) return;
    run = { ...run, delay: before.delay, learned: before.learned };
    state.runs.splice(known, 1);
    state.unspoken = true;
  } else if (state.runs.length >= KEPT_RUNS && run.start < (state.runs[0]?.start ?? 0)) {
    return;
  }
  let place = state.runs.length;
  while (place > 0 && (state.runs[place - 1]?.start ?? 0) > run.start) place -= 1;
  state.runs.splice(place, 0, run);
  if (state.runs.length > KEPT_RUNS) forgetOldest(state);
  state.dirty = true;
}

/** What is open may rest on the run that goes. */
function forgetOldest(state: JobState): void {
  state.runs.shift();
  if (state.open.length > 0) state.unspoken = true;
}

/** Index of a run, most likely one of the newest; -1 when it is not remembered. */
function placeOf(runs: readonly RecentRun[], id: string): number {
  let index = runs.length - 1;
  while (index >= 0 && runs[index]!.id !== id) index -= 1;
  return index;
}

function sameResult(a: RecentRun, b: RecentRun): boolean {
  return (
    a.outcome === b.outcome &&
    a.start === b.start &&
    a.end === b.end &&
    a.logical === b.logical &&
    a.added === b.added &&
    a.files === b.files &&
    a.dedup === b.dedup &&
    a.seconds === b.seconds &&
    a.volumesFailed === b.volumesFailed
  );
}

export function readAttempts(attempts: readonly JobAttempt[], until: number): RecentAttempt[] {
  return attempts
    .map((attempt) => ({
      runId: attempt.runId,
      key: attempt.attemptKey,
      at: attempt.endedAt.getTime(),
      failed: attempt.outcome === 'failed',
      cause: causeOf(attempt.log),
      text: attempt.log === null ? null : tellingLine(attempt.log),
      lockSeconds: lockAgeSeconds(attempt.log),
    }))
    .filter((attempt) => Number.isFinite(attempt.at) && attempt.at <= until + FUTURE_MS)
    .sort((a, b) => a.at - b.at || compare(a.key, b.key));
}

/** Keeps the newest, and the first of the run they belong to: since when it fails. */
export function rememberAttempt(state: JobState, attempt: RecentAttempt): void {
  const { attempts } = state;
  if (attempts.some((a) => a.key === attempt.key && a.runId === attempt.runId)) return;
  if (attempts.length >= KEPT_ATTEMPTS && attempt.at <= (attempts[1]?.at ?? 0)) return;
  attempts.push(attempt);
  attempts.sort((a, b) => a.at - b.at);
  if (attempts.length > KEPT_ATTEMPTS)
    attempts.splice(attempts[0]?.runId === attempts.at(-1)?.runId ? 1 : 0, 1);
  state.dirty = true;
  state.unspoken = true;
}
