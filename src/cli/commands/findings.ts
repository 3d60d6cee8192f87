import { type Command, Option } from 'commander';
import {
  DELIVERIES,
  FINDING_KINDS,
  FINDING_STATES,
  SEVERITIES,
  type Severity,
} from '../../domain/words.ts';
import { FindingAction as FindingActions } from '../../domain/views.ts';
import type { Finding, FindingAction } from '../../domain/views.ts';
import type { CliDeps } from '../deps.ts';
import { EXIT } from '../exit-code.ts';
import { ago } from '../print/quantity.ts';
import { placing } from '../print/placing.ts';
import { severity } from '../print/style.ts';
import { plain, proseTable } from '../print/table.ts';
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
  delivery?: string;
  incident?: string;
  failOn?: Severity;
}

export function addFindingsCommand(program: Command, deps: CliDeps): void {
  const command = listCommand(program, 'findings', 'list what is wrong, worst first');
  addChanges(command, deps);
  command
    .addOption(
      new Option('--state <state>', 'life of the finding').choices(FINDING_STATES).default('open'),
    )
    .addOption(new Option('--kind <kind>', 'only this kind').choices(FINDING_KINDS))
    .addOption(new Option('--severity <severity>', 'only this severity').choices(SEVERITIES))
    .addOption(new Option('--delivery <how>', 'only what was told so').choices(DELIVERIES))
    .option('--incident <id>', 'only what belongs to this incident')
    .addOption(
      new Option(
        '--fail-on <severity>',
        'exit with 3 when a finding is at least this severe',
      ).choices(SEVERITIES),
    )
    .addHelpText(
      'after',
      '\nOf an incident that is over: --incident ID --state resolved.\n\nExamples:\n  plimsoll findings -n media\n  plimsoll findings --json | jq \'.items[].sentence\'\n  plimsoll findings expected ID --note "moved to the NAS"\n  plimsoll findings --fail-on high   # for scripts: exit code 3 when there is one',
    )
    .action((options: FindingsOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = {
          ...scopeOf(options),
          state: options.state,
          ...(options.kind !== undefined && { kind: options.kind }),
          ...(options.severity !== undefined && { severity: options.severity }),
          ...(options.delivery !== undefined && { delivery: options.delivery }),
          ...(options.incident !== undefined && { incidentId: options.incident }),
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

const CHANGES: Record<FindingAction, { description: string; done: (finding: Finding) => string }> =
  {
    acknowledge: {
      description: 'say that somebody is on it',
      done: () => 'is acknowledged',
    },
    expected: {
      description: 'say that it is as it should be; a new level is then the usual one',
      done: ({ state }) =>
        state === 'resolved'
          ? 'is expected: its level is the usual one from now on'
          : 'is expected and stays quiet until it is over',
    },
    reopen: {
      description: 'take that back; a level that was adopted is unusual again',
      done: ({ state }) =>
        state === 'resolved'
          ? 'is no longer expected: its level counts as unusual again'
          : 'is open again',
    },
  };

function addChanges(command: Command, deps: CliDeps): void {
  for (const action of FindingActions.options)
    command
      .command(action)
      .description(CHANGES[action].description)
      .argument('<id>', 'as `plimsoll findings` shows it')
      .option('--note <text>', 'why')
      .option('--json', 'print JSON')
      .action((id: string, own: { note?: string; json?: boolean }, { parent }: Command) => {
        // Commander gives the list's own --json to the list.
        const options = { ...parent?.opts<{ json?: boolean }>(), ...own };
        return withConnection(deps, options, async (workspace, output) => {
          const changed = await workspace.changeFinding(id, action, own.note ?? null, deps.now());
          if (output.json) return printJson(output, changed);
          const { done } = CHANGES[action];
          output.write(`${plain(changed.sentence)}\nThis finding ${done(changed)}.\n`);
        });
      });
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
    finding.delivery ?? '',
    finding.findingId,
    plain(finding.sentence),
  ]);
  output.write(
    proseTable(['SEVERITY', 'KIND', 'WHERE', 'RAISED', 'TOLD', 'ID', 'WHAT'], rows, output.columns),
  );
  if (more) output.write('… and more: raise --limit\n');
}
