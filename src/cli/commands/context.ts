import type { Command } from 'commander';
import { AppError } from '../../domain/error.ts';
import { secondsOf } from '../../domain/label-vocabulary.ts';
import type { Page } from '../../domain/views.ts';
import type { Workspace } from '../../services/api.ts';
import { pagesOf } from '../../services/pages.ts';
import type { CliDeps, Connection } from '../deps.ts';
import { painter, type Paint } from '../print/style.ts';

export interface Output {
  json: boolean;
  paint: Paint;
  columns: number;
  now: Date;
  write(text: string): void;
}

export interface ListOptions {
  json?: boolean;
  cluster?: string;
  namespace?: string;
  limit: number;
}

/**
 * Opens the way to the facts, says so when it is the demo, and always closes it. While `work` runs, `options.cluster`
 * is the id of the cluster that was named; one that is not known is an error, never an empty answer.
 */
export async function withConnection(
  deps: CliDeps,
  options: { json?: boolean; cluster?: string },
  work: (workspace: Workspace, output: Output, connection: Connection) => Promise<void>,
): Promise<void> {
  const connection = await deps.connect();
  try {
    if (connection.demo && options.json !== true)
      deps.err.write(`demo world (${connection.via}); nothing here is real data\n`);
    if (options.cluster !== undefined)
      options.cluster = await clusterIdOf(connection.workspace, options.cluster);
    await work(connection.workspace, outputOf(deps, options), connection);
  } finally {
    await connection.close();
  }
}

async function clusterIdOf(workspace: Workspace, given: string): Promise<string> {
  const { items } = await workspace.listClusters();
  const named = items.filter(({ clusterId, name }) => clusterId === given || name === given);
  if (named.length === 1) return named[0]!.clusterId;
  const which = named.length === 0 ? items : named;
  const known = which.map(({ clusterId, name }) => `${name} (${clusterId})`).join(', ');
  throw new AppError(
    'not-found',
    named.length === 0
      ? `no cluster ${given} has been read`
      : `${named.length} clusters are ${given}`,
    { nextStep: `Known are ${known || 'none yet'}; give a name or an id.` },
  );
}

export function outputOf(deps: CliDeps, options: { json?: boolean }): Output {
  return {
    json: options.json === true,
    paint: painter(
      deps.out,
      process.env['NO_COLOR'] !== undefined && process.env['NO_COLOR'] !== '',
    ),
    columns: deps.out.isTerminal ? deps.out.columns : 0,
    now: deps.now(),
    write: (text) => deps.out.write(text),
  };
}

/** All pages up to `limit` rows; `more` says that rows were left out. */
export async function takeRows<T>(
  limit: number,
  read: (page: { cursor?: string; limit: number }) => Promise<Page<T>>,
): Promise<{ items: T[]; more: boolean }> {
  const items: T[] = [];
  let more = false;
  for await (const page of pagesOf(read, limit)) {
    items.push(...page.items);
    more = page.nextCursor !== null;
  }
  return { items, more };
}

/** Lines to read, and whether there were none but blank ones: silence then means nothing. */
export function countedLines(lines: AsyncIterable<string>) {
  let some = false;
  async function* read(): AsyncIterable<string> {
    for await (const line of lines) {
      some ||= line.trim() !== '';
      yield line;
    }
  }
  return { read: read(), none: () => !some };
}

export function printJson(output: Output, value: unknown): void {
  output.write(`${JSON.stringify(value, null, 2)}\n`);
}

export function listCommand(program: Command, name: string, description: string): Command {
  return program
    .command(name)
    .description(description)
    .option('--cluster <name>', 'only this cluster, by name or id')
    .option('-n, --namespace <name>', 'only this namespace')
    .option('--limit <rows>', 'at most this many rows', parseLimit, 100)
    .option('--json', 'print JSON');
}

export function scopeOf(options: ListOptions): { clusterId?: string; namespace?: string } {
  return {
    ...(options.cluster !== undefined && { clusterId: options.cluster }),
    ...(options.namespace !== undefined && { namespace: options.namespace }),
  };
}

function parseLimit(text: string): number {
  const limit = Number(text);
  if (Number.isInteger(limit) && limit >= 1 && limit <= 100_000) return limit;
  throw new AppError('invalid-input', `--limit ${text}: must be a whole number from 1 to 100000`);
}

/** Seconds of `90m`, `24h`, `2d` or `1w`. */
export function parseSeconds(text: string): number {
  const seconds = secondsOf(text);
  if (seconds !== null) return seconds;
  throw new AppError('invalid-input', `${text} is not a length of time`, {
    nextStep: 'Write it as 90m, 24h, 2d or 1w.',
  });
}

export function parseInstant(text: string): Date {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  throw new AppError('invalid-input', `${text} is not an instant`, {
    nextStep: 'Write it as 2026-11-01T02:00:00Z.',
  });
}
