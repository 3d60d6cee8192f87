import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AppError } from '../../domain/error.ts';

/** What the demo must remember to be the same world after a restart. Instants in milliseconds since 1970. */
export interface DemoState {
  version: 1;
  seed: number;
  anchor: number;
  /** Everything up to here was played, a little behind what readers may have seen. */
  position: number;
  /** The world's time at one moment of the wall clock; from there it goes on. */
  worldAt: number;
  wallAt: number;
}

const FIELDS = ['seed', 'anchor', 'position', 'worldAt', 'wallAt'] as const;

export const statePath = (directory: string): string => join(directory, 'world.json');

function isState(value: unknown): value is DemoState {
  if (typeof value !== 'object' || value === null) return false;
  const fields = new Map<string, unknown>(Object.entries(value));
  return fields.get('version') === 1 && FIELDS.every((name) => Number.isFinite(fields.get(name)));
}

function isAbsent(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

/** Null when the demo was never started here. Throws AppError `store-corrupt` for a file it cannot read. */
export async function readDemoState(directory: string): Promise<DemoState | null> {
  const path = statePath(directory);
  const corrupt = (cause: unknown): AppError =>
    new AppError('store-corrupt', `The demo world's state in ${path} cannot be read.`, {
      cause,
      nextStep: 'Start the demo anew with `plimsoll demo --reset`; real data is not touched.',
      details: { path },
    });
  try {
    const parsed: unknown = JSON.parse(await readFile(path, 'utf8'));
    if (isState(parsed)) return parsed;
  } catch (error) {
    if (isAbsent(error)) return null;
    throw corrupt(error);
  }
  throw corrupt(new Error('it does not hold seed, anchor, position and clock'));
}

/** Atomic: a crash leaves the old file or the new one. */
export async function writeDemoState(directory: string, state: DemoState): Promise<void> {
  await mkdir(directory, { recursive: true });
  const path = statePath(directory);
  await writeFile(`${path}.new`, JSON.stringify(state), { mode: 0o600 });
  await rename(`${path}.new`, path);
}
