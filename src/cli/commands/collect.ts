import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import { utc } from '../print/quantity.ts';
import { plain } from '../print/table.ts';
import { outputOf, printJson } from './context.ts';

export function addCollectCommand(program: Command, deps: CliDeps): void {
  program
    .command('collect')
    .description('read the clusters once and judge what was read')
    .option('--once', 'read once and end (the only way for now; `serve` keeps reading)')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll collect --once\n  plimsoll collect --once --json',
    )
    .action(async (options: { once?: boolean; json?: boolean }) => {
      if (options.once !== true)
        throw new AppError('invalid-input', 'collect needs --once', {
          nextStep: 'To keep reading, use `plimsoll serve`.',
        });
      const output = outputOf(deps, options);
      const reports = await deps.collectOnce((text) => deps.err.write(`${plain(text)}\n`));
      if (reports.some((report) => report.error !== null)) process.exitCode = EXIT.failed;
      if (output.json) return printJson(output, { clusters: reports });
      for (const report of reports) {
        output.write(
          `${plain(report.cluster)}: ${report.error === null ? `read up to ${report.observedAt === null ? 'unknown' : utc(report.observedAt.toISOString())}` : plain(report.error)}\n`,
        );
        for (const problem of report.problems)
          output.write(
            `  not read: ${plain(problem.source)}: ${plain(problem.message)}\n    ${plain(problem.nextStep)}\n`,
          );
      }
    });
}
