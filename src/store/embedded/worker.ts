// The embedded database's own thread: its queries block the thread they run on.
import { parentPort, workerData } from 'node:worker_threads';
import { PGlite, type Transaction } from '@electric-sql/pglite';
import type { DatabaseFailure } from '../store-error.ts';
import type { WorkerAnswer, WorkerRequest } from './messages.ts';

/** One backend, a small cache: the home size fits, and the process stays small. These lines replace postgresql.conf. */
const CONFIGURATION = [
  'shared_buffers=16MB',
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
const held = new Map<number, HeldTransaction>();

try {
  const { directory } = workerData as { directory: string };
  database = await PGlite.create({ dataDir: directory, postgresqlconf: CONFIGURATION });
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
      return database.close();
  }
}

async function callFunction(request: Extract<WorkerRequest, { type: 'call' }>): Promise<unknown> {
  const named = request.argumentNames.map((name, index) => `"${name}" => $${index + 1}`).join(', ');
  return database.transaction(async (transaction) => {
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

function begin(id: number): Promise<unknown> {
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
