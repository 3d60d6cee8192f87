import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { startPostgres } from '../test/support/postgres.ts';
import type { CollectorFigures } from './collector-child.ts';
import { treeResidentBytes } from './process-tree.ts';

export interface CollectFigures extends CollectorFigures {
  /** Of the collecting process and its descendants; the world and a PostgreSQL server are others. */
  peakMegabytes: number;
}

export type WorldSize = ['big'] | ['fleet', clusters: number];

/** As `npm start` runs. */
const FLAGS = [
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
  '--heap-growing-percent=10',
  '--no-maglev',
  '--no-sparkplug',
  '--max-semi-space-size=1',
];
const LOOK_MS = 100;

/** Reads simulated clusters from another process over HTTP into PostgreSQL; null when none is installed. */
export async function collectIntoPostgres(size: WorldSize): Promise<CollectFigures | null> {
  const server = await startPostgres({ durable: true, settings: ['shared_buffers=256MB'] });
  if (server === null) return null;
  try {
    return await collect(size, await server.createDatabase());
  } finally {
    await server.stop();
  }
}

/** The same into the embedded database, which lives in the collecting process. */
export async function collectIntoEmbedded(size: WorldSize): Promise<CollectFigures> {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-bench-'));
  try {
    return await collect(size, directory);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

async function collect(size: WorldSize, database: string): Promise<CollectFigures> {
  const [pauseMs, cycles] = size[0] === 'big' ? [2_000, 4] : [10_000, 1];
  const world = start('world-child.ts', [], size.map(String));
  try {
    return await measure(await firstLine(world), database, [pauseMs, cycles].map(String));
  } finally {
    world.kill();
  }
}

async function measure(
  addresses: string,
  database: string,
  pace: string[],
): Promise<CollectFigures> {
  const collector = start('collector-child.ts', FLAGS, [addresses, database, ...pace]);
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, treeResidentBytes(collector.pid ?? 0));
  }, LOOK_MS);
  try {
    const ended = once(collector, 'exit');
    const line = await firstLine(collector);
    await ended;
    return { ...(JSON.parse(line) as CollectorFigures), peakMegabytes: peak / 1e6 };
  } finally {
    clearInterval(watching);
    collector.kill();
  }
}

function start(script: string, flags: string[], values: string[]): ChildProcess {
  const path = fileURLToPath(new URL(script, import.meta.url));
  return spawn(process.execPath, [...flags, path, ...values], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
}

/** Throws when the process ends without one. */
async function firstLine(child: ChildProcess): Promise<string> {
  if (child.stdout !== null)
    for await (const line of createInterface({ input: child.stdout })) return line;
  throw new Error('a process of the bench ended before it told anything');
}
