import type { BacktestExample, BacktestReport } from '../../domain/backtest.ts';
import type { FindingLine, RunLine } from '../../domain/run-line.ts';
import type { JudgeSettings } from '../detectors/job-detectors.ts';
import type { JobLines } from '../replay/read-run-lines.ts';
import type { Watch } from '../replay/replay-job.ts';
import { judgeRunLines } from '../replay/replay-runs.ts';
import { WARNING_DAYS } from './confirm.ts';
import type { Mark } from './confirm.ts';
import { neverMet } from './never-met.ts';
import { ruleOf } from '../detectors/custom-rule.ts';
import { compareKinds } from './compare-kinds.ts';
import { scoreJobs } from './score.ts';
import type { Weighed } from './score.ts';
import type { Trouble } from './troubles.ts';

export interface BacktestInput {
  jobs: JobLines;
  today: JudgeSettings;
  proposed: JudgeSettings;
  /** Earlier runs teach what is usual; findings and troubles count from here on. */
  since: Date;
  until: Date;
  /** Nothing is due after it; left out: `until`. */
  dueUntil?: Date;
  marks: readonly Mark[];
  truncated: boolean;
  /** When a job's runs were watched; left out: always. */
  watched?: (line: RunLine) => readonly Watch[];
}

const EXAMPLES = 5;

const TRUTH = `Truth is what runs and due times say by themselves: runs that ended failed or partial (three or more in a row are a streak), runs that ended well and moved nothing, and due times that no run answered. A trouble is caught when a finding that speaks of it is open while it lasts. A finding is confirmed when it tells of such a trouble, or when one of the same job begins within ${WARNING_DAYS} days of it; marked when somebody acknowledged it or called it expected; else it is noise. Sizes and durations that were merely odd have no truth in a history: such findings count as noise unless they are confirmed or marked.`;

/** Judges the same history by both settings and compares; yields the share done, 0..1, after each day. */
export function* backtest(input: BacktestInput): Generator<number, BacktestReport> {
  const { jobs, since, until, marks } = input;
  const [today, judgedToday] = yield* judge(input, input.today, 0);
  const [proposed] = yield* judge(input, input.proposed, 0.5);
  const added = onlyIn(proposed.weighed, today.weighed);
  const removed = onlyIn(today.weighed, proposed.weighed);
  const noise = proposed.weighed.filter(({ verdict }) => verdict === 'noise');
  return {
    since: since.toISOString(),
    until: until.toISOString(),
    jobs: judgedToday.length,
    runs: judgedToday.reduce((sum, { runs }) => sum + runs.length, 0),
    truncated: input.truncated,
    truth: marks.length === 0 ? `${TRUTH} Nobody’s marks are known here.` : TRUTH,
    today: today.score,
    proposed: proposed.score,
    added: added.length,
    removed: removed.length,
    kinds: compareKinds({ today: today.weighed, proposed: proposed.weighed, added, removed }),
    examples: {
      added: added.slice(0, EXAMPLES).map(exampleOf),
      removed: removed.slice(0, EXAMPLES).map(exampleOf),
      noise: noise.slice(0, EXAMPLES).map(exampleOf),
      missed: proposed.untold.slice(0, EXAMPLES).map(sayTrouble),
    },
    warnings: input.proposed['custom-rule'].rules.flatMap((rule) => {
      const why = neverMet(rule, [...jobs.values()], proposed.weighed);
      return why === null ? [] : [{ rule: rule.name, reason: why }];
    }),
  };
}

function* judge(
  { jobs, marks, since, until, watched, dueUntil }: BacktestInput,
  settings: JudgeSettings,
  done: number,
) {
  const work = judgeRunLines(jobs, until, settings, { watched, dueUntil });
  let first: number | null = null;
  for (;;) {
    const step = work.next();
    if (step.done === true)
      return [scoreJobs(step.value, marks, { since, until, watched }), step.value] as const;
    first ??= step.value.getTime();
    const whole = Math.max(1, until.getTime() - first);
    yield done + 0.5 * Math.min(1, (step.value.getTime() - first) / whole);
  }
}

/** Findings of the one that no finding of the other with the same fingerprint overlaps, oldest first. */
function onlyIn(own: readonly Weighed[], other: readonly Weighed[]): Weighed[] {
  const known = new Map<string, FindingLine[]>();
  for (const { finding } of other)
    known.set(finding.fingerprint, [...(known.get(finding.fingerprint) ?? []), finding]);
  return own
    .filter(({ finding }) => !known.get(finding.fingerprint)?.some((one) => overlap(one, finding)))
    .sort((a, b) => Date.parse(a.finding.raisedAt) - Date.parse(b.finding.raisedAt));
}

const endOf = ({ resolvedAt }: FindingLine): number =>
  resolvedAt === null ? Infinity : Date.parse(resolvedAt);

function overlap(a: FindingLine, b: FindingLine): boolean {
  return Date.parse(a.raisedAt) <= endOf(b) && Date.parse(b.raisedAt) <= endOf(a);
}

function exampleOf({ finding }: Weighed): BacktestExample {
  const { kind, severity, cluster, policy, resource, raisedAt, sentence } = finding;
  return { kind, rule: ruleOf(finding), severity, cluster, policy, resource, raisedAt, sentence };
}

function sayTrouble({ from, sentence }: Trouble) {
  return { from: new Date(from).toISOString(), sentence };
}
