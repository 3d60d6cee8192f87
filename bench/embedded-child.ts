// The embedded store's bench in a process of its own, so that its memory can be measured; prints its figures as JSON.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedDoor } from '../src/store/embedded/embedded-door.ts';
import { benchStore } from './store.ts';

const [runs, batch, reads] = process.argv.slice(2).map(Number);
const directory = await mkdtemp(join(tmpdir(), 'plimsoll-bench-'));
try {
  const figures = await benchStore(() => openEmbeddedDoor({ directory }), {
    runs: runs ?? 0,
    batch: batch ?? 0,
    reads: reads ?? 0,
  });
  process.stdout.write(JSON.stringify(figures));
} finally {
  await rm(directory, { recursive: true, force: true });
}
