import { randomUUID } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { codeOf } from './data-directory.ts';

const LockFile = z.object({ pid: z.number(), startedAt: z.string().nullable(), token: z.string() });
type LockFile = z.infer<typeof LockFile>;

/** Long enough for a rival that took the same stale lock to have overwritten ours. */
const SETTLE_MS = 40;

export interface Lock {
  release(): Promise<void>;
}

/**
 * One process per data directory: PGlite itself lets a second one in. A lock left by a killed process is taken over.
 * AppError `store-locked` names the process that holds it.
 */
export async function takeLock(path: string): Promise<Lock> {
  const mine: LockFile = { pid: process.pid, startedAt: startOf(process.pid), token: randomUUID() };
  for (let tries = 0; tries < 5; tries += 1) {
    if (await create(path, mine)) {
      await sleep(SETTLE_MS);
      if ((await read(path))?.token === mine.token) return { release: () => release(path, mine) };
    }
    const holder = await read(path);
    if (holder !== null && isAlive(holder)) throw lockedBy(holder, path);
    await rm(path, { force: true });
  }
  throw new AppError('store-locked', `${path} is fought over by several processes`, {
    retryable: true,
    nextStep: 'Start one of them only.',
  });
}

async function create(path: string, lock: LockFile): Promise<boolean> {
  try {
    await writeFile(path, JSON.stringify(lock), { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new AppError('store-full', `${path} cannot be written (${codeOf(error)})`, {
      cause: error,
      nextStep: 'Free some space or correct the rights of the directory.',
    });
  }
}

/** Null when there is none; a half-written one counts as left behind. */
async function read(path: string): Promise<LockFile | null> {
  const text = await readFile(path, 'utf8').catch(() => '');
  try {
    return LockFile.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

async function release(path: string, mine: LockFile): Promise<void> {
  if ((await read(path))?.token === mine.token) await rm(path, { force: true });
}

/** The same pid may be another process by now: its start time tells, where the system shows it. */
function isAlive(holder: LockFile): boolean {
  if (holder.pid === process.pid) return holder.startedAt === startOf(process.pid);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  return (
    holder.startedAt === null ||
    startOf(holder.pid) === null ||
    holder.startedAt === startOf(holder.pid)
  );
}

/** Field 22 of /proc/PID/stat, in clock ticks since boot; null where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}

function lockedBy(holder: LockFile, path: string): AppError {
  return new AppError('store-locked', `process ${holder.pid} uses this data directory (${path})`, {
    nextStep: `Use the running one, stop it (kill ${holder.pid}), or set DATA_DIR to another directory.`,
    details: { pid: holder.pid },
  });
}
