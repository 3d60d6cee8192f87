import type { ExpectedRun, FindingDraft } from '../../domain/judgement.ts';
import type { RunLine } from '../../domain/run-line.ts';
import type { FindingLine } from '../../domain/run-line.ts';
import { DAY_MS, tickAtOrAfter } from '../../domain/time.ts';
import { SEVERITIES } from '../../domain/words.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import { noDay, priorsAt } from '../job/day-priors.ts';
import { compare, lastEvent, lastAnswered, readRunLines } from './read-run-lines.ts';
import type { JobLines, RunLineProblem } from './read-run-lines.ts';
import { deliverLines } from './deliver-lines.ts';
import type { Delivered } from './deliver-lines.ts';
import { createReplayJob } from './replay-job.ts';
import type { ReplayJob, Watch } from './replay-job.ts';

export interface ReplayOptions {
  /** Judge up to here; later events are left out. Default: the last event, and what was due after the last start counts for nothing. */
  until?: Date;
  onProblem?: (problem: RunLineProblem) => void;
  settings?: JudgeSettings;
}

/**
 * Replays run lines in event time and yields each finding over its life, in the order of raising. Jobs and runs may
 * come in any order and twice: a line with the same cluster, policy, resource and start replaces an earlier one unless
 * it knows less. The file counts as observed from its first event on; runs it does not hold did not happen.
 */
export async function* replayRuns(
  lines: Iterable<string> | AsyncIterable<string>,
  options: ReplayOptions = {},
): AsyncGenerator<FindingLine> {
  const jobs = await readRunLines(lines, options);
  const until = options.until ?? lastEvent(jobs, options);
  if (until === null) return;
  const judged = drain(
    judgeRunLines(jobs, until, options.settings ?? defaultSettings, {
      dueUntil: options.until ?? lastAnswered(jobs, until),
    }),
  );
  const findings = judged.flatMap((job) => job.findings);
  yield* findings.sort(
    (a, b) =>
      compare(a.raisedAt, b.raisedAt) ||
      compare(a.cluster, b.cluster) ||
      compare(a.policy, b.policy) ||
      compare(a.resource ?? '', b.resource ?? '') ||
      compare(a.kind, b.kind),
  );
}

/** What a generator returns in the end. */
export function drain<T>(work: Generator<unknown, T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

/** One job, what was found of it, each finding over its life, and what became of its due times. */
export interface JudgedJob {
  /** By start, at least one. */
  runs: readonly RunLine[];
  findings: FindingLine[];
  expectedRuns: readonly ExpectedRun[];
}

export interface JudgeLimits {
  /** When a job's runs were watched; left out: always. */
  watched?: ((line: RunLine) => readonly Watch[]) | undefined;
  /** Nothing is due after it; left out: due times have no end. */
  dueUntil?: Date | undefined;
}

/** Judges jobs whole; yields after each day of event time how far it has come. */
export function* judgeRunLines(
  jobs: JobLines,
  until: Date,
  settings: JudgeSettings,
  { watched, dueUntil }: JudgeLimits = {},
): Generator<Date, JudgedJob[]> {
  const replayed = [...jobs.values()].flatMap((runs) => {
    const known = [...runs.values()].filter((run) => Date.parse(run.startedAt) <= until.getTime());
    const [first] = known;
    if (first === undefined) return [];
    return [
      createReplayJob(known, until, settings, { watched: watched?.(first) ?? null, dueUntil }),
    ];
  });
  yield* playDays(replayed, tickAtOrAfter(until).getTime());
  const delivered = deliverLines(replayed);
  return replayed.map((job) => {
    const { runs, expectedRuns } = job;
    return { runs, expectedRuns, findings: livesOf(job, delivered) };
  });
}

/** Day by day, since what is usual in a class is frozen when a day begins; days without events are passed over. */
function* playDays(jobs: readonly ReplayJob[], until: number): Generator<Date, void> {
  const nexts = Float64Array.from(jobs, (job) => job.next());
  let usual = noDay;
  for (;;) {
    let next = Infinity;
    for (const one of nexts) next = Math.min(next, one);
    if (next > until) break;
    usual = priorsAt(usual, next, () => jobs.flatMap((job) => job.member() ?? []));
    const end = new Date(Math.min((usual.day + 1) * DAY_MS - 1, until));
    for (let i = 0; i < nexts.length; i += 1) {
      if (nexts[i]! > end.getTime()) continue;
      jobs[i]!.advance(end, usual.priors);
      nexts[i] = jobs[i]!.next();
    }
    yield end;
  }
  for (const job of jobs) job.advance(new Date(until), usual.priors);
}

/** Turns changes into one line a life, with the last figures and the highest severity told. */
function livesOf(
  { changes, runs: [first] }: ReplayJob,
  delivered: ReadonlyMap<FindingDraft, Delivered>,
): FindingLine[] {
  if (!first) return [];
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
    const told = lineOf(change.finding, change.at, first);
    const life = open.get(told.fingerprint);
    if (life) {
      const { raisedAt, delivery, incident } = life;
      Object.assign(life, told, { raisedAt, delivery, incident, severity: worse(life, told) });
    } else {
      const line = { ...told, ...delivered.get(change.finding) };
      open.set(told.fingerprint, line);
      lives.push(line);
    }
  }
  return lives;
}

function worse(a: FindingLine, b: FindingLine): FindingLine['severity'] {
  return SEVERITIES.indexOf(a.severity) < SEVERITIES.indexOf(b.severity) ? a.severity : b.severity;
}

function lineOf(finding: FindingDraft, at: Date, line: RunLine): FindingLine {
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
    probability: finding.probability ?? null,
    delivery: 'page',
    incident: null,
  };
}

/** `2026-11-02T03:10:00Z`: ticks have no milliseconds. */
function isoSeconds(at: Date): string {
  return `${at.toISOString().slice(0, 19)}Z`;
}
