import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { CliDeps } from '../deps.ts';
import { parseInstant, printJson, withConnection } from './context.ts';
import { parseClaim } from './show.ts';

interface ExemptOptions {
  reason?: string;
  until?: Date;
  end?: boolean;
  cluster?: string;
  json?: boolean;
}

export function addExemptCommand(program: Command, deps: CliDeps): void {
  program
    .command('exempt')
    .description('say that a claim needs no backup, and why')
    .argument('<namespace/name>', 'the claim')
    .option('--reason <text>', 'why its loss would not matter')
    .option('--until <instant>', 'when the exemption ends', parseInstant)
    .option('--end', 'end the exemption now')
    .option('--cluster <name>', 'the cluster, when several have this claim')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nThe running server judges it at once; without one it counts from the next reading on.\n\nExamples:\n  plimsoll exempt media/cache --reason "rebuilt from the library"\n  plimsoll exempt media/cache --end',
    )
    .action((claim: string, options: ExemptOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        if ((options.reason === undefined) === (options.end !== true))
          throw new AppError('invalid-input', 'give either --reason or --end', {
            nextStep: 'Example: plimsoll exempt media/cache --reason "rebuilt from the library"',
          });
        const { namespace, name } = parseClaim(claim);
        const whole = await workspace.showResource(namespace, name, options.cluster ?? null);
        if (whole === null)
          throw new AppError('not-found', `no claim ${claim} has been read`, {
            nextStep: 'List what is known with `plimsoll coverage`.',
          });
        await workspace.exempt(
          whole.resource.resourceId,
          options.reason ?? null,
          options.until ?? null,
          deps.now(),
        );
        if (output.json)
          return printJson(output, {
            resourceId: whole.resource.resourceId,
            reason: options.reason ?? null,
          });
        output.write(
          options.end === true
            ? `${claim} is no longer exempt\n`
            : `${claim} is exempt: ${options.reason}\n`,
        );
      }),
    );
}
