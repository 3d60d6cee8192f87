import { type Command, Option } from 'commander';
import { FINDING_KINDS, FINDING_STATES, SEVERITIES, type Severity } from '../../domain/words.ts';
import type { Finding } from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import { ago } from '../print/quantity.ts';
import { placing } from '../print/placing.ts';
import { severity } from '../print/style.ts';
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

interface FindingsOptions extends ListOptions {
  state: string;
  kind?: string;
  severity?: string;
  failOn?: Severity;
}

export function addFindingsCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'findings', 'list what is wrong, worst first')
    .addOption(
      new Option('--state <state>', 'life of the finding').choices(FINDING_STATES).default('open'),
    )
    .addOption(new Option('--kind <kind>', 'only this kind').choices(FINDING_KINDS))
    .addOption(new Option('--severity <severity>', 'only this severity').choices(SEVERITIES))
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit with 3 when a finding is at least this severe',
      ).choices(SEVERITIES),
    )
    .addHelpText(
      'after',
      "\nExamples:\n  plimsoll findings -n media\n  plimsoll findings --json | jq '.items[].sentence'\n  plimsoll findings --fail-on high   # for scripts: exit code 3 when there is one",
    )
    .action((options: FindingsOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = {
          ...scopeOf(options),
          state: options.state,
          ...(options.kind !== undefined && { kind: options.kind }),
          ...(options.severity !== undefined && { severity: options.severity }),
        };
        const found = await takeRows(options.limit, (page) =>
          workspace.listFindings({ ...page, ...filter }),
        );
        if (output.json) printJson(output, found);
        else printFindings(output, found.items, found.more);
        if (
          options.failOn !== undefined &&
          found.items.some((each) => reaches(each.severity, options.failOn))
        )
          process.exitCode = EXIT.findings;
      }),
    );
}

function reaches(actual: Severity, limit: Severity | undefined): boolean {
  return limit !== undefined && SEVERITIES.indexOf(actual) <= SEVERITIES.indexOf(limit);
}

export function printFindings(output: Output, findings: Finding[], more: boolean): void {
  if (findings.length === 0) {
    output.write(
      'No findings in this selection. What could not be read is listed by `plimsoll status`.\n',
    );
    return;
  }
  const placed = placing(findings);
  const rows = findings.map((finding) => [
    severity(output.paint, finding.severity),
    finding.kind,
    placed(finding, finding.resource ?? finding.policy ?? finding.namespace),
    ago(finding.raisedAt, output.now),
    plain(finding.sentence),
  ]);
  output.write(table(['SEVERITY', 'KIND', 'WHERE', 'RAISED', 'WHAT'], rows, output.columns));
  if (more) output.write('… and more: raise --limit\n');
}
