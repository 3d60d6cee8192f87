import { type Command, Option } from 'commander';
import { RECOMMENDATION_KINDS, RECOMMENDATION_STATES } from '../../domain/words.ts';
import { RecommendationAction as RecommendationActions } from '../../domain/views.ts';
import type { Recommendation, RecommendationAction } from '../../domain/views.ts';
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

interface RecommendationOptions extends ListOptions {
  kind?: string;
  state?: string;
}

export function addRecommendationsCommand(program: Command, deps: CliDeps): void {
  const command = listCommand(program, 'recommendations', 'list the changes that would help');
  addChanges(command, deps);
  command
    .addOption(new Option('--kind <kind>', 'only this kind').choices(RECOMMENDATION_KINDS))
    .addOption(
      new Option('--state <state>', 'what has become of it')
        .choices(RECOMMENDATION_STATES)
        .default('open'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll recommendations -n media\n  plimsoll recommendations --kind cover-claim --json\n  plimsoll recommendations dismiss ID --note "moves next month"\n  plimsoll recommendations --state merged',
    )
    .action((options: RecommendationOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = {
          ...scopeOf(options),
          ...(options.kind !== undefined && { kind: options.kind }),
          ...(options.state !== undefined && { state: options.state }),
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

const CHANGES: Record<RecommendationAction, { description: string; done: string }> = {
  dismiss: {
    description: 'put one away until its evidence changes',
    done: 'is dismissed until its evidence changes',
  },
  reopen: { description: 'open one again', done: 'is open again' },
  merge: {
    description: 'say that one is done, so that its effect is measured',
    done: 'is done; its effect is measured after 7 and 30 days',
  },
};

function addChanges(command: Command, deps: CliDeps): void {
  for (const action of RecommendationActions.options)
    command
      .command(action)
      .description(CHANGES[action].description)
      .argument('<id>', 'as `plimsoll recommendations` shows it')
      .option('--note <text>', 'why')
      .option('--json', 'print JSON')
      .action((id: string, own: { note?: string; json?: boolean }, { parent }: Command) => {
        // Commander gives the list's own --json to the list.
        const options = { ...parent?.opts<{ json?: boolean }>(), ...own };
        return withConnection(deps, options, async (workspace, output) => {
          const { note = null } = own;
          const changed = await workspace.changeRecommendation(id, action, note, deps.now());
          if (output.json) return printJson(output, changed);
          output.write(`${plain(changed.title)} ${CHANGES[action].done}\n`);
        });
      });
}

export function printRecommendation(
  output: Output,
  item: Recommendation,
  title = plain(item.title),
): void {
  output.write(
    `${output.paint('bold', title)}  ${output.paint('dim', `${item.kind}, confidence ${(item.confidence * 100).toFixed(0)} %, ${item.recommendationId}`)}\n`,
  );
  output.write(`  now       ${plain(item.current)}\n  proposed  ${plain(item.proposed)}\n`);
  for (const effect of item.effects) output.write(`  effect    ${plain(effect.text)}\n`);
  for (const { proposed, pareto, chosen } of item.options)
    if (pareto && !chosen) output.write(`  or        ${plain(proposed)}\n`);
  for (const { afterDays, verdict } of item.measured)
    output.write(`  measured  ${verdict} after ${afterDays} days\n`);
  output.write(`  why       ${plain(item.reason)}\n\n`);
}
