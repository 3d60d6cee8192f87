import type { BacktestScore } from '../../domain/backtest.ts';
import type { FindingLine, RunLine } from '../../domain/run-line.ts';
import type { Watch } from '../replay/replay-job.ts';
import type { JudgedJob } from '../replay/replay-runs.ts';
import { isConfirmed, isMarked, tellsOf } from './confirm.ts';
import type { Mark } from './confirm.ts';
import { TROUBLE_KINDS, troublesOf } from './troubles.ts';
import type { Trouble } from './troubles.ts';

export type Verdict = 'confirmed' | 'marked' | 'noise';

export interface Weighed {
  finding: FindingLine;
  verdict: Verdict;
}

export interface Scored {
  score: BacktestScore;
  weighed: Weighed[];
  /** Troubles that nothing told of. */
  untold: Trouble[];
}

export interface ScoredRange {
  since: Date;
  until: Date;
  watched?: ((line: RunLine) => readonly Watch[]) | undefined;
}

/** Holds what was found against what went wrong, both from `since` on. */
export function scoreJobs(
  jobs: readonly JudgedJob[],
  marks: readonly Mark[],
  { since, until, watched }: ScoredRange,
): Scored {
  const weighed: Weighed[] = [];
  const untold: Trouble[] = [];
  const told = Object.fromEntries(
    TROUBLE_KINDS.map((kind) => [kind, { caught: 0, missed: 0 }]),
  ) as BacktestScore['troubles'];
  for (const job of jobs) {
    const [first] = job.runs;
    const watches = first && watched ? watched(first) : null;
    const troubles = troublesOf(job, until).filter((one) => wasWatched(one, watches));
    for (const finding of job.findings)
      if (isOpenFrom(finding, since))
        weighed.push({ finding, verdict: weigh(finding, troubles, marks) });
    for (const trouble of troubles) {
      if (trouble.from < since.getTime()) continue;
      const caught = job.findings.some((finding) => tellsOf(finding, trouble));
      told[trouble.kind][caught ? 'caught' : 'missed'] += 1;
      if (!caught) untold.push(trouble);
    }
  }
  return { score: { ...countVerdicts(weighed), troubles: told }, weighed, untold };
}

/** Raised before and still open counts too. */
function isOpenFrom({ resolvedAt }: FindingLine, since: Date): boolean {
  return resolvedAt === null || Date.parse(resolvedAt) >= since.getTime();
}

/** Nobody could have told of what happened while nobody watched. */
function wasWatched({ from, until }: Trouble, watches: readonly Watch[] | null): boolean {
  if (watches === null) return true;
  const end = until ?? Infinity;
  return watches.some((watch) => watch.from.getTime() <= end && watch.until.getTime() >= from);
}

function weigh(
  finding: FindingLine,
  troubles: readonly Trouble[],
  marks: readonly Mark[],
): Verdict {
  if (isConfirmed(finding, troubles)) return 'confirmed';
  return isMarked(finding, marks) ? 'marked' : 'noise';
}

export function countVerdicts(weighed: readonly Weighed[]) {
  const counts = { findings: weighed.length, confirmed: 0, marked: 0, noise: 0 };
  for (const { verdict } of weighed) counts[verdict] += 1;
  return counts;
}
