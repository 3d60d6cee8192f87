import { type Command, Option } from 'commander';
import type { Incident } from '../../domain/views.ts';
import { INCIDENT_STATES } from '../../domain/words.ts';
import type { CliDeps } from '../deps.ts';
import { ago } from '../print/quantity.ts';
import { severity } from '../print/style.ts';
import { plain, proseTable } from '../print/table.ts';
import { listCommand, printJson, scopeOf, takeRows, withConnection } from './context.ts';
import type { ListOptions, Output } from './context.ts';

interface IncidentsOptions extends ListOptions {
  state: string;
}

export function addIncidentsCommand(program: Command, deps: CliDeps): void {
  listCommand(program, 'incidents', 'list findings that one shared cause explains, newest first')
    .addOption(
      new Option('--state <state>', 'open: with a finding that is not resolved')
        .choices(INCIDENT_STATES)
        .default('open'),
    )
    .addHelpText(
      'after',
      '\nExamples:\n  plimsoll incidents\n  plimsoll incidents --state any --json\n  plimsoll findings --incident ID                    # what belongs to one and is open\n  plimsoll findings --incident ID --state resolved   # what of it is over',
    )
    .action((options: IncidentsOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = { ...scopeOf(options), state: options.state };
        const found = await takeRows(options.limit, (page) =>
          workspace.listIncidents({ ...page, ...filter }),
        );
        if (output.json) printJson(output, found);
        else printIncidents(output, found.items, found.more);
      }),
    );
}

function printIncidents(output: Output, incidents: Incident[], more: boolean): void {
  if (incidents.length === 0) {
    output.write(
      'No incident in this selection: no three jobs that share a repository, credential, storage class, engine, schedule\nor cluster had the same trouble at about the same time. Findings by themselves: `plimsoll findings`.\n',
    );
    return;
  }
  const rows = incidents.map((incident) => [
    severity(output.paint, incident.severity),
    ago(incident.since, output.now),
    `${incident.openFindings} of ${incident.findings}`,
    incident.incidentId,
    plain(incident.sentence),
  ]);
  output.write(proseTable(['SEVERITY', 'SINCE', 'OPEN', 'ID', 'WHAT'], rows, output.columns));
  if (more) output.write('… and more: raise --limit\n');
}
