import { constants, existsSync, statSync, statfsSync } from 'node:fs';
import { access, mkdir, readFile, readdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { AppError } from '../../domain/error.ts';

/** The PostgreSQL major this PGlite is; a directory of another one cannot be opened. */
const MAJOR = '18';

/** Makes the directory, readable by its user only. AppError `invalid-setting` when it cannot be made or written. */
export async function openDataDirectory(directory: string): Promise<void> {
  try {
    await makeDirectory(directory);
    await access(directory, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    const full = codeOf(cause) === 'ENOSPC';
    throw new AppError(
      full ? 'store-full' : 'invalid-setting',
      full ? `no space left for ${directory}` : `${directory} cannot be written (${codeOf(cause)})`,
      {
        cause,
        nextStep: full
          ? 'Free some space, then start again.'
          : 'Correct its rights, or set DATA_DIR to another directory.',
      },
    );
  }
}

/** Step by step: where a directory cannot be made though its parent is there (/proc), Node's own way never ends. */
async function makeDirectory(directory: string): Promise<void> {
  const parent = dirname(directory);
  try {
    await mkdir(directory, { mode: 0o700 });
  } catch (error) {
    const code = codeOf(error);
    if (code === 'EEXIST' && statSync(directory).isDirectory()) return;
    if (code !== 'ENOENT' || parent === directory || existsSync(parent)) throw error;
    await makeDirectory(parent);
    await makeDirectory(directory);
  }
}

/**
 * With less room PostgreSQL may fail to make its next WAL file (16 MB). Embedded, it does not survive that: it neither
 * answers nor ends. So nothing is written any more below this.
 */
export const RESERVED_BYTES = 64 * 1024 * 1024;

/** False also where the system does not say how much is free. */
export function isNearlyFull(directory: string, reservedBytes: number): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize < reservedBytes;
  } catch {
    return false;
  }
}

export function fullDirectory(directory: string, cause?: unknown): AppError {
  return new AppError('store-full', `hardly any space is left for the database in ${directory}`, {
    cause,
    retryable: true,
    nextStep: 'Free 100 MB there; nothing that was stored is lost.',
  });
}

/** `new` when there is nothing yet; AppError `store-corrupt` when what is there cannot be one of ours. */
export async function inspectDatabase(pgdata: string): Promise<'new' | 'present'> {
  const entries = await readdir(pgdata).catch(() => []);
  if (entries.length === 0) return 'new';
  const version = await readFile(join(pgdata, 'PG_VERSION'), 'utf8').catch(() => null);
  if (version === null) throw corruptDirectory(pgdata, 'it has no PG_VERSION');
  if (version.trim() === MAJOR) return 'present';
  throw new AppError(
    'store-corrupt',
    `${pgdata} was made by PostgreSQL ${version.trim()}, this version needs ${MAJOR}`,
    {
      nextStep: `Start it with the version of Plimsoll that made it, or move it aside (mv ${pgdata} ${pgdata}.old) to begin anew.`,
    },
  );
}

/** Names the directory and how to keep it: nothing is ever deleted. */
export function corruptDirectory(pgdata: string, reason: string, cause?: unknown): AppError {
  return new AppError('store-corrupt', `the database in ${pgdata} cannot be opened: ${reason}`, {
    cause,
    nextStep: `Restore it from a backup, or move it aside to begin anew: mv ${pgdata} ${pgdata}.broken`,
  });
}

export function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
}
