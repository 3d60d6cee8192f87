import { DatabaseError, Pool, type PoolClient, type PoolConfig } from 'pg';
import { AppError } from '../../domain/error.ts';
import { createGate } from '../../domain/gate.ts';
import type { Door, Identity, Migrator, Sql } from '../door.ts';
import { toStoreError } from '../store-error.ts';
import { jsonPieces } from './json-pieces.ts';

export interface PostgresOptions {
  /** `postgres://user:password@host:port/database?sslmode=…`; TLS as the URL says. */
  url: string;
  /** Connections at most. */
  connections?: number;
  /** A call that runs longer is ended by the server, AppError `timeout`. */
  statementTimeoutMs?: number;
}

const CONNECT_TIMEOUT_MS = 5_000;
const IDLE_TIMEOUT_MS = 30_000;
const CONNECTIONS = 8;

/**
 * A door to any PostgreSQL 15 or newer. The URL's user needs membership in the roles, no superuser rights. Nothing is
 * connected before the first call; AppError `invalid-setting` when the URL is none.
 */
export async function openPostgresDoor(options: PostgresOptions): Promise<Door> {
  const pool = new Pool(poolConfig(options));
  // The pool would take the time a call waits for its turn for a database that cannot be reached.
  const gate = createGate(options.connections ?? CONNECTIONS);
  // A connection that breaks fails the call that uses it, or is replaced at the next; each says so once more, to whoever
  // listens, and would end the process if nobody did.
  pool.on('error', () => {});
  pool.on('connect', (client) => client.on('error', () => {}));
  let closed: Promise<void> | null = null;
  return {
    way: 'postgres',
    call: (as, name, args) =>
      gate.run(() => withClient(pool, (client) => callFunction(client, as, name, args))),
    migrator: createMigrator(pool),
    close: () => (closed ??= pool.end()),
  };
}

function poolConfig(options: PostgresOptions): PoolConfig {
  if (!URL.canParse(options.url))
    throw new AppError('invalid-setting', 'DATABASE_URL is not a URL', {
      nextStep: 'Write it as postgres://user:password@host:5432/database.',
    });
  return {
    connectionString: options.url,
    max: options.connections ?? CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    idleTimeoutMillis: IDLE_TIMEOUT_MS,
    statement_timeout: options.statementTimeoutMs ?? 60_000,
    application_name: 'plimsoll',
  };
}

async function callFunction(
  client: PoolClient,
  as: Identity,
  name: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  const claims = as.role === 'authenticated' ? as.claims : { role: as.role };
  return inTransaction(client, async () => {
    await client.query(
      `select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)`,
      [as.role, JSON.stringify(claims)],
    );
    const list: string[] = [];
    const values: unknown[] = [];
    for (const [arg, value] of Object.entries(args)) {
      const { sent, rest } = await sendAhead(client, arg, value);
      values.push(rest);
      list.push(`${client.escapeIdentifier(arg)} => ${joined(sent, `$${values.length}`)}`);
    }
    const sql = `select public.${client.escapeIdentifier(name)}(${list.join(', ')}) as value`;
    const { rows } = await client.query<{ value: unknown }>(sql, values);
    return rows[0]?.value ?? null;
  });
}

/**
 * In UTF-16 units: a text as long as this goes ahead. V8 keeps texts beyond 128 KiB apart and lets them go only with all
 * the rest: ten thousand claims’ judgement in such parts costs 50 MB.
 */
const LONG = 100_000;

/**
 * Objects and arrays go as JSON text: `pg` would send an array as a PostgreSQL array. Of a long one all but the rest
 * goes ahead in parts, as settings of the transaction, which `sent` names: so it never stands in memory whole.
 */
async function sendAhead(client: PoolClient, arg: string, value: unknown) {
  const sent: string[] = [];
  if (typeof value !== 'object' || value === null) return { sent, rest: value };
  let rest = '';
  for (const piece of jsonPieces(value)) {
    rest += piece;
    if (rest.length < LONG) continue;
    const setting = `plimsoll.${arg}_${sent.length}`;
    await client.query('select set_config($1, $2, true) is null', [setting, rest]);
    sent.push(setting);
    rest = '';
  }
  return { sent, rest };
}

function joined(sent: readonly string[], rest: string): string {
  if (sent.length === 0) return rest;
  const parts = sent.map((setting) => `current_setting('${setting}')`);
  return `array_to_string(array[${[...parts, `${rest}::text`].join(', ')}], '')::jsonb`;
}

function createMigrator(pool: Pool): Migrator {
  return {
    query: (sql, parameters) => withClient(pool, (client) => sqlOf(client).query(sql, parameters)),
    exec: (sql) => withClient(pool, (client) => sqlOf(client).exec(sql)),
    transaction: (work) =>
      withClient(pool, (client) => inTransaction(client, () => work(sqlOf(client)))),
  };
}

function sqlOf(client: PoolClient): Sql {
  return {
    query: async (sql, parameters = []) =>
      (await client.query<Record<string, unknown>>(sql, [...parameters])).rows,
    exec: async (sql) => {
      await client.query(sql);
    },
  };
}

async function inTransaction<T>(client: PoolClient, work: () => Promise<T>): Promise<T> {
  await client.query('begin');
  const result = await work();
  await client.query('commit');
  return result;
}

/** After a failure the connection is rolled back, or dropped when even that fails. */
async function withClient<T>(pool: Pool, work: (client: PoolClient) => Promise<T>): Promise<T> {
  let client: PoolClient;
  try {
    client = await pool.connect();
  } catch (error) {
    throw toAppError(error);
  }
  try {
    const result = await work(client);
    client.release();
    return result;
  } catch (error) {
    const broken = await client.query('rollback').then(
      () => false,
      () => true,
    );
    client.release(broken);
    throw error instanceof AppError ? error : toAppError(error);
  }
}

/** Only what the server itself said carries an SQLSTATE; all else never reached it. */
function toAppError(error: unknown): AppError {
  if (error instanceof DatabaseError)
    return toStoreError({
      code: error.code ?? null,
      message: error.message,
      hint: error.hint ?? null,
      cause: error,
    });
  // Node leaves the message of a refused connection to several addresses empty.
  const message = error instanceof Error && error.message !== '' ? error.message : 'no answer';
  return toStoreError({ code: null, message, cause: error });
}
