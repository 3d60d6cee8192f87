import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createClusterReader } from '../../src/collect/cluster-reader.ts';
import { createK8upReader } from '../../src/collect/engines/k8up/reader.ts';
import { createKopiurReader } from '../../src/collect/engines/kopiur/reader.ts';
import type { FactSink } from '../../src/collect/port.ts';
import { clusterSourceOfServer } from '../../src/collect/kubernetes/cluster-source.ts';
import { DAY_MS } from '../../src/domain/time.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { kindNamed } from '../../src/world/api/kinds.ts';
import { k8upSchedule } from '../../src/world/engines/k8up.ts';
import { kopiurPolicy } from '../../src/world/engines/kopiur.ts';
import type { EnginePolicyPlan } from '../../src/world/engines/workload.ts';
import { cadenceOf } from '../../src/world/home/cadence.ts';
import type { WorldEvent } from '../../src/world/home/world-event.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const END = Date.parse('2026-11-21T05:00:00Z');
const BEGIN = END - 12 * DAY_MS;
const frame = { seed: 5, anchor: END, begin: BEGIN };
let world: TestWorld;
let store: Store;
let directory: string;

const planOf = (namespace: string, names: string[]): EnginePolicyPlan => ({
  name: 'nightly',
  namespace,
  cadence: cadenceOf('daily', 10, 2),
  createdAt: BEGIN,
  claims: names.map((name) => ({
    namespace,
    app: name,
    workload: 'Deployment',
    name,
    gib: 5,
    files: 800,
  })),
  fault: null,
});

function play(life: Iterable<WorldEvent>): void {
  for (const { at, change, plural, object } of life) {
    if (at > END) return;
    const kind = kindNamed(plural);
    if (change === 'put') world.store.put(kind, object);
    else world.store.remove(kind, object.metadata.namespace ?? '', object.metadata.name);
  }
}

function putClaim(namespace: string, name: string, annotations: Record<string, string> = {}): void {
  world.put(
    'persistentvolumeclaims',
    namespace,
    name,
    {
      spec: { accessModes: ['ReadWriteOnce'], volumeName: `pv-${name}` },
      status: { phase: 'Bound' },
    },
    { annotations },
  );
}

beforeAll(async () => {
  world = await startWorld({ now: new Date(END) });
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-engines-'));
  store = createStore(await openEmbeddedDoor({ directory }));
  await store.migrate();
  await store.system.ensureTenant('local', 'owner');
  for (const name of ['orders', 'mail']) putClaim('shop', name);
  putClaim('shop', 'scratch', { 'k8up.io/backup': 'false' });
  putClaim('media', 'photos');
  play(k8upSchedule(frame, planOf('shop', ['orders', 'mail'])));
  play(kopiurPolicy(frame, planOf('media', ['photos'])));
  world.put('clusterrepositories', '', 'shared', { spec: {}, status: { phase: 'Ready' } });
});
afterAll(async () => {
  await store.close();
  await world.stop();
  await rm(directory, { recursive: true, force: true });
});

async function collect() {
  const reader = createClusterReader(clusterSourceOfServer('home', world.server), {
    engines: [createK8upReader(), createKopiurReader()],
    settings: { settleMs: 10, debounceMs: 5 },
  });
  const { signal } = new AbortController();
  const { clusterId, name, server, version } = await reader.identify(signal);
  await store.system.saveCluster('local', { clusterId, name, server, version, demo: false });
  const memory = { policies: new Map<string, string>() };
  let changed = false;
  const sink: FactSink = {
    async save(batch) {
      const saved = await store.system.saveFacts('local', batch);
      changed ||= saved.changed;
    },
  };
  const { problems } = await reader.collectOnce(memory, sink, signal);
  return { problems, changed };
}

describe('K8up and kopiur, read over the API into the store', () => {
  it('are read whole, and reading them again changes nothing', async () => {
    expect(await collect()).toEqual({ problems: [], changed: true });
    const user = store.as({ tenantId: 'local', subject: 'owner' });
    const [orders, photos] = [
      await user.showResource('shop', 'orders', null),
      await user.showResource('media', 'photos', null),
    ];
    // K8up keeps three Backups that succeeded, and nine Snapshots and more until the next prune.
    expect(orders?.runs.map(({ engine, outcome }) => `${engine} ${outcome}`)).toEqual(
      Array.from({ length: 3 }, () => 'k8up success'),
    );
    expect(orders?.restorePoints.length).toBeGreaterThan(8);
    expect(photos?.runs).toHaveLength(12);
    expect(photos?.runs[0]).toMatchObject({ engine: 'kopiur', outcome: 'success' });
    const { items: policies } = await user.listPolicies({});
    expect(policies.map(({ kind, engine }) => `${engine} ${kind}`).sort()).toEqual([
      'k8up Schedule',
      'kopiur SnapshotPolicy',
    ]);
    expect(await collect()).toEqual({ problems: [], changed: false });
  });
});
