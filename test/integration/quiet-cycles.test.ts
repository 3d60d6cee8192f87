import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createClusterReader } from '../../src/collect/cluster-reader.ts';
import { createVolsyncReader } from '../../src/collect/engines/volsync/reader.ts';
import { clusterSourceOfServer } from '../../src/collect/kubernetes/cluster-source.ts';
import { SECOND_MS } from '../../src/domain/time.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Door } from '../../src/store/door.ts';
import { createStore } from '../../src/store/store.ts';
import { watchCluster } from '../../src/services/watch-cluster.ts';
import { clusterDeps } from '../../src/wiring/watch-clusters.ts';
import { OWNER } from '../../src/wiring/open-store.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

let world: TestWorld;
let directory: string;
let door: Door;
let calls: string[];

beforeEach(async () => {
  world = await startWorld();
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-quiet-'));
  const opened = await openEmbeddedDoor({ directory });
  calls = [];
  door = {
    ...opened,
    call: (as, name, args) => {
      calls.push(name);
      return opened.call(as, name, args);
    },
  };
});
afterEach(async () => {
  await world.stop();
  await door.close();
  await rm(directory, { recursive: true, force: true });
});

const writes = (): string[] => calls.filter((name) => /save|keep/.test(name));

it('a cycle that finds nothing new makes no write, and what was watched is stored at the end', async () => {
  const store = createStore(door);
  await store.migrate();
  await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);
  world.put('replicationsources', 'media', 'photos', {
    spec: { sourcePVC: 'photos', trigger: { schedule: '0 2 * * *' }, restic: {} },
    status: { lastSyncTime: '2026-11-21T02:01:30Z', lastSyncDuration: '1m30s' },
  });
  const reader = createClusterReader(clusterSourceOfServer('quiet', world.server), {
    engines: [createVolsyncReader()],
    settings: { intervalMs: 40, debounceMs: 1, settleMs: 10 },
  });
  const judged: Date[] = [];
  const stopping = new AbortController();
  const watching = watchCluster(
    {
      ...clusterDeps({ store, holder: 'test' }, reader),
      onTrouble: (error) => expect(error).toBeUndefined(),
      onJudged(_identity, at) {
        judged.push(at);
        world.clock.set(new Date(world.clock.now().getTime() + 20 * SECOND_MS));
      },
    },
    stopping.signal,
  );
  await vi.waitFor(() => expect(judged.length).toBeGreaterThan(2), PATIENCE_MS);
  const before = writes().length;
  const cycles = judged.length;
  await vi.waitFor(() => expect(judged.length).toBeGreaterThanOrEqual(cycles + 10), PATIENCE_MS);
  expect(writes().slice(before)).toEqual([]);
  stopping.abort();
  await watching;
  expect(writes().slice(before)).toEqual(['plimsoll_save_facts']);
  const [cluster] = (await store.as(OWNER).listClusters()).items;
  expect(Date.parse(cluster?.observedAt ?? '')).toBeGreaterThanOrEqual(judged.at(-1)!.getTime());
});
