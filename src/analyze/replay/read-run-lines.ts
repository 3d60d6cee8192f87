import { idOf } from '../../domain/id.ts';
import type { RunLine } from '../../domain/run-line.ts';
import { DAY_MS } from '../../domain/time.ts';
import { doubtSchedule } from './doubt-schedule.ts';
import { readRunLine } from './read-run-line.ts';
import type { ReadRunLine } from './read-run-line.ts';

/** A line that could not be used, or not whole, or hardly says what was meant; the rest still counts. */
export interface RunLineProblem {
  /** From 1. */
  line: number;
  message: string;
}

/** Lines dated outside these years are a broken clock's. */
const LATEST_MS = Date.UTC(2200, 0, 1);
const EARLIEST_MS = Date.UTC(1990, 0, 1);
/** A start this far after every other event is a broken clock's, not the end of the history. */
const LONELY_MS = 366 * DAY_MS;

/** The runs of each job by start; a job is cluster + policy + resource. */
export type JobLines = Map<string, Map<string, RunLine>>;

export interface ReadOptions {
  onProblem?: (problem: RunLineProblem) => void;
}

/**
 * Reads run lines in any order; a line with the same job and start replaces an earlier one unless it knows less. Lines
 * that cannot be used are told and left out, and so are figures of a line that cannot be. A policy's schedule that is in
 * doubt is told once.
 */
export async function readRunLines(
  lines: Iterable<string> | AsyncIterable<string>,
  options: ReadOptions,
): Promise<JobLines> {
  const jobs: JobLines = new Map();
  const schedules = new Set<string>();
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const { line, problem } = parseLine(text);
    if (problem !== null) options.onProblem?.({ line: number, message: problem });
    if (line === null) continue;
    const doubt = isNew(schedules, line) ? doubtSchedule(line) : null;
    if (doubt !== null) options.onProblem?.({ line: number, message: doubt });
    keep(jobs, line);
  }
  return jobs;
}

/** Whether a policy's schedule is met for the first time; notes it. */
function isNew(known: Set<string>, run: RunLine): boolean {
  const { cluster, policy, engine, schedule, timeZone } = run;
  if (schedule === null) return false;
  const before = known.size;
  return known.add(JSON.stringify([cluster, policy, engine, schedule, timeZone])).size > before;
}

function parseLine(text: string): ReadRunLine {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return { line: null, problem: 'is not JSON' };
  }
  const read = readRunLine(json);
  const start = Date.parse(read.line?.startedAt ?? '');
  return start < EARLIEST_MS || start > LATEST_MS
    ? { line: null, problem: 'startedAt: is outside 1990 to 2200' }
    : read;
}

function keep(jobs: JobLines, run: RunLine): void {
  const key = idOf(run.cluster, run.policy, run.resource ?? '');
  const runs = jobs.get(key) ?? new Map<string, RunLine>();
  const start = new Date(run.startedAt).toISOString();
  const known = runs.get(start);
  if (!known || knows(run) > knows(known) || (knows(run) === knows(known) && later(run, known))) {
    runs.set(start, run);
  }
  jobs.set(key, runs);
}

/** An ended run knows more than a running one. */
function knows(run: RunLine): number {
  return (run.endedAt === null ? 0 : 1) + (run.outcome === 'running' ? 0 : 1);
}

/** Which of two lines of the same run counts must not depend on their order in the file. */
function later(a: RunLine, b: RunLine): boolean {
  const ends = compare(a.endedAt ?? '', b.endedAt ?? '');
  return ends === 0 ? compare(JSON.stringify(a), JSON.stringify(b)) > 0 : ends > 0;
}

/** The last event of the file; starts a year after all others are a broken clock's and reported as line 0. */
export function lastEvent(jobs: JobLines, options: ReadOptions): Date | null {
  const events = [...jobs.values()].flatMap((runs) =>
    [...runs.values()].map((run) => Date.parse(run.endedAt ?? run.startedAt)),
  );
  events.sort((a, b) => a - b);
  let last = events.length - 1;
  while (
    last > 0 &&
    (events[last] ?? 0) - (events[last - 1] ?? 0) > LONELY_MS &&
    last > events.length / 2
  ) {
    const at = new Date(events[last] ?? 0).toISOString();
    options.onProblem?.({
      line: 0,
      message: `an event at ${at} lies more than a year after all others; it is left out`,
    });
    last -= 1;
  }
  const at = events[last];
  return at === undefined ? null : new Date(at);
}

/**
 * The last due time until then that a run of the file answers; of runs that do not tell theirs, the start. Whoever wrote
 * the file was looking at what was due until that one at least. What was due later, or shortly before, may have started
 * after the file was written.
 */
export function lastAnswered(jobs: JobLines, until: Date): Date {
  let last = 0;
  for (const runs of jobs.values())
    for (const { startedAt, dueAt } of runs.values()) {
      const start = Date.parse(startedAt);
      if (start > until.getTime()) continue;
      last = Math.max(last, dueAt === null ? start : Math.min(start, Date.parse(dueAt)));
    }
  return new Date(last);
}

/** By code units: the same in every locale. */
export function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
