import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { PATIENCE_MS } from '../../test/support/patience.ts';
import { startStubKubeApi } from '../../test/support/stub-kube-api.ts';
import type { FactBatch } from '../domain/facts.ts';
import { idOf } from '../domain/id.ts';
import { createClusterDoctor } from './cluster-doctor.ts';
import { createClusterReader } from './cluster-reader.ts';
import type { EngineReader } from './engine.ts';
import { clusterSourceOfServer } from './kubernetes/cluster-source.ts';
import { field } from './kubernetes/object-meta.ts';

const settings = {
  intervalMs: 150,
  debounceMs: 10,
  settleMs: 10,
  pageSize: 2,
  retryMinMs: 20,
  retryMaxMs: 60,
  slowRetryMs: 80,
};
const nothing = { policies: new Map<string, string>() };

const engine: EngineReader = {
  engine: 'volsync',
  kinds: [{ group: 'test.dev', versions: ['v1'], plural: 'policies', kind: 'Policy' }],
  onObject: (_kind, object) => {
    if (field(object, 'bad') === true) throw new TypeError('no status');
    return { removedRepositoryIds: [String(field(object, 'metadata', 'name'))] };
  },
  onDeleted: (_kind, object) => ({ removedPolicyIds: [String(field(object, 'metadata', 'name'))] }),
  idOf: (_kind, object) => ({
    table: 'policies',
    id: idOf(String(field(object, 'metadata', 'name'))),
  }),
};

let api: Awaited<ReturnType<typeof startStubKubeApi>>;
let stop: AbortController;
let batches: FactBatch[];
let running: Promise<void> | null;
const sink = {
  async save(batch: FactBatch) {
    batches.push(batch);
  },
};
const seen = (): string[] => batches.flatMap((batch) => batch.removedRepositoryIds);
const problems = () => batches.findLast((batch) => batch.problems !== null)?.problems ?? [];

const owner = (kind: string, name: string, uid: string) => [{ kind, name, uid, controller: true }];
const claim = () =>
  batches
    .flatMap((batch) => batch.resources)
    .findLast(({ kind }) => kind === 'PersistentVolumeClaim');
const lists = () =>
  batches.flatMap((batch) => batch.completeLists).filter(({ kind }) => kind === 'Policy');
const gone = () => batches.flatMap((batch) => batch.removedPolicyIds);

beforeEach(async () => {
  api = await startStubKubeApi();
  stop = new AbortController();
  batches = [];
  running = null;
});
afterEach(async () => {
  stop.abort();
  await running;
  await api.stop();
});

function readerOf(overrides = {}) {
  return createClusterReader(
    { ...clusterSourceOfServer('stub', api.url), ...overrides },
    { engines: [engine], settings },
  );
}

async function watching(reader = readerOf()) {
  const settled: Date[] = [];
  running = reader.watch(nothing, sink, async (at) => void settled.push(at), stop.signal);
  await vi.waitFor(() => expect(settled.length).toBeGreaterThan(0), PATIENCE_MS);
  return { reader, settled };
}

test('identity is the UID of kube-system, or the address when that is forbidden', async () => {
  const identity = await readerOf().identify(stop.signal);
  expect(identity).toMatchObject({ clusterId: 'cluster-uid', version: 'v1.33.0', demo: false });
  api.failWith((url) => (url.pathname.endsWith('/kube-system') ? 403 : null));
  const other = await readerOf().identify(stop.signal);
  expect(other.clusterId).toMatch(/^[0-9a-f]{20}$/);
});

test('lists page by page, and again when a continue token expired', async () => {
  for (const name of ['a', 'b', 'c', 'd', 'e']) api.put('policies', { name, namespace: 'x' });
  api.expireContinues(1);
  await readerOf().collectOnce(nothing, sink, stop.signal);
  expect(seen().toSorted()).toEqual(['a', 'b', 'c', 'd', 'e']);
  const lists = batches
    .flatMap((batch) => batch.completeLists)
    .filter(({ kind }) => kind === 'Policy');
  expect(lists).toHaveLength(1);
  expect(lists[0]?.ids).toHaveLength(5);
});

test('a kind that inventory and an engine want is read once, whole, for both', async () => {
  const deployments = {
    group: 'apps',
    versions: ['v1'],
    plural: 'deployments',
    kind: 'Deployment',
  };
  const taken: unknown[] = [];
  const both: EngineReader = {
    ...engine,
    kinds: [deployments],
    onObject: (_kind, object) => {
      taken.push(field(object, 'spec', 'replicas'));
      return {};
    },
  };
  api.put('deployments', { name: 'photos', namespace: 'x', uid: 'd' }, { spec: { replicas: 3 } });
  const ownerReferences = owner('Deployment', 'photos', 'd');
  const volumes = [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }];
  api.put('pods', { name: 'p', namespace: 'x', ownerReferences }, { spec: { volumes } });
  api.put('persistentvolumeclaims', { name: 'c', namespace: 'x' });
  const source = clusterSourceOfServer('stub', api.url);
  const reader = createClusterReader(source, { engines: [both], settings });
  await reader.collectOnce(nothing, sink, stop.signal);
  expect(taken).toEqual([3]);
  expect(claim()?.app).toBe('Deployment/photos');
  const asked = api.requests.filter((line) => line.startsWith('GET /apis/apps/v1/deployments'));
  expect(asked).toHaveLength(1);
});

test('claims carry size, mounts and the app at the top of the owners', async () => {
  api.put('deployments', { name: 'photos', namespace: 'x', uid: 'd' });
  api.put('replicasets', {
    name: 'photos-1',
    namespace: 'x',
    uid: 'r',
    ownerReferences: owner('Deployment', 'photos', 'd'),
  });
  api.put(
    'pods',
    { name: 'p', namespace: 'x', ownerReferences: owner('ReplicaSet', 'photos-1', 'r') },
    { spec: { volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'c' } }] } },
  );
  const spec = { resources: { requests: { storage: '1Gi' } } };
  api.put('persistentvolumeclaims', { name: 'c', namespace: 'x' }, { spec });
  await watching();
  expect(claim()).toMatchObject({ app: 'Deployment/photos', claim: { requestedBytes: 2 ** 30 } });
  expect(claim()?.claim?.mounts).toEqual([
    { pod: 'p', podVolume: 'data', fileSystemBackup: 'unset' },
  ]);
  api.remove('pods', 'p');
  await vi.waitFor(() => expect(claim()?.claim?.mounts).toEqual([]), PATIENCE_MS);
  expect(claim()?.app).toBe('Deployment/photos');
});

test('a watch sees changes, goes on after any end, and lists again after 410', async () => {
  api.put('policies', { name: 'a', namespace: 'x' });
  await watching();
  api.put('policies', { name: 'b', namespace: 'x' });
  await vi.waitFor(() => expect(seen()).toEqual(['a', 'b']), PATIENCE_MS);
  for (const how of ['end', 'destroy'] as const) {
    const opened = api.opened('policies');
    api.endWatches('policies', how);
    await vi.waitFor(() => expect(api.opened('policies')).toBe(opened + 1), PATIENCE_MS);
    api.put('policies', { name: how, namespace: 'x' });
    await vi.waitFor(() => expect(seen()).toContain(how), PATIENCE_MS);
  }
  api.forgetQuietly('policies', 'a');
  api.expireWatches('policies');
  await vi.waitFor(() => expect(lists()).toHaveLength(2), PATIENCE_MS);
  expect(lists()[1]?.ids).toHaveLength(3);
  expect(seen()).toEqual(['a', 'b', 'end', 'destroy']);
  await vi.waitFor(() => expect(api.opened('policies')).toBe(4), PATIENCE_MS);
  api.remove('policies', 'b');
  await vi.waitFor(() => expect(gone()).toEqual(['b']), PATIENCE_MS);
});

test('a quiet cycle makes the same number of requests each time and writes only windows', async () => {
  const { settled } = await watching();
  const perCycle = async (): Promise<number> => {
    const [before, cycles] = [api.requests.length, settled.length];
    await vi.waitFor(() => expect(settled.length).toBeGreaterThanOrEqual(cycles + 4), {
      timeout: PATIENCE_MS,
      interval: 5,
    });
    return (api.requests.length - before) / (settled.length - cycles);
  };
  await perCycle();
  batches.length = 0;
  expect(await perCycle()).toBeLessThan(10);
  expect(batches.flatMap((batch) => [...batch.resources, ...batch.completeLists])).toEqual([]);
});

test('a forbidden or broken kind is a problem and the others are read', async () => {
  api.put('policies', { name: 'a', namespace: 'x' });
  api.failWith((url) => (url.pathname.endsWith('/pods') ? 403 : null));
  const { problems } = await readerOf().collectOnce(nothing, sink, stop.signal);
  expect(problems).toMatchObject([{ source: 'pods', code: 'forbidden' }]);
  expect(seen()).toEqual(['a']);
});

test('rights to one namespace are enough to read it', async () => {
  api.put('namespaces', { name: 'mine' });
  api.put('policies', { name: 'a', namespace: 'mine' });
  api.put('policies', { name: 'b', namespace: 'theirs' });
  api.failWith((url) =>
    url.pathname.endsWith('/policies') && !url.pathname.includes('/namespaces/mine/') ? 403 : null,
  );
  await watching();
  expect(seen()).toEqual(['a']);
  expect(problems()).toMatchObject([
    { source: 'test.dev/policies', code: 'forbidden', namespaces: ['mine'] },
  ]);
});

test('a configured namespace that may not be read leaves the others known', async () => {
  api.put('policies', { name: 'a', namespace: 'mine' });
  api.failWith((url) =>
    url.pathname.includes('/namespaces/theirs/') && url.pathname.endsWith('/policies') ? 403 : null,
  );
  const reader = readerOf({ namespaces: ['mine', 'theirs'] });
  const { problems } = await reader.collectOnce(nothing, sink, stop.signal);
  expect(seen()).toEqual(['a']);
  expect(problems).toMatchObject([
    { source: 'test.dev/policies', code: 'forbidden', namespaces: ['mine'] },
  ]);
});

test('a malformed object is a problem that names it; the rest is read', async () => {
  api.put('policies', { name: 'bad', namespace: 'x' }, { bad: true });
  api.put('policies', { name: 'good', namespace: 'x' });
  api.put(
    'persistentvolumeclaims',
    { name: 'c', namespace: 'x' },
    { spec: { resources: { requests: { storage: 'big' } } } },
  );
  await readerOf().collectOnce(nothing, sink, stop.signal);
  expect(seen()).toEqual(['good']);
  expect(
    problems()
      .map(({ message }) => message)
      .join('\n'),
  ).toMatch(/x\/c: spec\.resources.*"big"/);
  expect(problems().some(({ code }) => code === 'broken')).toBe(true);
});

test('what is wrong with an object ends with it, though it went while nobody watched', async () => {
  api.put('policies', { name: 'bad', namespace: 'x' }, { bad: true });
  api.put('policies', { name: 'worse', namespace: 'x' }, { bad: true });
  await watching();
  expect(problems()).toMatchObject([{ code: 'broken' }, { code: 'broken' }]);
  api.forgetQuietly('policies', 'bad');
  api.expireWatches('policies');
  await vi.waitFor(() => expect(problems()).toMatchObject([{ code: 'broken' }]), PATIENCE_MS);
});

test('an expired token and a lost API are problems that end by themselves', async () => {
  await watching();
  api.failWith(() => 401);
  api.endWatches('policies', 'destroy');
  await vi.waitFor(
    () => expect(problems()).toMatchObject([{ source: 'cluster', code: 'unauthorized' }]),
    PATIENCE_MS,
  );
  api.failWith(() => 503);
  await vi.waitFor(
    () => expect(problems()).toMatchObject([{ source: 'cluster', code: 'unreachable' }]),
    PATIENCE_MS,
  );
  api.failWith(null);
  await vi.waitFor(() => expect(problems()).toEqual([]), PATIENCE_MS);
});

test('an unreachable API is an error that names the address', async () => {
  const source = clusterSourceOfServer('gone', 'http://127.0.0.1:59');
  const reader = createClusterReader(source, { engines: [], settings });
  await expect(reader.identify(stop.signal)).rejects.toMatchObject({
    code: 'source-unreachable',
    message: 'http://127.0.0.1:59 cannot be reached: nothing listens there',
  });
});

test('doctor names missing rights and warns of readable Secrets', async () => {
  api.failWith((url) => (url.pathname.endsWith('/pods') ? 403 : null));
  const checks = await createClusterDoctor(clusterSourceOfServer('stub', api.url), {
    engines: [engine],
  }).examine(stop.signal);
  expect(checks.find(({ check }) => check === 'may read pods')).toMatchObject({ ok: false });
  expect(checks.find(({ check }) => check === 'secrets')).toMatchObject({ ok: 'unknown' });
  expect(checks.find(({ check }) => check === 'clock')).toMatchObject({ ok: true });
});
