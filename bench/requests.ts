import { setTimeout as sleep } from 'node:timers/promises';
import { createClusterReader } from '../src/collect/cluster-reader.ts';
import { createVeleroReader } from '../src/collect/engines/velero/reader.ts';
import { createVolsyncReader } from '../src/collect/engines/volsync/reader.ts';
import { clusterSourceOfServer } from '../src/collect/kubernetes/cluster-source.ts';
import { startWorld, type TestWorld } from '../test/support/world.ts';

const WARM_CYCLES = 2;
const CYCLES = 6;
const LIMIT_MS = 60_000;

/** Requests of each of six cycles in which nothing changed, with that many ReplicationSources in the cluster. */
export async function benchRequests(sources: number): Promise<number[]> {
  const world = await startWorld();
  try {
    fill(world, sources);
    const counted = await countRequests(world);
    return counted.slice(1).map((count, index) => count - (counted[index] ?? 0));
  } finally {
    await world.stop();
  }
}

/** The reader's request counter at the end of each cycle, once lists are done. */
async function countRequests(world: TestWorld): Promise<number[]> {
  const reader = createClusterReader(clusterSourceOfServer('bench', world.server), {
    engines: [createVolsyncReader(), createVeleroReader()],
    settings: { intervalMs: 250, debounceMs: 10, settleMs: 50 },
  });
  const stopping = new AbortController();
  const ended = Promise.withResolvers<void>();
  const counted: number[] = [];
  let cycle = 0;
  const onSettled = async (): Promise<void> => {
    cycle += 1;
    if (cycle > WARM_CYCLES) counted.push(reader.status().requests);
    if (counted.length > CYCLES) ended.resolve();
    world.clock.set(new Date(world.clock.now().getTime() + 300_000));
  };
  const memory = { policies: new Map<string, string>() };
  const watching = reader.watch(memory, { save: async () => {} }, onSettled, stopping.signal);
  const late = sleep(LIMIT_MS, null, { signal: stopping.signal }).then(() => {
    throw new Error(`only ${cycle} cycles within ${LIMIT_MS / 1_000} s`);
  });
  try {
    await Promise.race([ended.promise, watching, late]);
  } finally {
    stopping.abort();
    await Promise.allSettled([watching, late]);
  }
  return counted;
}

function fill(world: TestWorld, sources: number): void {
  for (let index = 0; index < sources; index += 1)
    world.put(
      'replicationsources',
      'media',
      `app-${index}`,
      {
        spec: {
          sourcePVC: `app-${index}`,
          trigger: { schedule: '0 2 * * *' },
          restic: { repository: `app-${index}-restic`, copyMethod: 'Snapshot' },
        },
        status: {
          lastSyncTime: '2026-11-21T02:01:30Z',
          lastSyncDuration: '1m30s',
          latestMoverStatus: { result: 'Successful', logs: 'snapshot 1a2b3c4d saved' },
        },
      },
      {},
    );
}
