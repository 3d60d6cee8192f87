import type { Command } from 'commander';
import type { CliDeps } from '../deps.ts';

const MOST_TOLD = 20;
/** Lines written at once. */
const CHUNK = 256;

export function addDetectCommand(program: Command, deps: CliDeps): void {
  program
    .command('detect')
    .description('judge one metric series of a CSV file; prints timestamp, value, score, label')
    .requiredOption('--csv <file>', 'CSV with a header line, - for standard input')
    .requiredOption('--timestamp <column>', 'column with ISO 8601 or seconds since 1970')
    .requiredOption('--value <column>', 'column with the numbers')
    .addHelpText(
      'after',
      '\nEach row is judged from itself and the rows before it; the first 150 only teach. Label 1 and a score of 0.5 or more:\nsomething new begins here. Rows that cannot be read keep score and label empty.\n\nExamples:\n  plimsoll detect --csv load.csv --timestamp time --value bytes\n  zcat load.csv.gz | plimsoll detect --csv - --timestamp time --value bytes',
    )
    .action((options: { csv: string; timestamp: string; value: string }) =>
      detectFile(deps, options),
    );
}

async function detectFile(
  deps: CliDeps,
  options: { csv: string; timestamp: string; value: string },
): Promise<void> {
  let bad = 0;
  const { timestamp, value } = options;
  const rows = deps.detect(deps.openRuns(options.csv), {
    timestamp,
    value,
    onProblem: (line, message) => {
      bad += 1;
      if (bad <= MOST_TOLD) deps.err.write(`line ${line}: ${message}\n`);
    },
  });
  let chunk: string[] = [];
  for await (const row of rows) {
    chunk.push(row);
    if (chunk.length < CHUNK) continue;
    deps.out.write(`${chunk.join('\n')}\n`);
    chunk = [];
  }
  if (chunk.length > 0) deps.out.write(`${chunk.join('\n')}\n`);
  if (bad > 0)
    deps.err.write(`${bad} ${bad === 1 ? 'row' : 'rows'} could not be read and stayed unknown\n`);
}
