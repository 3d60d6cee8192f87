import type { Command } from 'commander';
import type { LossOfClaim, WhatIf } from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { placing } from '../print/placing.ts';
import { duration, instant } from '../print/quantity.ts';
import { plain, table } from '../print/table.ts';
import { type Output, printJson, withConnection } from './context.ts';

interface WhatIfOptions {
  lose: string;
  cluster?: string;
  json?: boolean;
}

export function addWhatIfCommand(program: Command, deps: CliDeps): void {
  program
    .command('what-if')
    .description('what would be left of each app if something were gone now')
    .requiredOption(
      '--lose <kind:name>',
      'repository, credential, namespace, cluster, storageClass or node, with its name',
    )
    .option('--cluster <name>', 'only claims of this cluster')
    .option('--json', 'print JSON')
    .addHelpText(
      'after',
      '\nA loss window is the age of the newest copy that surely survives. What the inventory cannot tell is unknown.\n\nExamples:\n  plimsoll what-if --lose namespace:media\n  plimsoll what-if --lose repository:velero/default\n  plimsoll what-if --lose storageClass:ceph-block --json',
    )
    .action((options: WhatIfOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const answer = await workspace.whatIf(options.lose, options.cluster ?? null);
        if (output.json) printJson(output, answer);
        else printWhatIf(output, answer);
      }),
    );
}

function printWhatIf(output: Output, { lose, counts, notes, apps }: WhatIf): void {
  output.write(
    `Without ${lose.kind} ${plain(lose.name)}: ${counts.claims} claims of ${counts.apps} apps touched; nothing left of ${counts.nothing}, unknown ${counts.unknown}, a copy of ${counts.copy}\n`,
  );
  const placed = placing(apps);
  const rows = apps.flatMap((app) =>
    app.claims.map((claim) => {
      const place = placed(app, `${app.namespace}/${claim.name}`);
      return [plain(app.app ?? 'not known'), place, ...figuresOf(output, claim)];
    }),
  );
  if (rows.length > 0)
    output.write(
      table(['APP', 'CLAIM', 'DATA', 'LOST WITH IT', 'NEWEST COPY LEFT'], rows, output.columns),
    );
  for (const note of notes) output.write(`${output.paint('dim', plain(note))}\n`);
}

const DATA = { yes: 'lost', no: 'stays', unknown: 'unknown' } as const;

function figuresOf({ now }: Output, claim: LossOfClaim): string[] {
  const { dataLost, newestAt } = claim;
  const copy = newestAt === null ? 'none' : instant(newestAt, now);
  return [DATA[dataLost], windowOf(claim), copy];
}

function windowOf({ left, lossWindowSeconds }: LossOfClaim): string {
  if (left === 'nothing') return 'all of it';
  return lossWindowSeconds === null ? 'unknown' : `the last ${duration(lossWindowSeconds)}`;
}
