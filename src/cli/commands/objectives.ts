import { type Command, Option } from 'commander';
import { AppError } from '../../domain/error.ts';
import type { Objective, ObjectiveScope } from '../../domain/views.ts';
import { OBJECTIVE_LEVELS } from '../../domain/words.ts';
import type { Workspace } from '../../services/api.ts';
import type { CliDeps } from '../deps.ts';
import { ago, duration } from '../print/quantity.ts';
import { plain, table } from '../print/table.ts';
import {
  listCommand,
  type ListOptions,
  type Output,
  parseSeconds,
  printJson,
  scopeOf,
  takeRows,
  withConnection,
} from './context.ts';
import { parseClaim } from './show.ts';

interface PlaceOptions {
  cluster?: string;
  namespace?: string;
  claim?: string;
  json?: boolean;
}
interface SetOptions extends PlaceOptions {
  rpo?: number;
  rto?: number;
  reason?: string;
}
interface ObjectiveListOptions extends ListOptions {
  level?: string;
  ended?: boolean;
}

export function addObjectivesCommand(program: Command, deps: CliDeps): void {
  const objectives = program
    .command('objectives')
    .description('how old copies may be (RPO) and how long restores may take (RTO)')
    .addHelpText(
      'after',
      '\nA claim inherits from all clusters, its cluster, its namespace; the narrowest that says something wins, each of\nRPO and RTO by itself.\n\nExamples:\n  plimsoll objectives set --rpo 24h\n  plimsoll objectives set -n media --rpo 4h --rto 1h --reason "family photos"\n  plimsoll objectives set --claim media/photos --rpo 1h\n  plimsoll objectives unset -n media\n  plimsoll objectives list',
    );
  placed(objectives.command('set').description('ask for RPO, RTO or both'))
    .option('--rpo <time>', 'how old the newest copy may be, e.g. 24h', parseSeconds)
    .option('--rto <time>', 'how long a restore may take, e.g. 90m', parseSeconds)
    .option('--reason <text>', 'why')
    .action((options: SetOptions) => setObjective(deps, options));
  placed(objectives.command('unset').description('take an objective back')).action(
    (options: PlaceOptions) => {
      const said = sayScope(options);
      return withConnection(deps, options, async (workspace, output) => {
        const scope = await placeOf(workspace, options);
        const nothing = { rpoSeconds: null, rtoSeconds: null, reason: null };
        await workspace.setObjective(scope, nothing, deps.now());
        if (output.json) return printJson(output, { ...scope, ...nothing });
        output.write(`${said}: nothing is asked here any more\n`);
      });
    },
  );
  listCommand(objectives, 'list', 'what is asked for, the widest scope first')
    .addOption(new Option('--level <level>', 'only this level').choices(OBJECTIVE_LEVELS))
    .option('--ended', 'also what was taken back')
    .action((options: ObjectiveListOptions) =>
      withConnection(deps, options, async (workspace, output) => {
        const filter = {
          ...scopeOf(options),
          ...(options.level !== undefined && { level: options.level }),
          ...(options.ended === true && { includeEnded: true }),
        };
        const found = await takeRows(options.limit, (page) =>
          workspace.listObjectives({ ...page, ...filter }),
        );
        if (output.json) printJson(output, found);
        else printObjectives(output, found.items, found.more);
      }),
    );
}

function placed(command: Command): Command {
  return command
    .option('--cluster <name>', 'this cluster')
    .option('-n, --namespace <name>', 'this namespace')
    .option('--claim <namespace/name>', 'this claim')
    .option('--json', 'print JSON');
}

function setObjective(deps: CliDeps, options: SetOptions): Promise<void> {
  const { rpo: rpoSeconds = null, rto: rtoSeconds = null, reason = null } = options;
  if (rpoSeconds === null && rtoSeconds === null)
    throw new AppError('invalid-input', 'give --rpo, --rto or both', {
      nextStep: 'Example: plimsoll objectives set -n media --rpo 24h',
    });
  const said = sayScope(options);
  return withConnection(deps, options, async (workspace, output) => {
    const scope = await placeOf(workspace, options);
    await workspace.setObjective(scope, { rpoSeconds, rtoSeconds, reason }, deps.now());
    if (output.json) return printJson(output, { ...scope, rpoSeconds, rtoSeconds, reason });
    const asked = [
      ...(rpoSeconds === null ? [] : [`copies at most ${duration(rpoSeconds)} old`]),
      ...(rtoSeconds === null ? [] : [`restores within ${duration(rtoSeconds)}`]),
    ];
    output.write(`${said}: ${asked.join(', ')}\n`);
  });
}

/** Without any option everything; a namespace needs its cluster named only where there are several. */
async function placeOf(
  workspace: Workspace,
  { cluster, namespace, claim }: PlaceOptions,
): Promise<ObjectiveScope> {
  if (claim !== undefined) {
    if (namespace !== undefined)
      throw new AppError('invalid-input', 'give either --claim or --namespace');
    const parsed = parseClaim(claim);
    const whole = await workspace.showResource(parsed.namespace, parsed.name, cluster ?? null);
    if (whole !== null) return { resourceId: whole.resource.resourceId };
    throw new AppError('not-found', `no claim ${claim} has been read`, {
      nextStep: 'List what is known with `plimsoll coverage`.',
    });
  }
  if (namespace === undefined) return cluster === undefined ? {} : { clusterId: cluster };
  return { clusterId: cluster ?? (await onlyCluster(workspace)), namespace };
}

async function onlyCluster(workspace: Workspace): Promise<string> {
  const { items } = await workspace.listClusters();
  const [only] = items;
  if (only !== undefined && items.length === 1) return only.clusterId;
  const known = items.map(({ clusterId, name }) => `${name} (${clusterId})`).join(', ');
  throw new AppError('invalid-input', `${items.length} clusters are known: say which`, {
    nextStep: `Add --cluster with one of: ${known || 'none has been read yet'}.`,
  });
}

function sayScope({ cluster, namespace, claim }: PlaceOptions): string {
  if (claim !== undefined) return claim;
  if (namespace !== undefined)
    return `namespace ${namespace}${cluster === undefined ? '' : ` of cluster ${cluster}`}`;
  return cluster === undefined ? 'all clusters' : `cluster ${cluster}`;
}

function printObjectives(output: Output, objectives: Objective[], more: boolean): void {
  if (objectives.length === 0) {
    output.write(
      'No objective is set: targets are twice the interval of each schedule. Set one with `plimsoll objectives set`.\n',
    );
    return;
  }
  const rows = objectives.map((one) => [
    one.level,
    plain(whereOf(one)),
    one.rpoSeconds === null ? 'inherited' : duration(one.rpoSeconds),
    one.rtoSeconds === null ? 'inherited' : duration(one.rtoSeconds),
    plain(one.owner),
    ago(one.setAt, output.now),
    plain(one.reason ?? ''),
  ]);
  output.write(table(['LEVEL', 'WHERE', 'RPO', 'RTO', 'BY', 'SET', 'WHY'], rows, output.columns));
  if (more) output.write('… and more: raise --limit\n');
}

function whereOf({ level, cluster, namespace, resource }: Objective): string {
  if (level === 'tenant') return 'all clusters';
  return [cluster, namespace, resource].filter((part) => part !== null).join('/');
}
