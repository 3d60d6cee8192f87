import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { treeResidentBytes } from './process-tree.ts';
import type { StoreBenchOptions, StoreFigures } from './store.ts';

export interface EmbeddedFigures extends StoreFigures {
  peakMegabytes: number;
}

/** As `npm start` runs the embedded database. */
const FLAGS = [
  '--no-wasm-tier-up',
  '--no-wasm-dynamic-tiering',
  '--heap-growing-percent=20',
  '--max-semi-space-size=2',
];

/** The store's bench on the embedded database, with the peak RSS of the process that writes and reads. */
export async function benchEmbedded(options: StoreBenchOptions): Promise<EmbeddedFigures> {
  const script = fileURLToPath(new URL('embedded-child.ts', import.meta.url));
  const values = [options.runs, options.batch, options.reads].map(String);
  const child = spawn(process.execPath, [...FLAGS, script, ...values], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, treeResidentBytes(child.pid ?? 0));
  }, 100);
  const [code] = (await once(child, 'close')) as [number | null];
  clearInterval(watching);
  if (code !== 0) throw new Error(`the embedded bench ended with ${code}`);
  const figures = JSON.parse(printed) as StoreFigures;
  return { ...figures, peakMegabytes: peak / 1e6 };
}
