import type { Command } from 'commander';
import type { Check, CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import type { Paint } from '../print/style.ts';
import { plain } from '../print/table.ts';
import { outputOf, printJson } from './context.ts';

export function addDoctorCommand(program: Command, deps: CliDeps): void {
  program
    .command('doctor')
    .description('check rights, engines, database and clock, and say what to fix')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nExit code 1 when a check fails. Nothing is changed.\n\nExample:\n  plimsoll doctor',
    )
    .action(async (options: { json?: boolean }) => {
      const output = outputOf(deps, options);
      const groups = await deps.doctor();
      if (groups.some((group) => group.checks.some((check) => check.ok === false)))
        process.exitCode = EXIT.failed;
      if (output.json) return printJson(output, { groups });
      for (const group of groups) {
        output.write(`${output.paint('bold', plain(group.name))}\n`);
        for (const check of group.checks) {
          output.write(
            `  ${mark(output.paint, check)} ${plain(check.check)}: ${plain(check.text)}\n`,
          );
          if (check.nextStep !== null) output.write(`      ${plain(check.nextStep)}\n`);
        }
      }
    });
}

function mark(paint: Paint, check: Check): string {
  if (check.ok === 'unknown') return paint('yellow', '?');
  return check.ok ? paint('green', 'ok') : paint('red', 'no');
}
