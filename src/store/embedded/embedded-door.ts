import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../domain/error.ts';
import type { Door, Identity, Migrator, Sql } from '../door.ts';
import { toStoreError, type DatabaseFailure } from '../store-error.ts';
import {
  corruptDirectory,
  fullDirectory,
  inspectDatabase,
  isNearlyFull,
  openDataDirectory,
  RESERVED_BYTES,
} from './data-directory.ts';
import { takeLock } from './lock.ts';
import type { WorkerAnswer, WorkerRequest, WorkerSetup } from './messages.ts';
import { copyPrepared } from './prepared.ts';

export interface EmbeddedOptions {
  /** DATA_DIR; the database lies in `pgdata` below it. */
  directory: string;
  /** With less free space nothing is written any more (`store-full`); reading goes on. Default: 64 MB. */
  reservedBytes?: number;
}

type Unnumbered<T> = T extends { id: number } ? Omit<T, 'id'> : never;
type Ask = (request: Unnumbered<WorkerRequest>) => Promise<unknown>;

/**
 * The embedded PostgreSQL, on a thread of its own. Refuses a directory that another process uses (`store-locked`).
 * A thread that dies (a full disk makes PostgreSQL panic) fails the calls under way and is started again, with
 * recovery, by the next one.
 */
export async function openEmbeddedDoor({
  directory,
  reservedBytes = RESERVED_BYTES,
}: EmbeddedOptions): Promise<Door> {
  await openDataDirectory(directory);
  const lock = await takeLock(join(directory, 'lock'));
  const pgdata = join(directory, 'pgdata');
  try {
    if ((await inspectDatabase(pgdata)) === 'new') await copyPrepared(pgdata);
    const database = await keepThread({ directory: pgdata, reservedBytes });
    let closing: Promise<void> | undefined;
    const close = async (): Promise<void> => {
      try {
        await database.close();
      } finally {
        await lock.release();
      }
    };
    return {
      way: 'embedded',
      call: (as, name, args) => call(database.ask, as, name, args),
      migrator: createMigrator(database.ask),
      close: () => (closing ??= close()),
    };
  } catch (error) {
    await lock.release();
    throw error;
  }
}

async function call(
  ask: Ask,
  as: Identity,
  name: string,
  args: Record<string, unknown>,
): Promise<unknown> {
  const claims = as.role === 'authenticated' ? as.claims : { role: as.role };
  const values = Object.values(args).map((value) =>
    typeof value === 'object' && value !== null ? JSON.stringify(value) : value,
  );
  const text = await ask({
    type: 'call',
    role: as.role,
    claims: JSON.stringify(claims),
    name,
    argumentNames: Object.keys(args),
    values,
  });
  return typeof text === 'string' ? (JSON.parse(text) as unknown) : null;
}

function createMigrator(ask: Ask): Migrator {
  const sqlOf = (transaction: number | null): Sql => ({
    query: async (sql, parameters = []) =>
      (await ask({ type: 'query', sql, parameters: [...parameters], transaction })) as Record<
        string,
        unknown
      >[],
    exec: async (sql) => void (await ask({ type: 'exec', sql, transaction })),
  });
  return {
    ...sqlOf(null),
    async transaction(work) {
      const transaction = Number(await ask({ type: 'begin' }));
      try {
        const result = await work(sqlOf(transaction));
        await ask({ type: 'end', transaction, commit: true });
        return result;
      } catch (error) {
        await ask({ type: 'end', transaction, commit: false });
        throw error;
      }
    },
  };
}

/** Starts the thread now, so that a database that cannot be opened fails here, and again whenever it died. */
async function keepThread(setup: WorkerSetup): Promise<{ ask: Ask; close(): Promise<void> }> {
  let thread = startThread(setup);
  let closed = false;
  await thread.opened;
  return {
    async ask(request) {
      if (closed) throw new AppError('store-unreachable', 'the embedded database is closed');
      if (thread.died()) thread = startThread(setup);
      await thread.opened;
      return thread.ask(request);
    },
    async close() {
      closed = true;
      if (thread.died()) return;
      await thread.ask({ type: 'close' });
      await thread.ended;
    },
  };
}

function startThread(setup: WorkerSetup) {
  const worker = new Worker(new URL('worker.ts', import.meta.url), {
    workerData: setup,
    stdout: true,
    stderr: true,
  });
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  const opened = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<void>();
  let dead = false;
  let lastId = 0;

  worker.stdout.resume();
  worker.stderr.resume();
  worker.on('message', (answer: WorkerAnswer) => {
    if (answer.type === 'opened') return opened.resolve();
    if (answer.type === 'open-failed') return opened.reject(openError(setup, answer.failure));
    const asked = waiting.get(answer.id);
    waiting.delete(answer.id);
    if (answer.type === 'done') asked?.resolve(answer.value);
    else asked?.reject(toStoreError(answer.failure));
  });
  const die = (cause?: unknown): void => {
    dead = true;
    const error = new AppError('store-unreachable', 'the embedded database stopped', {
      cause,
      retryable: true,
      nextStep: 'It starts again by itself; if it keeps stopping, look for a full disk.',
    });
    for (const asked of waiting.values()) asked.reject(error);
    waiting.clear();
    opened.reject(error);
    ended.resolve();
  };
  worker.on('error', die);
  worker.on('exit', () => die());
  opened.promise.catch(() => void worker.terminate());

  const ask: Ask = (request) => {
    lastId += 1;
    const id = lastId;
    return new Promise((resolve, reject) => {
      waiting.set(id, { resolve, reject });
      // oxlint-disable-next-line unicorn/require-post-message-target-origin -- a thread has no origin
      worker.postMessage({ ...request, id });
    });
  };
  return { opened: opened.promise, ended: ended.promise, ask, died: () => dead };
}

/** PostgreSQL must write to start, too: a full disk is no damage. */
function openError({ directory, reservedBytes }: WorkerSetup, failure: DatabaseFailure): AppError {
  return isNearlyFull(directory, reservedBytes)
    ? fullDirectory(directory, failure)
    : corruptDirectory(directory, failure.message, failure);
}
