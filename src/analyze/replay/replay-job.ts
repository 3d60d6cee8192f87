import type { ExpectedRun, FindingChange } from '../../domain/judgement.ts';
import type { ObservedWindow } from '../../domain/facts.ts';
import type { RunLine } from '../../domain/run-line.ts';
import { tickAtOrAfter } from '../../domain/time.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { continueJob } from '../job/advance-job.ts';
import { tellClass } from '../job/class-priors.ts';
import type { ClassMember, FleetPriors } from '../job/class-priors.ts';
import type { JobState } from '../job/job-state.ts';
import { segmentsOf } from './segments.ts';

/** A stretch in which a job's runs were watched. */
export type Watch = Pick<ObservedWindow, 'from' | 'until'>;

export interface ReplayLimits {
  /** When its runs were watched; null: always. */
  watched?: readonly Watch[] | null;
  /** Nothing is due after it. */
  dueUntil?: Date | undefined;
}

/** One job of a file on its way through time. */
export interface ReplayJob {
  /** When anything can happen next; infinite: nothing will. */
  next(): number;
  /** Judges up to an instant; instants only grow. */
  advance(until: Date, priors: FleetPriors): void;
  /** What it tells its class; null before its first run. */
  member(): ClassMember | null;
  changes: readonly FindingChange[];
  /** What became of its due times. */
  expectedRuns: readonly ExpectedRun[];
  /** By start. */
  runs: readonly RunLine[];
}

/** `given`: all runs of a job, in any order, at least one; none starts after `until`. */
export function createReplayJob(
  given: readonly RunLine[],
  until: Date,
  settings: JudgeSettings,
  { watched = null, dueUntil }: ReplayLimits = {},
): ReplayJob {
  const runs = byStart(given);
  const segments = segmentsOf(runs, until);
  const changes: FindingChange[] = [];
  const expectedRuns: ExpectedRun[] = [];
  let state: JobState | null = null;
  let told: ClassMember | null = null;
  let wakeAt = -Infinity;
  let at = 0;
  let taken = 0;

  function next(): number {
    const segment = segments[at];
    if (!segment) return Infinity;
    const start = segment.input.runs[taken]?.startedAt.getTime() ?? Infinity;
    const end = segments.length - 1 === at ? Infinity : segment.until.getTime();
    return Math.min(start, end, state === null ? Infinity : wakeAt);
  }

  function advance(to: Date, priors: FleetPriors): void {
    for (let segment = segments[at]; segment; segment = segments[at]) {
      const last = tickAtOrAfter(segment.until);
      const over = last.getTime() <= to.getTime();
      const end = over ? last : to;
      const from = taken;
      const all = segment.input.runs;
      while (taken < all.length && all[taken]!.startedAt.getTime() <= end.getTime()) taken += 1;
      const observedWindows = watched === null ? segment.input.observedWindows : upTo(watched, end);
      const part = { runs: all.slice(from, taken), priors, observedWindows };
      const input = { ...segment.input, ...part, ...(dueUntil !== undefined && { dueUntil }) };
      const advanced = continueJob(state, input, end, settings);
      ({ state } = advanced);
      told = null;
      wakeAt = advanced.wakeAt?.getTime() ?? Infinity;
      changes.push(...advanced.changes);
      expectedRuns.push(...advanced.expectedRuns);
      if (!over) return;
      at += 1;
      taken = 0;
    }
  }

  /** Told anew only when the state has changed. */
  function member(): ClassMember | null {
    if (told === null && state !== null) told = tellClass(state);
    return told;
  }

  return { next, advance, member, changes, expectedRuns, runs };
}

/** Lines of the same instant stay in the order given. */
function byStart(lines: readonly RunLine[]): RunLine[] {
  return lines
    .map((line) => ({ line, at: Date.parse(line.startedAt) }))
    .sort((a, b) => a.at - b.at)
    .map(({ line }) => line);
}

/** What had been watched by then. */
function upTo(watched: readonly Watch[], end: Date): Watch[] {
  return watched
    .filter(({ from }) => from <= end)
    .map(({ from, until }) => ({ from, until: until < end ? until : end }));
}
