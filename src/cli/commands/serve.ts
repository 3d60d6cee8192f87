import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { CliDeps } from '../deps.ts';

export function addServeCommands(program: Command, deps: CliDeps): void {
  program
    .command('serve')
    .description(
      'read the clusters, judge, and serve the page and the feed (what `npm start` does)',
    )
    .addHelpText(
      'after',
      '\nWithout any kubeconfig it starts the demo world. Settings come from the environment: docs/reference/settings.md.\n\nExamples:\n  plimsoll serve\n  PORT=8080 CLUSTERS=home,office plimsoll serve',
    )
    .action(() => deps.serve({ world: 'auto' }));
  program
    .command('demo')
    .description('serve a simulated home cluster; never mixes with real data')
    .option('--reset', 'begin anew: forget the demo’s data')
    .option('--seed <number>', 'another cluster', wholeNumber('--seed'))
    .option('--speed <factor>', 'how fast its clock goes after the replay', positive('--speed'))
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll demo\n  plimsoll demo --reset --seed 7\n  plimsoll demo --speed 60   # an hour a minute',
    )
    .action((options: { reset?: boolean; seed?: number; speed?: number }) =>
      deps.serve({ world: 'demo', ...options }),
    );
  program
    .command('sign-in')
    .description('print a new one-time sign-in link for the running server')
    .option('--json', 'print JSON')
    .addHelpText('after', '\nExample:\n  plimsoll sign-in')
    .action(async (options: { json?: boolean }) => {
      const link = await deps.createSignInLink();
      deps.out.write(
        options.json === true
          ? `${JSON.stringify(link)}\n`
          : `${link.url}\nWorks once, until ${link.expiresAt.toISOString()}.\n`,
      );
    });
}

function wholeNumber(name: string) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isSafeInteger(value) && value >= 0) return value;
    throw new AppError('invalid-input', `${name} ${text}: must be a whole number from 0`);
  };
}

function positive(name: string) {
  return (text: string): number => {
    const value = Number(text);
    if (Number.isFinite(value) && value > 0 && value <= 100_000) return value;
    throw new AppError(
      'invalid-input',
      `${name} ${text}: must be a number above 0, at most 100000`,
    );
  };
}
