import type { Command } from 'commander';
import type { BacktestRequest } from '../../domain/backtest.ts';
import { AppError } from '../../domain/error.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import { sayBacktest } from '../print/backtest.ts';
import { outputOf, parseInstant, printJson, withConnection } from './context.ts';
import type { Output } from './context.ts';
import { parseSetting, readRules, readSettingsFile } from './rule-files.ts';

interface BacktestFlags {
  runs?: string;
  settings?: string;
  set?: string[];
  rule?: string[];
  since?: Date;
  until?: Date;
  json?: boolean;
}

const collect = (text: string, known: string[] = []): string[] => [...known, text];

export function addBacktestCommand(program: Command, deps: CliDeps): void {
  program
    .command('backtest')
    .description('try settings and rules on history before they are switched on')
    .option('--settings <file>', 'JSON of settings by kind of finding')
    .option('--set <kind.key=value>', 'one setting; may be repeated', collect)
    .option(
      '--rule <file|expression>',
      'a rule, or a .json file of rules; may be repeated',
      collect,
    )
    .option('--runs <file>', 'NDJSON of runs, - for standard input, instead of the stored history')
    .option(
      '--since <instant>',
      'count from here on; earlier runs teach what is usual',
      parseInstant,
    )
    .option('--until <instant>', 'judge up to here', parseInstant)
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nWithout --runs the stored history is judged, the last 90 days unless --since says otherwise.\n\nExamples:\n  plimsoll backtest --set size-drop.leastLoss=0.6\n  plimsoll backtest --rule "addedBytes > 3 * median(addedBytes, 10)" --since 2026-09-01T00:00:00Z\n  plimsoll backtest --runs runs.ndjson --rule rules.json --json',
    )
    .action(async (flags: BacktestFlags) => {
      const request = await requestOf(deps, flags);
      if (flags.runs !== undefined) await backtestFile(deps, flags.runs, request, flags);
      else
        await withConnection(deps, flags, async (workspace, output) => {
          const report = await workspace.backtest(request, deps.now(), progressOn(deps));
          print(output, report);
        });
    });
}

async function requestOf(deps: CliDeps, flags: BacktestFlags): Promise<BacktestRequest> {
  const settings = flags.settings === undefined ? {} : await readSettingsFile(deps, flags.settings);
  for (const text of flags.set ?? []) {
    const { kind, name, value } = parseSetting(text);
    settings[kind] = { ...settings[kind], [name]: value };
  }
  const rules = (await Promise.all((flags.rule ?? []).map((text) => readRules(deps, text)))).flat();
  return {
    settings,
    rules,
    ...(flags.since !== undefined && { since: flags.since.toISOString() }),
    ...(flags.until !== undefined && { until: flags.until.toISOString() }),
  };
}

async function backtestFile(
  deps: CliDeps,
  path: string,
  request: BacktestRequest,
  flags: BacktestFlags,
): Promise<void> {
  let bad = 0;
  const report = await deps.backtest(deps.openRuns(path), request, {
    onProblem: (lineNumber, message) => {
      bad += 1;
      if (bad <= 20) deps.err.write(`line ${lineNumber}: ${message}\n`);
    },
    onProgress: progressOn(deps),
  });
  print(outputOf(deps, flags), report);
  if (bad > 0) {
    process.exitCode = EXIT.failed;
    throw new AppError(
      'invalid-input',
      `${bad} ${bad === 1 ? 'line' : 'lines'} could not be used, or not whole; the backtest rests on the others`,
      { nextStep: 'docs/reference/runs.md describes a line.' },
    );
  }
}

/** Every tenth of the way, on a terminal alone. */
function progressOn({ err }: CliDeps): (share: number) => void {
  let told = 0;
  return (share) => {
    const tenth = Math.floor(share * 10);
    if (!err.isTerminal || tenth <= told) return;
    told = tenth;
    err.write(`${tenth * 10} % judged\n`);
  };
}

function print(output: Output, report: Parameters<typeof sayBacktest>[0]): void {
  if (output.json) printJson(output, report);
  else output.write(sayBacktest(report, output.columns));
}
