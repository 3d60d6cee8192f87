import type { Cause } from '../../domain/judgement.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { graceSeconds } from '../expected-runs.ts';
import type { Cadence } from '../schedules/due-times.ts';
import type { JobFacts } from './job-facts.ts';
import type { Due, JobState, RecentAttempt, RecentRun } from './job-state.ts';

/** What is failing at the moment, from the first failure since the last good run. */
export interface Failing {
  /** Failed runs in a row; a run that keeps retrying counts once for each due time it has blocked, and once more. */
  count: number;
  since: number;
  /** The newest sign of it. */
  last: {
    at: number;
    cause: Cause | null;
    text: string | null;
    lockSeconds: number | null;
    table: 'runs' | 'run_volumes' | 'attempts';
    rowId: string;
    outcome: 'failed' | 'partial';
  };
  /** The engine is trying again within the same run. */
  retrying: boolean;
  before: { failures: number; successes: number };
}

/** A job as one tick sees it: nothing in it is later than `now`. */
export interface JobView {
  now: number;
  job: JobFacts;
  /** Runs that have started, oldest first. */
  runs: readonly RecentRun[];
  /** Runs that have ended, oldest first. */
  ended: readonly RecentRun[];
  /** The newest run, when it has not ended. */
  running: RecentRun | null;
  failing: Failing | null;
  lastGood: { runId: string | null; at: number } | null;
  cadence: Cadence | null;
  /** See `graceSeconds` in expected-runs.ts. */
  grace: () => number;
  dues: readonly Due[];
  problem: JobState['problem'];
}

export function viewJob(
  state: JobState,
  job: JobFacts,
  cadence: Cadence | null,
  now: number,
): JobView {
  const runs = state.runs.filter((run) => run.start <= now);
  const ended = runs.filter((run) => run.judged);
  const last = runs.at(-1) ?? null;
  const overtaken = ended.some((run) => (run.end ?? 0) > (last?.start ?? 0));
  const running = last && !last.judged && !overtaken ? last : null;
  return {
    now,
    job,
    runs,
    ended,
    running,
    failing: failingOf(
      runs,
      state.attempts.filter((a) => a.at <= now),
      state.dues,
      now,
    ),
    lastGood: lastGoodOf(state, job, now),
    cadence,
    grace: () => graceSeconds(ended, cadence?.intervalSeconds ?? null),
    dues: state.dues,
    problem: state.problem && state.problem.since <= now ? state.problem : null,
  };
}

function lastGoodOf(state: JobState, job: JobFacts, now: number): JobView['lastGood'] {
  const own = state.lastGood;
  const told = job.lastSuccessAt?.getTime() ?? null;
  if (told !== null && told <= now && told > (own?.start ?? 0) && state.runs.length === 0) {
    return { runId: null, at: told };
  }
  return own ? { runId: own.runId, at: own.start } : null;
}

function failingOf(
  runs: readonly RecentRun[],
  attempts: readonly RecentAttempt[],
  dues: readonly Due[],
  now: number,
): Failing | null {
  let failing: Failing | null = null;
  let index = runs.length - 1;
  for (; index >= 0; index -= 1) {
    const run = runs[index];
    if (!run) break;
    if (!run.judged) {
      failing = fromAttempts(run, attempts, dues, now) ?? failing;
    } else if (run.outcome === 'failed' || run.outcome === 'partial') {
      if (run.volumesFailed) continue;
      failing = withFailedRun(failing, run, run.outcome);
    } else if (run.outcome === 'success' || run.outcome === 'empty') break;
  }
  if (!failing) return null;
  for (const run of runs.slice(0, Math.max(0, index + 1))) {
    if (run.outcome === 'success') failing.before.successes += 1;
    if (run.outcome === 'failed' || run.outcome === 'partial') failing.before.failures += 1;
  }
  return failing;
}

/** A run that has not ended, whose newest attempt failed. */
function fromAttempts(
  run: RecentRun,
  attempts: readonly RecentAttempt[],
  dues: readonly Due[],
  now: number,
): Failing | null {
  const own = attempts.filter((attempt) => attempt.runId === run.id);
  const last = own.at(-1);
  const first = own.find((attempt) => attempt.failed);
  if (!last?.failed || !first) return null;
  const passed = dues.filter((due) => due.at > run.start + SECOND_MS && due.at <= now).length;
  const rowId = `${run.id}/${last.key}`;
  return {
    count: 1 + passed,
    since: first.at,
    last: { ...last, table: 'attempts', rowId, outcome: 'failed' },
    retrying: true,
    before: { failures: 0, successes: 0 },
  };
}

function withFailedRun(
  failing: Failing | null,
  run: RecentRun,
  outcome: 'failed' | 'partial',
): Failing {
  const at = run.end ?? run.start;
  if (failing) return { ...failing, count: failing.count + 1, since: at };
  return {
    count: 1,
    since: at,
    last: {
      at,
      cause: run.cause,
      text: run.text,
      lockSeconds: run.lockSeconds,
      table: run.table,
      rowId: run.id,
      outcome,
    },
    retrying: false,
    before: { failures: 0, successes: 0 },
  };
}
