import type { BacktestReport } from '../../domain/backtest.ts';
import { AppError } from '../../domain/error.ts';
import type { RuleSource, SettingChanges } from '../../domain/rule.ts';
import { defaultSettings } from '../detectors/job-detectors.ts';
import { readSettings } from '../detectors/read-settings.ts';
import { lastEvent, lastAnswered, readRunLines } from '../replay/read-run-lines.ts';
import type { RunLineProblem } from '../replay/read-run-lines.ts';
import { backtest } from './backtest.ts';

export interface BacktestOptions {
  settings: SettingChanges;
  rules: readonly RuleSource[];
  since?: Date;
  until?: Date;
  onProblem(problem: RunLineProblem): void;
  /** Share done, 0..1. */
  onProgress(share: number): void;
}

/** A backtest over a file of runs; the defaults are today's settings there, and nobody's marks are known. */
export async function backtestLines(
  lines: Iterable<string> | AsyncIterable<string>,
  options: BacktestOptions,
): Promise<BacktestReport> {
  const proposed = readSettings(options.settings, options.rules);
  const jobs = await readRunLines(lines, options);
  const until = options.until ?? lastEvent(jobs, options);
  if (until === null)
    throw new AppError('invalid-input', 'the file holds no run that could be read', {
      nextStep: 'docs/reference/runs.md describes a line.',
    });
  const { since = new Date(0) } = options;
  const work = backtest({
    jobs,
    proposed,
    since,
    until,
    dueUntil: options.until ?? lastAnswered(jobs, until),
    today: defaultSettings,
    marks: [],
    truncated: false,
  });
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
    options.onProgress(step.value);
  }
}
