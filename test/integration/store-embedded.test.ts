import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { openDataDirectory } from '../../src/store/embedded/data-directory.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import { createStore } from '../../src/store/store.ts';
import { describeStore } from '../contracts/store.ts';

const directories: string[] = [];
afterAll(() => Promise.all(directories.map((each) => rm(each, { recursive: true, force: true }))));

describeStore('the embedded database', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-embedded-'));
  directories.push(directory);
  await openDataDirectory(directory);
  const door = await openEmbeddedDoor({ directory });
  const store = createStore(door);
  await store.migrate();
  return {
    store,
    query: async (sql, parameters) => (await door.migrator?.query(sql, parameters)) ?? [],
  };
});
