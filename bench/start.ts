import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { treeResidentBytes } from './process-tree.ts';

export interface StartFigures {
  /** From `npm start` to the first finding in the feed. */
  firstFindingSeconds: number;
  /** From `npm start` to the end of the replay; null: it did not end within the limit. */
  replayedSeconds: number | null;
  peakMegabytes: number;
}

const KEY = 'bench-key-0123456789abcdef';
const LIMIT_SECONDS = 90;

/** `npm start` without a kubeconfig, as a newcomer runs it: the first start, then a later one on the same data. */
export async function benchStart(): Promise<{ first: StartFigures; later: StartFigures }> {
  const directory = mkdtempSync(join(tmpdir(), 'plimsoll-bench-'));
  try {
    const first = await start(directory);
    const later = await start(directory);
    return { first, later };
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function start(directory: string): Promise<StartFigures> {
  const begun = performance.now();
  const environment = {
    ...process.env,
    HOME: directory,
    DATA_DIR: join(directory, 'data'),
    PORT: '0',
    ADMIN_API_KEY: KEY,
    PATH: newcomersPath(),
  };
  delete (environment as Record<string, unknown>)['KUBECONFIG'];
  const child = spawn('npm', ['start'], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  const seconds = (): number => (performance.now() - begun) / 1000;
  const figures: StartFigures = {
    firstFindingSeconds: Number.NaN,
    replayedSeconds: null,
    peakMegabytes: 0,
  };
  try {
    while (seconds() < LIMIT_SECONDS && figures.replayedSeconds === null) {
      await sleep(50);
      const resident = treeResidentBytes(child.pid ?? 0) / 1e6;
      figures.peakMegabytes = Math.max(figures.peakMegabytes, resident);
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(printed)?.[0];
      if (url === undefined) continue;
      if (Number.isNaN(figures.firstFindingSeconds) && (await hasFinding(url)))
        figures.firstFindingSeconds = seconds();
      if (printed.includes('worst risks') && !Number.isNaN(figures.firstFindingSeconds))
        figures.replayedSeconds = seconds();
    }
  } finally {
    await stop(child.pid);
  }
  return figures;
}

/** Without what `npm run` put in front: npm itself runs on the machine's own Node. */
function newcomersPath(): string {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.filter((folder) => !folder.includes('node_modules')).join(delimiter);
}

async function hasFinding(url: string): Promise<boolean> {
  const reply = await fetch(`${url}/v1/findings?limit=1`, {
    headers: { authorization: `Bearer ${KEY}` },
  }).catch(() => null);
  if (reply?.ok !== true) return false;
  const page = (await reply.json()) as { items: unknown[] };
  return page.items.length > 0;
}

async function stop(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  process.kill(-pid, 'SIGINT');
  await sleep(3_000);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // already gone, as it should be
  }
}
