import { type Command, Option } from 'commander';
import { RECOMMENDATION_KINDS } from '../../domain/words.ts';
import type { Recommendation } from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { placing } from '../print/placing.ts';
import { plain } from '../print/table.ts';
import {
  listCommand,
  type ListOptions,
  type Output,
  printJson,
  scopeOf,
  takeRows,
  withConnection,
} from './context.ts';

export function addRecommendationsCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'recommendations', 'list the changes that would help')
    .addOption(new Option('--kind <kind>', 'only this kind').choices(RECOMMENDATION_KINDS))
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll recommendations -n media\n  plimsoll recommendations --kind cover-claim --json',
    )
    .action((options: ListOptions & { kind?: string }) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = {
          ...scopeOf(options),
          ...(options.kind !== undefined && { kind: options.kind }),
        };
        const found = await takeRows(options.limit, (page) =>
          workspace.listRecommendations({ ...page, ...filter }),
        );
        if (output.json) return printJson(output, found);
        if (found.items.length === 0)
          return output.write('Nothing to recommend in this selection.\n');
        const placed = placing(found.items);
        for (const item of found.items) printRecommendation(output, item, placed(item, item.title));
        if (found.more) output.write('… and more: raise --limit\n');
      }),
    );
}

export function printRecommendation(
  output: Output,
  item: Recommendation,
  title = plain(item.title),
): void {
  output.write(
    `${output.paint('bold', title)}  ${output.paint('dim', `${item.kind}, confidence ${(item.confidence * 100).toFixed(0)} %`)}\n`,
  );
  output.write(`  now       ${plain(item.current)}\n  proposed  ${plain(item.proposed)}\n`);
  for (const effect of item.effects) output.write(`  effect    ${plain(effect.text)}\n`);
  output.write(`  why       ${plain(item.reason)}\n\n`);
}
