import { Command, CommanderError } from 'commander';
import { AppError } from '../domain/error.ts';
import { addAnalyzeCommand } from './commands/analyze.ts';
import { addBacktestCommand } from './commands/backtest.ts';
import { addCollectCommand } from './commands/collect.ts';
import { addCoverageCommand } from './commands/coverage.ts';
import { addDetectCommand } from './commands/detect.ts';
import { addDoctorCommand } from './commands/doctor.ts';
import { addExemptCommand } from './commands/exempt.ts';
import { addFindingsCommand } from './commands/findings.ts';
import { addForecastCommand } from './commands/forecast.ts';
import { addIncidentsCommand } from './commands/incidents.ts';
import { addLedgerCommand } from './commands/ledger.ts';
import { addMigrateCommand } from './commands/migrate.ts';
import { addObjectivesCommand } from './commands/objectives.ts';
import { addRecommendationsCommand } from './commands/recommendations.ts';
import { addRiskCommand } from './commands/risk.ts';
import { addRulesCommand } from './commands/rules.ts';
import { addServeCommands } from './commands/serve.ts';
import { addShowCommand } from './commands/show.ts';
import { addStatusCommand } from './commands/status.ts';
import { addWhatIfCommand } from './commands/what-if.ts';
import type { CliDeps, Out } from './deps.ts';
import { EXIT } from './exit-code.ts';

export function createProgram(deps: CliDeps, version: string): Command {
  const program = new Command('plimsoll')
    .description(
      'Says which data in your Kubernetes clusters you could not get back, and what would help.',
    )
    .version(version)
    .showHelpAfterError('(see --help)')
    .configureOutput({
      writeOut: (text) => deps.out.write(text),
      writeErr: (text) => deps.err.write(text),
    })
    .exitOverride()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 1 failed, 2 wrong usage or settings, 3 findings reached --fail-on.\nStart with `plimsoll demo` or `plimsoll serve`, then `plimsoll status`.',
    );
  addServeCommands(program, deps);
  addStatusCommand(program, deps);
  addRiskCommand(program, deps);
  addFindingsCommand(program, deps);
  addIncidentsCommand(program, deps);
  addShowCommand(program, deps);
  addCoverageCommand(program, deps);
  addExemptCommand(program, deps);
  addObjectivesCommand(program, deps);
  addWhatIfCommand(program, deps);
  addRecommendationsCommand(program, deps);
  addLedgerCommand(program, deps);
  addCollectCommand(program, deps);
  addAnalyzeCommand(program, deps);
  addRulesCommand(program, deps);
  addBacktestCommand(program, deps);
  addForecastCommand(program, deps);
  addDetectCommand(program, deps);
  addMigrateCommand(program, deps);
  addDoctorCommand(program, deps);
  return program;
}

/** Runs one command line; the result is the exit code. */
export async function runProgram(program: Command, argv: string[], err: Out): Promise<number> {
  try {
    await program.parseAsync(argv, { from: 'user' });
    return Number(process.exitCode ?? EXIT.ok);
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    printError(error, err);
    return isUsage(error) ? EXIT.usage : EXIT.failed;
  }
}

function isUsage(error: unknown): boolean {
  const usage =
    error instanceof AppError &&
    (error.code === 'invalid-setting' || error.code === 'invalid-input');
  return usage && process.exitCode === undefined;
}

/** The cause first, then what to do next; a stack only for what nobody foresaw. */
export function printError(error: unknown, err: Out): void {
  if (error instanceof AppError) {
    err.write(`plimsoll: ${error.message}\n`);
    if (error.nextStep !== undefined) err.write(`${error.nextStep}\n`);
    return;
  }
  err.write(
    `plimsoll: unexpected: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`,
  );
}
