import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../../test/support/patience.ts';
import { startWorld, type TestWorld } from '../../test/support/world.ts';
import { createClusterReader } from './cluster-reader.ts';
import type { EngineReader, KubernetesObject } from './engine.ts';
import { clusterSourceOfServer } from './kubernetes/cluster-source.ts';

const nothing = { policies: new Map<string, string>() };
const settings = { intervalMs: 150, debounceMs: 5, settleMs: 10, pageSize: 5, queueLimit: 5 };
const SOURCES = 60;

let world: TestWorld;
let stop: AbortController;
let seen: KubernetesObject[];
const engine: EngineReader = {
  engine: 'volsync',
  kinds: [
    {
      group: 'volsync.backube',
      versions: ['v1alpha1'],
      plural: 'replicationsources',
      kind: 'ReplicationSource',
    },
  ],
  onObject(_kind, object) {
    seen.push(object);
    return { removedPolicyIds: ['one'] };
  },
  onDeleted: () => ({}),
  idOf: () => null,
};
const readerOf = () =>
  createClusterReader(clusterSourceOfServer('light', world.server), {
    engines: [engine],
    settings,
  });
const pagesOf = (plural: string): number =>
  world.api.requests().filter((url) => url.includes(`/${plural}?limit=`)).length;

beforeEach(async () => {
  world = await startWorld();
  stop = new AbortController();
  seen = [];
  const managedFields = [{ manager: 'volsync', time: '2026-11-21T04:00:00Z' }];
  for (let index = 0; index < SOURCES; index += 1)
    world.put('replicationsources', 'media', `app-${index}`, { spec: {} }, { managedFields });
});
afterEach(async () => {
  stop.abort();
  await world.stop();
});

it('reads long lists page by page and keeps nobody’s managedFields', async () => {
  await readerOf().collectOnce(nothing, { save: async () => {} }, stop.signal);
  expect(pagesOf('replicationsources')).toBe(SOURCES / settings.pageSize);
  expect(seen).toHaveLength(SOURCES);
  expect(JSON.stringify(seen)).not.toContain('managedFields');
});

it('asks for metadata alone where the body is not needed, in lists and watches', async () => {
  const settled = Promise.withResolvers<void>();
  const watching = readerOf().watch(
    nothing,
    { save: async () => {} },
    async () => settled.resolve(),
    stop.signal,
  );
  await settled.promise;
  stop.abort();
  await watching;
  expect(world.api.askedFor('/api/v1/persistentvolumes')).toBe('metadata');
  expect(world.api.askedFor('/apis/apps/v1/replicasets')).toBe('metadata');
  expect(world.api.askedFor('/api/v1/persistentvolumeclaims')).toBe('whole');
  expect(world.api.askedFor('/apis/volsync.backube/v1alpha1/replicationsources')).toBe('whole');
});

it('reads no further while the store is slow, and then everything', async () => {
  const slow = Promise.withResolvers<void>();
  const collected = readerOf().collectOnce(nothing, { save: () => slow.promise }, stop.signal);
  await vi.waitFor(() => expect(pagesOf('replicationsources')).toBeGreaterThan(0), PATIENCE_MS);
  await sleep(600);
  expect(pagesOf('replicationsources')).toBeLessThan(6);
  slow.resolve();
  await collected;
  expect(seen).toHaveLength(SOURCES);
});

it('leaves a busy API alone for as long as it says, and loses nothing', async () => {
  const busy = { path: /replicationsources\?limit=5&continue=/, status: 429, times: 2 };
  world.api.plan({ ...busy, headers: { 'Retry-After': '1' } });
  const begun = performance.now();
  const { problems } = await readerOf().collectOnce(nothing, { save: async () => {} }, stop.signal);
  expect(performance.now() - begun).toBeGreaterThanOrEqual(2_000);
  expect(problems).toEqual([]);
  expect(seen).toHaveLength(SOURCES);
  expect(pagesOf('replicationsources')).toBe(SOURCES / settings.pageSize + 2);
});
