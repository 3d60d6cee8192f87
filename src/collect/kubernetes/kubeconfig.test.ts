import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';
import { backoffMs } from './backoff.ts';
import { withoutSecrets } from './credentials.ts';
import { findClusters } from './find-clusters.ts';
import { createKubeClient } from './kube-client.ts';

const config = (user: object = {}) => ({
  'current-context': 'home',
  contexts: [
    { name: 'home', context: { cluster: 'c', user: 'u' } },
    { name: 'work', context: { cluster: 'c', user: 'u' } },
  ],
  clusters: [{ name: 'c', cluster: { server: 'http://127.0.0.1:59' } }],
  users: [{ name: 'u', user }],
});

function fileOf(content: unknown, name = 'config.yaml'): string {
  const file = join(mkdtempSync(join(tmpdir(), 'plimsoll-')), name);
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content));
  return file;
}

const empty = { home: '/nowhere', root: '/nowhere' };
const namesOf = (found: ReturnType<typeof findClusters>): string[] =>
  found.kind === 'none' ? [] : found.clusters.map(({ name }) => name);

test('nothing configured is none, not an error', () => {
  expect(findClusters(empty)).toEqual({ kind: 'none' });
  const home = mkdtempSync(join(tmpdir(), 'plimsoll-'));
  mkdirSync(join(home, '.kube'));
  writeFileSync(join(home, '.kube', 'config'), '');
  expect(findClusters({ ...empty, home })).toEqual({ kind: 'none' });
});

test('the current context, chosen contexts, or all', () => {
  const kubeconfig = fileOf(config());
  expect(namesOf(findClusters({ ...empty, kubeconfig }))).toEqual(['home']);
  expect(namesOf(findClusters({ ...empty, kubeconfig, clusters: 'work' }))).toEqual(['work']);
  expect(namesOf(findClusters({ ...empty, kubeconfig, clusters: '*' }))).toEqual(['home', 'work']);
});

test.each([
  ['/no/such/file', /KUBECONFIG names \/no\/such\/file/],
  [fileOf('a: [b'), /is not a usable kubeconfig/],
  [fileOf({ contexts: [] }), /sets no current context/],
])('a broken kubeconfig %s says so', (kubeconfig, message) => {
  expect(() => findClusters({ ...empty, kubeconfig })).toThrow(message);
});

const entry = (prometheus: unknown) =>
  fileOf([{ name: 'edge', server: 'https://10.0.0.5', prometheus }], 'metrics.json');

test('an entry of a clusters file may name its metrics store, with paths beside the file', () => {
  const file = entry({ url: 'https://edge:9090', tokenFile: './token', clusterLabel: 'k8s=e' });
  expect(findClusters({ ...empty, clusters: file })).toMatchObject({
    clusters: [{ prometheus: { tokenFile: join(dirname(file), 'token'), clusterLabel: 'k8s=e' } }],
  });
  for (const wrong of [{ url: 'edge' }, { token: 'abc' }, { username: 'me' }, true])
    expect(() => findClusters({ ...empty, clusters: entry(wrong) })).toThrow(/0\.prometheus/);
});

test('a clusters file is read, and every fault in it named', () => {
  const good = fileOf(
    '- {name: edge, server: "https://10.0.0.5", timeZone: Europe/Berlin}',
    'c.yaml',
  );
  const found = findClusters({ ...empty, clusters: good });
  expect(found).toMatchObject({ clusters: [{ name: 'edge', timeZone: 'Europe/Berlin' }] });
  const bad = fileOf(
    [{ name: 'x', server: 'https://a', timeZone: 'Mars' }, { name: '' }],
    'c.json',
  );
  expect(() => findClusters({ ...empty, clusters: bad })).toThrow(/0\.timeZone.*1\.name/);
});

test.each([
  [{ command: '/no/such/plugin' }, /\/no\/such\/plugin was not found/],
  [{ command: 'sh', args: ['-c', 'echo please log in >&2; exit 1'] }, /sh failed: please log in/],
  [{ command: 'sh', args: ['-c', 'echo secret-token'] }, /printed no valid ExecCredential/],
])('a failing credential plugin says so: %j', async (exec, message) => {
  const found = findClusters({ ...empty, kubeconfig: fileOf(config({ exec })) });
  if (found.kind === 'none' || found.clusters[0] === undefined) throw new Error('no cluster');
  const client = createKubeClient(found.clusters[0], {
    concurrentRequests: 4,
    requestTimeoutMs: 60_000,
  });
  const asked = client.get('/version', new AbortController().signal);
  await expect(asked).rejects.toMatchObject({ code: 'source-unauthorized' });
  await expect(asked).rejects.toThrow(message);
});

test('what a plugin says is shown without secrets', () => {
  const token = `ey${'a'.repeat(20)}.${'b'.repeat(20)}.${'c'.repeat(20)}`;
  expect(withoutSecrets(`bad token: ${token}\nlog in`)).not.toContain('aaaa');
  expect(withoutSecrets('password=hunter2 expired')).toBe('password=[…] expired');
});

test('waits double, with jitter, up to the limit', () => {
  const limits = { minMs: 100, maxMs: 1_000 };
  expect([0, 1, 2, 9].map((failures) => backoffMs(failures, limits, () => 1))).toEqual([
    100, 200, 400, 1_000,
  ]);
  expect(backoffMs(0, limits, () => 0)).toBe(50);
});
