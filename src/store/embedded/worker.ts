// The embedded database's own thread: its queries block the thread they run on.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import type { DatabaseFailure } from '../store-error.ts';
import { isNearlyFull } from './data-directory.ts';
import { keepHouse } from './keep-house.ts';
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './messages.ts';

/** One backend, a small cache: the home size fits, and the process stays small. These lines replace postgresql.conf. */
const CONFIGURATION = [
  'shared_buffers=8MB',
  'max_connections=4',
  'wal_buffers=1MB',
  'work_mem=4MB',
  'maintenance_work_mem=16MB',
  'max_wal_size=64MB',
  'min_wal_size=32MB',
  'dynamic_shared_memory_type=posix',
  "timezone='UTC'",
  "log_timezone='UTC'",
  'autovacuum=off',
];

/** SQLSTATE of a write in a read-only transaction. */
const READ_ONLY = '25006';

const port = parentPort;
if (port === null) throw new Error('this file runs as a worker thread');
const answer = (message: WorkerAnswer): void => port.postMessage(message);

/** A migration's transaction, held open between messages. */
interface HeldTransaction {
  sql: Transaction;
  end(commit: boolean): void;
  ended: Promise<void>;
}

let database: PGlite;
let house: ReturnType<typeof keepHouse>;
const { directory, reservedBytes } = workerData as WorkerSetup;
const held = new Map<number, HeldTransaction>();

try {
  database = await PGlite.create({ dataDir: directory, postgresqlconf: CONFIGURATION });
  house = keepHouse(database, () => !isNearlyFull(directory, reservedBytes));
  port.on('message', (request: WorkerRequest) => void serve(request));
  answer({ type: 'opened' });
} catch (error) {
  answer({ type: 'open-failed', failure: failureOf(error) });
}

async function serve(request: WorkerRequest): Promise<void> {
  try {
    answer({ type: 'done', id: request.id, value: await perform(request) });
  } catch (error) {
    answer({ type: 'failed', id: request.id, failure: failureOf(error) });
  }
  if (request.type === 'close') port?.close();
}

function perform(request: WorkerRequest): Promise<unknown> {
  switch (request.type) {
    case 'call':
      return callFunction(request);
    case 'query':
      return sqlOf(request.transaction)
        .query(request.sql, request.parameters)
        .then(({ rows }) => rows);
    case 'exec':
      return sqlOf(request.transaction)
        .exec(request.sql)
        .then(() => null);
    case 'begin':
      return begin(request.id);
    case 'end':
      return end(request.transaction, request.commit);
    case 'close':
      return house.stop().then(() => database.close());
  }
}

/** With the disk nearly full calls may read but not write. */
async function callFunction(request: Extract<WorkerRequest, { type: 'call' }>): Promise<unknown> {
  const readOnly = isNearlyFull(directory, reservedBytes);
  try {
    return await runFunction(request, readOnly);
  } catch (error) {
    if (readOnly && failureOf(error).code === READ_ONLY) throw diskFull(error);
    throw error;
  }
}

async function runFunction(
  request: Extract<WorkerRequest, { type: 'call' }>,
  readOnly: boolean,
): Promise<unknown> {
  const named = request.argumentNames.map((name, index) => `"${name}" => $${index + 1}`).join(', ');
  return database.transaction(async (transaction) => {
    if (readOnly) await transaction.exec('set transaction read only');
    await transaction.query(
      "select set_config('role', $1, true), set_config('request.jwt.claims', $2, true)",
      [request.role, request.claims],
    );
    const { rows } = await transaction.query<{ value: string | null }>(
      `select public."${request.name}"(${named})::text as value`,
      request.values,
    );
    return rows[0]?.value ?? null;
  });
}

function sqlOf(transaction: number | null): Pick<PGlite, 'query' | 'exec'> | Transaction {
  if (transaction === null) return database;
  const found = held.get(transaction);
  if (found === undefined) throw new Error('this transaction has ended');
  return found.sql;
}

function diskFull(cause?: unknown): Error {
  const error = new Error(`hardly any space is left in ${directory}`, { cause });
  return Object.assign(error, { code: '53100' });
}

function begin(id: number): Promise<unknown> {
  if (isNearlyFull(directory, reservedBytes)) return Promise.reject(diskFull());
  return new Promise((resolve, reject) => {
    const decided = Promise.withResolvers<boolean>();
    const ended = database.transaction(async (sql) => {
      held.set(id, { sql, end: decided.resolve, ended });
      resolve(id);
      if (!(await decided.promise)) await sql.rollback();
    });
    ended.catch(reject);
  });
}

async function end(transaction: number, commit: boolean): Promise<unknown> {
  const found = held.get(transaction);
  held.delete(transaction);
  found?.end(commit);
  await found?.ended;
  return null;
}

function failureOf(error: unknown): DatabaseFailure {
  const message = error instanceof Error ? error.message : String(error);
  const parts = error as { code?: unknown; hint?: unknown };
  return {
    code: typeof parts.code === 'string' ? parts.code : null,
    message,
    ...(typeof parts.hint === 'string' && { hint: parts.hint }),
  };
}
