import { expect, it } from 'vitest';
import { createClusterReader } from '../../src/collect/cluster-reader.ts';
import { createCnpgReader } from '../../src/collect/engines/cnpg/reader.ts';
import { createCronjobReader } from '../../src/collect/engines/cronjob/reader.ts';
import { clusterSourceOfServer } from '../../src/collect/kubernetes/cluster-source.ts';
import type { FactBatch } from '../../src/domain/facts.ts';
import { DAY_MS } from '../../src/domain/time.ts';
import { kindNamed } from '../../src/world/api/kinds.ts';
import { cnpgPolicy } from '../../src/world/engines/cnpg.ts';
import { cronjobPolicy } from '../../src/world/engines/cronjob.ts';
import { cadenceOf } from '../../src/world/home/cadence.ts';
import type { WorldEvent } from '../../src/world/home/world-event.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const END = Date.parse('2026-11-20T12:00:00Z');
const BEGIN = END - 14 * DAY_MS;
const frame = { seed: 3, anchor: END, begin: BEGIN };
const claim = (name: string) => ({
  namespace: 'media',
  app: 'shop',
  workload: 'StatefulSet' as const,
  name,
  gib: 8,
  files: 900,
});
const plan = {
  namespace: 'media',
  cadence: cadenceOf('daily', 10, 3),
  createdAt: BEGIN,
  fault: null,
};

function play(world: TestWorld, life: Iterable<WorldEvent>): void {
  for (const { at, change, plural, object } of life) {
    if (at > END) return;
    const kind = kindNamed(plural);
    if (change === 'put') world.store.put(kind, object);
    else world.store.remove(kind, object.metadata.namespace ?? '', object.metadata.name);
  }
}

it('databases and jobs are read over the API, their Jobs from the watch the inventory has', async () => {
  const world = await startWorld({ now: new Date(END) });
  try {
    const [database, files] = [[claim('db-1')], [claim('files')]];
    play(
      world,
      cnpgPolicy(frame, { ...plan, name: 'db', cluster: 'db', method: 'plugin', claims: database }),
    );
    play(world, cronjobPolicy(frame, { ...plan, name: 'files-backup', claims: files }));
    const batches: FactBatch[] = [];
    const reader = createClusterReader(clusterSourceOfServer('world', world.server), {
      engines: [createCnpgReader(), createCronjobReader()],
      settings: { settleMs: 20 },
    });
    const { problems } = await reader.collectOnce(
      { policies: new Map() },
      { save: async (batch) => void batches.push(batch) },
      new AbortController().signal,
    );
    expect(problems).toEqual([]);
    expect(reader.status().engines).toEqual(['cnpg']);
    const runs = batches.flatMap((batch) => batch.runs);
    const of = (engine: string) => runs.filter((run) => run.engine === engine);
    expect(of('cnpg')).toHaveLength(14);
    expect(of('cronjob').map(({ outcome }) => outcome)).toEqual(['success', 'success', 'success']);
    const lists = batches.flatMap((batch) => batch.completeLists);
    const policies = lists.filter(({ table }) => table === 'policies');
    const counts = Object.fromEntries(policies.map(({ kind, ids }) => [kind, ids.length]));
    expect(counts).toEqual({ Cluster: 1, CronJob: 1, ScheduledBackup: 1 });
    expect(lists.filter(({ kind }) => kind === 'Job').map(({ table }) => table)).toEqual([
      'resources',
      'runs',
    ]);
  } finally {
    await world.stop();
  }
});
