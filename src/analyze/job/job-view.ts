import type { Cause } from '../../domain/judgement.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { graceSeconds } from '../expected-runs.ts';
import type { Cadence } from '../schedules/due-times.ts';
import type { JobFacts } from './job-facts.ts';
import type { Due, JobState, RecentRun } from './job-state.ts';
import type { FindingKind } from '../../domain/words.ts';
import { outcomes } from './baseline.ts';
import type { Baseline } from './baseline.ts';
import type { ClassPrior } from './class-priors.ts';

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
  /** Without a run it is what the policy says of itself. */
  lastGood: { runId: string | null; at: number } | null;
  cadence: Cadence | null;
  /** See `graceSeconds` in expected-runs.ts. */
  grace: () => number;
  dues: readonly Due[];
  /** What its runs were like, as the channels of baseline.ts know it. */
  baseline: Baseline;
  /** Jobs of its class that its expectation rests on too. */
  alike: number;
  /** Kinds that are open now, and since when: what is told stays until it is surely over. */
  open: ReadonlyMap<FindingKind, number>;
  problem: JobState['problem'];
}

export function viewJob(
  state: JobState,
  job: JobFacts,
  { cadence, prior }: { cadence: Cadence | null; prior: ClassPrior },
  now: number,
): JobView {
  const runs = startedBy(state.runs, now);
  const last = runs.at(-1) ?? null;
  const ended = runs.every(({ judged }) => judged) ? runs : runs.filter(({ judged }) => judged);
  const running = last && !last.judged && !isOvertaken(last, ended) ? last : null;
  return {
    now,
    job,
    runs,
    ended,
    running,
    failing: failingOf(state, runs, now),
    lastGood: lastGoodOf(state, job, now),
    cadence,
    grace: () => graceSeconds(state, cadence?.intervalSeconds ?? null),
    dues: state.dues,
    baseline: state.baseline,
    alike: prior.jobs,
    open:
      state.open.length === 0
        ? NONE_OPEN
        : new Map(state.open.map(({ kind, since }) => [kind, since])),
    problem: state.problem && state.problem.since <= now ? state.problem : null,
  };
}

const NONE_OPEN: JobView['open'] = new Map();

/** Of runs in order of their start; the same array when it is all of them, as mostly. */
function startedBy(runs: readonly RecentRun[], now: number): readonly RecentRun[] {
  return (runs.at(-1)?.start ?? now) <= now ? runs : runs.filter(({ start }) => start <= now);
}

/** A later end says that a run whose own was never seen is over. */
function isOvertaken({ start }: RecentRun, ended: readonly RecentRun[]): boolean {
  return ended.some((run) => (run.end ?? 0) > start);
}

/** The newest success seen; before the first what the policy says of itself. */
function lastGoodOf({ lastGood }: JobState, job: JobFacts, now: number): JobView['lastGood'] {
  if (lastGood) return { runId: lastGood.runId, at: lastGood.start };
  const told = job.lastSuccessAt?.getTime() ?? null;
  return told !== null && told <= now ? { runId: null, at: told } : null;
}

function failingOf(state: JobState, runs: readonly RecentRun[], now: number): Failing | null {
  let failing: Failing | null = null;
  let ended = 0;
  for (let index = runs.length - 1; index >= 0; index -= 1) {
    const run = runs[index];
    if (!run) break;
    if (!run.judged) {
      failing = fromAttempts(run, state, now) ?? failing;
    } else if (run.outcome === 'failed' || run.outcome === 'partial') {
      if (run.volumesFailed) continue;
      ended += 1;
      failing = withFailedRun(failing, run, run.outcome);
    } else if (run.outcome === 'success' || run.outcome === 'empty') break;
  }
  return failing && { ...failing, before: countBefore(state, ended) };
}

/** How the runs before the newest failures ended. */
function countBefore({ baseline }: JobState, failing: number): Failing['before'] {
  const recent = outcomes.recent(baseline);
  const older = outcomes.before(baseline);
  const failures = Math.max(0, recent.failures + older.failures - failing);
  return { failures, successes: recent.runs + older.runs - recent.failures - older.failures };
}

/** A run that has not ended, whose newest attempt failed. */
function fromAttempts(run: RecentRun, { attempts, dues }: JobState, now: number): Failing | null {
  const own = attempts.filter((attempt) => attempt.runId === run.id && attempt.at <= now);
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
