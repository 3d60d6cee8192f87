import type { FindingChange } from '../../domain/judgement.ts';
import type { RunLine } from '../../domain/run-line.ts';
import { tickAtOrAfter } from '../../domain/time.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from '../job/advance-job.ts';
import type { ClassMember, FleetPriors } from '../job/class-priors.ts';
import type { JobState } from '../job/job-state.ts';
import { segmentsOf } from './segments.ts';

/** One job of a file on its way through time. */
export interface ReplayJob {
  /** When anything can happen next; infinite: nothing will. */
  next(): number;
  /** Judges up to an instant; instants only grow. */
  advance(until: Date, priors: FleetPriors): void;
  /** What it tells its class; null before its first run. */
  member(): ClassMember | null;
  changes: readonly FindingChange[];
  first: RunLine;
}

/** `runs`: all of a job's, in any order, at least one; none starts after `until`. */
export function createReplayJob(
  runs: readonly RunLine[],
  until: Date,
  settings: JudgeSettings,
): ReplayJob {
  const segments = segmentsOf(runs, until);
  const [first] = segments;
  if (!first) throw new RangeError('a job has at least one run');
  const changes: FindingChange[] = [];
  let state: JobState | null = null;
  let wakeAt = -Infinity;
  let at = 0;
  let given = 0;

  function next(): number {
    const segment = segments[at];
    if (!segment) return Infinity;
    const start = segment.input.runs[given]?.startedAt.getTime() ?? Infinity;
    const end = segments.length - 1 === at ? Infinity : segment.until.getTime();
    return Math.min(start, end, state === null ? Infinity : wakeAt);
  }

  function advance(to: Date, priors: FleetPriors): void {
    for (let segment = segments[at]; segment; segment = segments[at]) {
      const last = tickAtOrAfter(segment.until);
      const end = last < to ? last : to;
      const from = given;
      const all = segment.input.runs;
      while (given < all.length && all[given]!.startedAt <= end) given += 1;
      const input = { ...segment.input, runs: all.slice(from, given), priors };
      const advanced = advanceJob(state, input, end, settings);
      ({ state } = advanced);
      wakeAt = advanced.wakeAt?.getTime() ?? Infinity;
      changes.push(...advanced.changes);
      if (last > to) return;
      at += 1;
      given = 0;
    }
  }

  const member = (): ClassMember | null => state;
  return { next, advance, member, changes, first: first.line };
}
