import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import { DEMO_NAMES, type CliDeps, type DemoName } from '../deps.ts';
import { utc } from '../print/quantity.ts';

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
    .description('serve simulated clusters; never mixes with real data')
    .option('--world <name>', 'home: one cluster; company: twenty, of every engine', demoName)
    .option('--reset', 'begin anew: forget the demo’s data')
    .option('--seed <number>', 'another cluster', wholeNumber('--seed'))
    .option('--speed <factor>', 'how fast its clock goes after the replay', positive('--speed'))
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll demo\n  plimsoll demo --reset --seed 7\n  plimsoll demo --reset --world company\n  plimsoll demo --speed 60   # an hour a minute',
    )
    .action(({ world, ...options }: DemoOptions) =>
      deps.serve({ world: 'demo', ...options, ...(world !== undefined && { demo: world }) }),
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
          : `${link.url}\nWorks once, until ${utc(link.expiresAt.toISOString())}.\n`,
      );
    });
}

interface DemoOptions {
  world?: DemoName;
  reset?: boolean;
  seed?: number;
  speed?: number;
}

function demoName(text: string): DemoName {
  const name = DEMO_NAMES.find((one) => one === text);
  if (name !== undefined) return name;
  throw new AppError('invalid-input', `--world ${text}: there are ${DEMO_NAMES.join(' and ')}`);
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
