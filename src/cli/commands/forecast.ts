import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';

export function addForecastCommand(program: Command, deps: CliDeps): void {
  program
    .command('forecast')
    .description('state for every run of a file how likely it was to fail or be missed, as NDJSON')
    .requiredOption(
      '--runs <file>',
      'NDJSON of runs, - for standard input (docs/reference/runs.md)',
    )
    .option('--missed', 'also a line for each due time that no run answered')
    .addHelpText(
      'after',
      '\nEach probability rests on nothing that was known later than the run was due (docs/reference/forecast.md).\nExit code 1 when a line could not be used (the others still count).\n\nExamples:\n  plimsoll forecast --runs runs.ndjson\n  zcat runs.gz | plimsoll forecast --runs - --missed',
    )
    .action((options: { runs: string; missed?: boolean }) => forecastFile(deps, options));
}

async function forecastFile(
  deps: CliDeps,
  options: { runs: string; missed?: boolean },
): Promise<void> {
  let bad = 0;
  const onProblem = (lineNumber: number, message: string): void => {
    bad += 1;
    if (bad <= 20) deps.err.write(`line ${lineNumber}: ${message}\n`);
  };
  const lines = deps.forecast(deps.openRuns(options.runs), {
    onProblem,
    missed: options.missed === true,
  });
  for await (const line of lines) deps.out.write(`${JSON.stringify(line)}\n`);
  if (bad === 0) return;
  process.exitCode = EXIT.failed;
  throw new AppError(
    'invalid-input',
    `${bad} ${bad === 1 ? 'line' : 'lines'} could not be used; the forecasts above rest on the others`,
    { nextStep: 'docs/reference/runs.md describes a line.' },
  );
}
