import type { Command } from 'commander';
import type { Risk } from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { placing } from '../print/placing.ts';
import { duration } from '../print/quantity.ts';
import { plain, table } from '../print/table.ts';
import {
  listCommand,
  type ListOptions,
  type Output,
  printJson,
  scopeOf,
  takeRows,
  withConnection,
} from './context.ts';

export function addRiskCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'risk', 'rank the claims by what you would lose')
    .addHelpText(
      'after',
      '\nThe score is probability × impact × 100; `plimsoll show NAMESPACE/NAME` lists the terms it is made of.\n\nExamples:\n  plimsoll risk --limit 5\n  plimsoll risk -n media --json',
    )
    .action((options: ListOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const found = await takeRows(options.limit, (page) =>
          workspace.listRisk({ ...page, ...scopeOf(options) }),
        );
        if (output.json) printJson(output, found);
        else printRisk(output, found.items, found.more);
      }),
    );
}

export function printRisk(output: Output, risks: Risk[], more: boolean): void {
  if (risks.length === 0) {
    output.write('No claim has been judged yet. `plimsoll status` tells how far the reading is.\n');
    return;
  }
  const placed = placing(risks);
  const rows = risks.map((risk) => [
    risk.score.toFixed(1),
    `${(risk.probability * 100).toFixed(0)} %`,
    risk.impact.toFixed(2),
    placed(risk, `${risk.namespace}/${risk.name}`),
    risk.coverage,
    risk.readiness.level,
    `${duration(risk.rpoAchievedSeconds)} / ${risk.rpoTargetSeconds === null ? 'none' : duration(risk.rpoTargetSeconds)}`,
    plain(risk.terms[0]?.text ?? ''),
  ]);
  output.write(
    table(
      [
        'SCORE',
        'PROB',
        'IMPACT',
        'CLAIM',
        'COVERAGE',
        'READINESS',
        'RPO ACHIEVED / TARGET',
        'MOSTLY',
      ],
      rows,
      output.columns,
    ),
  );
  if (more) output.write('… and more: raise --limit\n');
}
