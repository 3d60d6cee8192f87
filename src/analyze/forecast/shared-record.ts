import { HOUR_MS } from '../../domain/time.ts';
import type { JobRecord } from './job-record.ts';

/** How long a result of one job speaks about others that share something with it. */
export const FADES = [3 * HOUR_MS, 30 * HOUR_MS] as const;

/** What jobs that share a namespace, a target, a node or a start minute have lately met. */
export interface SharedRecord {
  jobs: number;
  /** Of them, those whose last result was a failure. */
  failing: number;
  /** Failures beyond each job's own rate and their variance, by `FADES`, as of `at`. */
  sums: { excess: number; variance: number }[];
  at: number;
}

export function freshShared(): SharedRecord {
  return { jobs: 0, failing: 0, sums: FADES.map(() => ({ excess: 0, variance: 0 })), at: 0 };
}

/** What the others in the group say, seen from one of its jobs. */
export interface Others {
  jobs: number;
  failing: number;
  /** Standard deviations by which they failed more than usual, by `FADES`. */
  surprise: number[];
}

export function othersOf(shared: SharedRecord, record: JobRecord, at: number): Others {
  const known = record.results > 0 ? 1 : 0;
  return {
    jobs: Math.max(0, shared.jobs - known),
    failing: Math.max(0, shared.failing - (known === 1 && record.lastFailed ? 1 : 0)),
    surprise: shared.sums.map((sum, i) => {
      const theirs = fade(shared.at, at, i);
      const mine = fade(record.sharedAt, at, i);
      const own = record.own[i]!;
      const variance = Math.max(0, theirs * sum.variance - mine * own.variance);
      return (theirs * sum.excess - mine * own.excess) / Math.sqrt(variance + 0.5);
    }),
  };
}

/** Adds a job's result, whose own rate of failure was `usual`; before the record takes it in. */
export function noteShared(
  groups: readonly SharedRecord[],
  record: JobRecord,
  failed: boolean,
  usual: number,
  at: number,
): void {
  const excess = (failed ? 1 : 0) - usual;
  const variance = usual * (1 - usual);
  for (const shared of groups) {
    if (record.results === 0) shared.jobs += 1;
    const before = record.results > 0 && record.lastFailed ? 1 : 0;
    shared.failing += (failed ? 1 : 0) - before;
    shared.at = addFaded(shared.sums, shared.at, at, excess, variance);
  }
  record.sharedAt = addFaded(record.own, record.sharedAt, at, excess, variance);
}

/** Adds to sums as of `from`; a result older than they are comes in faded. Returns what they are now as of. */
function addFaded(
  sums: { excess: number; variance: number }[],
  from: number,
  at: number,
  excess: number,
  variance: number,
): number {
  const now = Math.max(from, at);
  sums.forEach((sum, i) => {
    const old = fade(from, now, i);
    const fresh = fade(at, now, i);
    sum.excess = old * sum.excess + fresh * excess;
    sum.variance = old * sum.variance + fresh * variance;
  });
  return now;
}

function fade(from: number, at: number, i: number): number {
  return Math.exp(-Math.max(0, at - from) / FADES[i]!);
}
