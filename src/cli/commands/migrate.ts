import type { Command } from 'commander';
import type { CliDeps } from '../deps.ts';
import { outputOf, printJson } from './context.ts';

export function addMigrateCommand(program: Command, deps: CliDeps): void {
  program
    .command('migrate')
    .description('bring the database to this version; running it twice changes nothing')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  DATABASE_URL=postgres://… plimsoll migrate')
    .action(async (options: { json?: boolean }) => {
      const output = outputOf(deps, options);
      const report = await deps.migrate();
      if (output.json) return printJson(output, report);
      for (const name of report.applied) output.write(`applied ${name}\n`);
      if (report.schemaVersion === null) return output.write(`${report.database}\n`);
      output.write(
        `${report.database}: schema version ${report.schemaVersion}; ${report.applied.length} applied, ${report.already} already there\n`,
      );
    });
}
