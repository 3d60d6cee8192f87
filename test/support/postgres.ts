import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chown, mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { Client } from 'pg';
import { openPostgresDoor } from '../../src/store/postgres/postgres-door.ts';
import { createStore } from '../../src/store/store.ts';

const run = promisify(execFile);
const DEBIAN = '/usr/lib/postgresql';

/** A throw-away PostgreSQL on 127.0.0.1. */
export interface RealPostgres {
  version: string;
  /** The superuser's URL of a database on it. */
  urlOf(database: string, user?: string): string;
  /** A new database cloned from the migrated template; the URL of an owner who is no superuser. */
  createDatabase(): Promise<string>;
  /** A new empty database; the URL of its owner, who is no superuser. */
  createEmptyDatabase(): Promise<string>;
  stop(): Promise<void>;
}

export interface PostgresSettings {
  /** True for benchmarks: commits wait for the disk. Off in tests. */
  durable?: boolean;
  /** Further lines of configuration, e.g. `shared_buffers=256MB`. */
  settings?: string[];
}

/** Null when this machine has no PostgreSQL server. */
export async function findPostgres(): Promise<string | null> {
  const versions = existsSync(DEBIAN) ? await readdir(DEBIAN) : [];
  const newestFirst = versions.sort((a, b) => Number(b) - Number(a));
  const folders = [
    process.env['PGBIN'],
    ...newestFirst.map((version) => join(DEBIAN, version, 'bin')),
    ...(process.env['PATH'] ?? '').split(delimiter),
  ];
  return folders.find((each) => each !== undefined && existsSync(join(each, 'initdb'))) ?? null;
}

/** Starts a server with a migrated template database; null when none is installed. */
export async function startPostgres(settings: PostgresSettings = {}): Promise<RealPostgres | null> {
  const bin = await findPostgres();
  if (bin === null) return null;
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-pg-'));
  await initialise(bin, directory);
  const port = await freePort();
  await startServer(bin, directory, port, settings);
  const server = createServerHandle(bin, directory, port);
  try {
    return { ...server, version: await prepareTemplate(server) };
  } catch (error) {
    await server.stop();
    throw error;
  }
}

const OWNER = 'plimsoll_owner';

function createServerHandle(bin: string, directory: string, port: number) {
  const urlOf = (database: string, user = 'postgres') =>
    `postgres://${user}@127.0.0.1:${port}/${database}`;
  const create = async (template: string) => {
    const name = `t_${randomBytes(6).toString('hex')}`;
    await query(urlOf('postgres'), `create database ${name} template ${template} owner ${OWNER}`);
    return urlOf(name, OWNER);
  };
  return {
    urlOf,
    createDatabase: () => create('tpl'),
    createEmptyDatabase: () => create('template1'),
    stop: async () => {
      await asServerUser(join(bin, 'pg_ctl'), [
        '-D',
        join(directory, 'data'),
        '-m',
        'immediate',
        'stop',
      ]);
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** The migrator is an ordinary user that may create roles' members and databases' schemas, as on a managed server. */
async function prepareTemplate(server: Pick<RealPostgres, 'urlOf'>): Promise<string> {
  const admin = server.urlOf('postgres');
  for (const role of ['anon', 'authenticated', 'service_role'])
    await query(admin, `create role ${role} nologin noinherit`);
  await query(admin, `create role ${OWNER} login noinherit nosuperuser`);
  await query(admin, `grant anon, authenticated, service_role to ${OWNER}`);
  await query(admin, `create database tpl owner ${OWNER}`);
  // As on Supabase, where the migrator may create functions in public.
  for (const database of ['tpl', 'template1'])
    await query(server.urlOf(database), `grant all on schema public to ${OWNER}`);
  const store = createStore(await openPostgresDoor({ url: server.urlOf('tpl', OWNER) }));
  await store.migrate();
  await store.close();
  const [row] = await query(admin, 'show server_version');
  return String(row?.['server_version']);
}

async function initialise(bin: string, directory: string): Promise<void> {
  if (process.getuid?.() === 0) {
    const { stdout } = await run('id', ['-u', 'postgres']);
    const { stdout: group } = await run('id', ['-g', 'postgres']);
    await chown(directory, Number(stdout), Number(group));
  }
  const data = join(directory, 'data');
  const flags = ['-D', data, '-A', 'trust', '-U', 'postgres', '--no-sync', '-E', 'UTF8'];
  await asServerUser(join(bin, 'initdb'), [...flags, '--locale=C.UTF-8']);
}

async function startServer(
  bin: string,
  directory: string,
  port: number,
  settings: PostgresSettings,
) {
  const lines = [
    'listen_addresses=127.0.0.1',
    `unix_socket_directories=${directory}`,
    ...(settings.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
    ...(settings.settings ?? []),
  ];
  const options = `-p ${port} ${lines.map((line) => `-c ${line}`).join(' ')}`;
  const log = join(directory, 'log');
  const data = join(directory, 'data');
  await asServerUser(join(bin, 'pg_ctl'), ['-D', data, '-w', '-l', log, '-o', options, 'start']);
}

/** PostgreSQL refuses to run as root: then as the system's user `postgres`. */
function asServerUser(file: string, args: string[]) {
  return process.getuid?.() === 0
    ? run('runuser', ['-u', 'postgres', '--', file, ...args], { cwd: '/' })
    : run(file, args);
}

/** One statement on a connection of its own. */
export async function query(url: string, sql: string, parameters: unknown[] = []) {
  const client = new Client({ connectionString: url });
  // A server that stops while the connection ends is no failure of the query.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql, parameters)).rows;
  } finally {
    await client.end();
  }
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });
}
