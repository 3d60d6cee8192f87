import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { AppError } from '../../domain/error.ts';
import { codeOf } from './data-directory.ts';

const checkout = fileURLToPath(new URL('../../..', import.meta.url));

/** Where a fresh, empty database of this PGlite version waits to be copied. */
export async function preparedDirectory(): Promise<string> {
  const manifest = join(checkout, 'node_modules/@electric-sql/pglite/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  return join(checkout, '.cache', `pglite-${version}`);
}

/**
 * Makes the prepared directory unless it is there. initdb in WebAssembly takes a gigabyte for a moment, so this runs
 * in a process of its own: at `npm ci`, else before the first start.
 */
export async function prepareEmbedded(make: (directory: string) => Promise<void>): Promise<string> {
  const target = await preparedDirectory();
  if (await exists(target)) return target;
  await mkdir(join(target, '..'), { recursive: true });
  const draft = await mkdtemp(`${target}.`);
  try {
    await make(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    if (!(await exists(target))) throw error; // else another process was first
  }
  return target;
}

/** Fills a new data directory from the prepared one; whole or not at all. */
export async function copyPrepared(pgdata: string): Promise<void> {
  const prepared = await preparedDirectory();
  if (!(await exists(prepared))) await prepareInChild();
  const draft = `${pgdata}.new`;
  try {
    await rm(draft, { recursive: true, force: true });
    await cp(prepared, draft, { recursive: true });
    await rm(pgdata, { recursive: true, force: true });
    await rename(draft, pgdata);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    const full = codeOf(cause) === 'ENOSPC';
    throw new AppError(
      full ? 'store-full' : 'internal',
      `the database in ${pgdata} cannot be made: ${full ? 'no space left' : codeOf(cause)}`,
      {
        cause,
        nextStep: full
          ? 'Free about 50 MB, then start again.'
          : 'Look at the rights of the directory.',
      },
    );
  }
}

async function prepareInChild(): Promise<void> {
  const script = join(checkout, 'scripts/prepare-embedded.ts');
  await promisify(execFile)(process.execPath, [script]).catch((cause: unknown) => {
    throw new AppError('internal', 'the embedded database could not be prepared', {
      cause,
      nextStep: 'Run `npm ci` again and look at its output.',
    });
  });
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
