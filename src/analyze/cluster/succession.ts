import type { JobStateRow } from '../../domain/judgement.ts';
import type { Engine } from '../../domain/words.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from '../job/advance-job.ts';
import type { JobFacts, JobRun } from '../job/job-facts.ts';
import type { JobState } from '../job/job-state.ts';
import { ownRow, readRow } from './stored-row.ts';

/**
 * What a claim's job leaves to the one that takes over, whatever its engine: its good runs. Failures stay with the
 * policy that failed.
 */
export interface Legacy {
  engine: Engine | null;
  /** Oldest first, at least one. */
  runs: JobRun[];
}

const PREFIX = 'legacy:';
const StoredLegacy = ownRow<{ engine: Engine | null; runs: StoredRun[] }>();
type StoredRun = Omit<JobRun, 'startedAt' | 'endedAt'> & { startedAt: string; endedAt: string };

/** Enough for every baseline, and a row holds 16 KB. */
const MOST_RUNS = 24;

export const legacyKey = (resourceId: string): string => `${PREFIX}${resourceId}`;

/** The good runs a job remembers; null when it has none. */
export function legacyOf(state: JobState, engine: Engine | null): Legacy | null {
  const runs = state.runs.flatMap((run): JobRun[] =>
    run.outcome !== 'success' || run.end === null || run.full
      ? []
      : [
          {
            runId: run.id,
            table: run.table,
            startedAt: new Date(run.start),
            endedAt: new Date(run.end),
            outcome: run.outcome,
            durationSeconds: run.seconds,
            logicalBytes: run.logical,
            addedBytes: run.added,
            dedupRatio: null,
            files: run.files,
            errorText: null,
            fullRead: false,
            dueAt: null,
            volumesFailed: false,
          },
        ],
  );
  return runs.length === 0 ? null : { engine, runs: runs.slice(-MOST_RUNS) };
}

/** The one with the newest run; the first of equals. */
export function newerLegacy(a: Legacy | null, b: Legacy | null): Legacy | null {
  if (a === null || b === null) return a ?? b;
  return lastEnd(b) > lastEnd(a) ? b : a;
}

/**
 * A new job's state, as if it had had the legacy's runs. Another engine takes another time and stores in another way:
 * then only what the claim holds is carried on. Nobody watched the new job then, so nothing is raised or missed.
 */
export function succeed(legacy: Legacy, job: JobFacts, settings: JudgeSettings): JobState {
  const same = legacy.engine === job.engine;
  const runs = same ? legacy.runs : legacy.runs.map(withoutMethod);
  const heir = { ...job, problem: null, pausedSince: null, removedAt: null };
  const input = { job: heir, runs, attempts: [], observedWindows: [] };
  return advanceJob(null, input, new Date(lastEnd(legacy)), settings).state;
}

/** Without an end too: it would tell the duration. */
const withoutMethod = (run: JobRun): JobRun => ({
  ...run,
  endedAt: null,
  durationSeconds: null,
  addedBytes: null,
});

const lastEnd = ({ runs }: Legacy): number =>
  Math.max(...runs.map(({ startedAt, endedAt }) => (endedAt ?? startedAt).getTime()));

/** The row that keeps a legacy whose heir has not come yet. */
export function legacyRow(resourceId: string, legacy: Legacy): JobStateRow {
  const jobId = legacyKey(resourceId);
  return { jobId, policyId: null, resourceId, state: JSON.stringify(legacy), wakeAt: null };
}

/** Null when the row is none of these, or damaged: then the heir begins anew. */
export function readLegacy(row: JobStateRow): Legacy | null {
  const stored = row.jobId.startsWith(PREFIX) ? readRow(row, StoredLegacy) : null;
  if (stored === null || !Array.isArray(stored.runs) || stored.runs.length === 0) return null;
  const { engine, runs } = stored;
  return {
    engine,
    runs: runs.map((run) => ({
      ...run,
      startedAt: new Date(run.startedAt),
      endedAt: new Date(run.endedAt),
    })),
  };
}

export const isLegacyRow = (row: JobStateRow): boolean => row.jobId.startsWith(PREFIX);
