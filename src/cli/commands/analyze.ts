import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import { countedLines, parseInstant } from './context.ts';

export function addAnalyzeCommand(program: Command, deps: CliDeps): void {
  program
    .command('analyze')
    .description('judge a file of runs without cluster or database; prints findings as NDJSON')
    .requiredOption(
      '--runs <file>',
      'NDJSON of runs, - for standard input (docs/reference/runs.md)',
    )
    .option('--until <instant>', 'judge up to this instant instead of the last event', parseInstant)
    .option('--json', 'accepted for symmetry: the output is always NDJSON')
    .addHelpText(
      'after',
      '\nExit code 1 when a line could not be used, or not whole (the rest still counts).\n\nExamples:\n  plimsoll analyze --runs runs.ndjson\n  zcat runs.gz | plimsoll analyze --runs - --until 2026-11-20T00:00:00Z',
    )
    .action(async (options: { runs: string; until?: Date }) => {
      let bad = 0;
      const onProblem = (lineNumber: number, message: string): void => {
        bad += 1;
        if (bad <= 20) deps.err.write(`line ${lineNumber}: ${message}\n`);
      };
      const lines = countedLines(deps.openRuns(options.runs));
      const findings = deps.analyze(lines.read, {
        onProblem,
        ...(options.until !== undefined && { until: options.until }),
      });
      for await (const finding of findings) deps.out.write(`${JSON.stringify(finding)}\n`);
      if (lines.none()) deps.err.write('no line was read, so nothing was judged\n');
      if (bad > 0) {
        process.exitCode = EXIT.failed;
        throw new AppError(
          'invalid-input',
          `${bad} ${bad === 1 ? 'line' : 'lines'} could not be used, or not whole; the findings above rest on the others`,
          {
            nextStep: 'docs/reference/runs.md describes a line.',
          },
        );
      }
    });
}
