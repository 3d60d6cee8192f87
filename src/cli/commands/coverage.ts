import { type Command, Option } from 'commander';
import { COVERAGE_STATES } from '../../domain/words.ts';
import type { CliDeps } from '../deps.ts';
import { placing } from '../print/placing.ts';
import { ago } from '../print/quantity.ts';
import { plain, table } from '../print/table.ts';
import {
  listCommand,
  type ListOptions,
  printJson,
  scopeOf,
  takeRows,
  withConnection,
} from './context.ts';

export function addCoverageCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'coverage', 'say for every claim whether anything backs it up')
    .addOption(new Option('--state <state>', 'only this state').choices(COVERAGE_STATES))
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll coverage --state uncovered\n  plimsoll exempt media/cache --reason "rebuilt from the library"',
    )
    .action((options: ListOptions & { state?: string }) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = {
          ...scopeOf(options),
          ...(options.state !== undefined && { state: options.state }),
        };
        const found = await takeRows(options.limit, (page) =>
          workspace.listCoverage({ ...page, ...filter }),
        );
        if (output.json) return printJson(output, found);
        if (found.items.length === 0)
          return output.write(
            'No claims in this selection. `plimsoll status` tells what has been read.\n',
          );
        const placed = placing(found.items);
        const rows = found.items.map((row) => [
          row.state,
          placed(row, `${row.namespace}/${row.name}`),
          plain(row.app ?? '–'),
          ago(row.lastSuccessAt, output.now),
          plain(row.reason),
        ]);
        output.write(table(['STATE', 'CLAIM', 'APP', 'LAST SUCCESS', 'WHY'], rows, output.columns));
        if (found.more) output.write('… and more: raise --limit\n');
      }),
    );
}
