import { idOf } from '../../domain/id.ts';
import type { FindingChange, FindingDraft } from '../../domain/judgement.ts';
import { RunLine } from '../../domain/run-line.ts';
import type { FindingLine } from '../../domain/run-line.ts';
import { DAY_MS, tickAtOrAfter } from '../../domain/time.ts';
import { SEVERITIES } from '../../domain/words.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { advanceJob } from '../job/advance-job.ts';
import type { JobState } from '../job/job-state.ts';
import { segmentsOf } from './segments.ts';
import type { Segment } from './segments.ts';

/** A line that could not be used; the rest still counts. */
export interface RunLineProblem {
  /** From 1. */
  line: number;
  message: string;
}

export interface ReplayOptions {
  /** Judge up to here; later events are left out. Default: the last event. */
  until?: Date;
  onProblem?: (problem: RunLineProblem) => void;
  settings?: JudgeSettings;
}

/** Lines dated outside these years are a broken clock's. */
const LATEST_MS = Date.UTC(2200, 0, 1);
const EARLIEST_MS = Date.UTC(1990, 0, 1);
/** A start this far after every other event is a broken clock's, not the end of the history. */
const LONELY_MS = 366 * DAY_MS;

/**
 * Replays run lines in event time and yields each finding over its life, in the order of raising. Jobs and runs may
 * come in any order and twice: a line with the same cluster, policy, resource and start replaces an earlier one unless
 * it knows less. The file counts as observed from its first event on; runs it does not hold did not happen.
 */
export async function* replayRuns(
  lines: Iterable<string> | AsyncIterable<string>,
  options: ReplayOptions = {},
): AsyncGenerator<FindingLine> {
  const jobs = await readJobs(lines, options);
  const until = options.until ?? lastEvent(jobs, options);
  if (until === null) return;
  const findings: FindingLine[] = [];
  for (const runs of jobs.values()) {
    const known = [...runs.values()].filter((run) => Date.parse(run.startedAt) <= until.getTime());
    findings.push(...judgeJob(known, until, options.settings ?? defaultSettings));
  }
  yield* findings.sort(
    (a, b) =>
      compare(a.raisedAt, b.raisedAt) ||
      compare(a.cluster, b.cluster) ||
      compare(a.policy, b.policy) ||
      compare(a.resource ?? '', b.resource ?? '') ||
      compare(a.kind, b.kind),
  );
}

type Jobs = Map<string, Map<string, RunLine>>;

async function readJobs(
  lines: Iterable<string> | AsyncIterable<string>,
  options: ReplayOptions,
): Promise<Jobs> {
  const jobs: Jobs = new Map();
  let number = 0;
  for await (const text of lines) {
    number += 1;
    if (text.trim() === '') continue;
    const parsed = parseLine(text);
    if (typeof parsed === 'string') options.onProblem?.({ line: number, message: parsed });
    else keep(jobs, parsed);
  }
  return jobs;
}

/** The line, or what is wrong with it. */
function parseLine(text: string): RunLine | string {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    return 'is not JSON';
  }
  const parsed = RunLine.safeParse(json);
  if (!parsed.success) {
    return parsed.error.issues
      .map((issue) => `${issue.path.join('.') || 'line'}: ${issue.message}`)
      .join('; ');
  }
  const start = Date.parse(parsed.data.startedAt);
  if (start < EARLIEST_MS || start > LATEST_MS) return 'startedAt: is outside 1990 to 2200';
  return parsed.data;
}

function keep(jobs: Jobs, run: RunLine): void {
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
function lastEvent(jobs: Jobs, options: ReplayOptions): Date | null {
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

function judgeJob(runs: readonly RunLine[], until: Date, settings: JudgeSettings): FindingLine[] {
  const segments = segmentsOf(runs, until);
  const changes: FindingChange[] = [];
  let state: JobState | null = null;
  for (const segment of segments) {
    const advance = advanceJob(state, segment.input, tickAtOrAfter(segment.until), settings);
    state = advance.state;
    changes.push(...advance.changes);
  }
  const [first] = segments;
  return first ? livesOf(changes, first) : [];
}

/** Turns changes into one line a life, with the last figures and the highest severity told. */
function livesOf(changes: readonly FindingChange[], segment: Segment): FindingLine[] {
  const lives: FindingLine[] = [];
  const open = new Map<string, FindingLine>();
  for (const change of changes) {
    if (change.change === 'resolved') {
      const life = open.get(change.fingerprint);
      if (!life) continue;
      life.resolvedAt = isoSeconds(change.at);
      life.resolvedBy = change.reason;
      open.delete(change.fingerprint);
      continue;
    }
    const told = lineOf(change.finding, change.at, segment);
    const life = open.get(told.fingerprint);
    if (life) {
      Object.assign(life, told, { raisedAt: life.raisedAt, severity: worse(life, told) });
    } else {
      open.set(told.fingerprint, told);
      lives.push(told);
    }
  }
  return lives;
}

function worse(a: FindingLine, b: FindingLine): FindingLine['severity'] {
  return SEVERITIES.indexOf(a.severity) < SEVERITIES.indexOf(b.severity) ? a.severity : b.severity;
}

function lineOf(finding: FindingDraft, at: Date, { line }: Segment): FindingLine {
  const { kind, severity, observed, expected, cause, sentence, nextStep, fingerprint } = finding;
  return {
    v: 1,
    cluster: line.cluster,
    resource: line.resource,
    policy: line.policy,
    engine: line.engine,
    kind,
    severity,
    raisedAt: isoSeconds(at),
    resolvedAt: null,
    resolvedBy: null,
    observed,
    expected,
    cause,
    evidence: finding.evidence.map(({ label, value, unit, source, at: seenAt }) => ({
      label,
      value,
      unit,
      source,
      at: seenAt?.toISOString() ?? null,
    })),
    sentence,
    nextStep,
    fingerprint,
  };
}

/** `2026-11-02T03:10:00Z`: ticks have no milliseconds. */
function isoSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
