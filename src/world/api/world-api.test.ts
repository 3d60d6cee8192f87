import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { itemsOf, metadataOf, startWorld, type TestWorld } from '../../../test/support/world.ts';
import { WORLD_KINDS } from './kinds.ts';
import type { Rights } from './rights.ts';

const SOURCES = '/apis/volsync.backube/v1alpha1/replicationsources';
const IN_MEDIA = '/apis/volsync.backube/v1alpha1/namespaces/media/replicationsources';
const BACKUPS = '/apis/velero.io/v1/namespaces/media/backups';

const json = (method: string, body: unknown, type = 'application/json'): RequestInit => ({
  method,
  body: JSON.stringify(body),
  headers: { 'Content-Type': type },
});
const merge = (body: unknown): RequestInit => json('PATCH', body, 'application/merge-patch+json');

const as = (token: string): RequestInit => ({ headers: { Authorization: `Bearer ${token}` } });

let world: TestWorld;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

function fill(count: number): void {
  for (let number = 0; number < count; number += 1) {
    world.put(
      'replicationsources',
      'media',
      `app-${number}`,
      {},
      { labels: { odd: String(number % 2) } },
    );
  }
}

describe('lists', () => {
  it('come in pages of one version, which later writes do not change', async () => {
    fill(5);
    const first = await world.request(`${SOURCES}?limit=2`);
    expect(first.body).toMatchObject({
      kind: 'ReplicationSourceList',
      metadata: { remainingItemCount: 3 },
    });
    const token = metadataOf(first.body, 'continue');
    const resourceVersion = metadataOf(first.body, 'resourceVersion');
    world.put('replicationsources', 'media', 'zzz');
    const second = await world.request(`${SOURCES}?limit=5&continue=${token}`);
    expect(second.body['items']).toHaveLength(3);
    expect(second.body['metadata']).toStrictEqual({ resourceVersion });
  });

  it('answer 410 for an expired continue token, with one that goes on inconsistently', async () => {
    fill(3);
    const first = await world.request(`${SOURCES}?limit=1`);
    const token = metadataOf(first.body, 'continue');
    world.put('replicationsources', 'media', 'zzz');
    world.store.compact();
    const expired = await world.request(`${SOURCES}?limit=1&continue=${token}`);
    expect(expired.status).toBe(410);
    expect(expired.body).toMatchObject({ kind: 'Status', reason: 'Expired', code: 410 });
    const restart = metadataOf(expired.body, 'continue');
    const rest = await world.request(`${SOURCES}?continue=${restart}`);
    expect(rest.body['items']).toHaveLength(3);
  });

  it('answer 400 for a malformed continue and 500 for a malformed version', async () => {
    expect((await world.request(`${SOURCES}?continue=xyz`)).body).toMatchObject({
      reason: 'BadRequest',
    });
    expect((await world.request(`${SOURCES}?resourceVersion=abc`)).status).toBe(500);
    expect((await world.request(`${SOURCES}?watch=1&resourceVersion=abc`)).status).toBe(500);
  });

  it('select by label and field, without a remaining count', async () => {
    fill(6);
    const odd = await world.request(`${SOURCES}?labelSelector=odd%3D1&limit=2`);
    expect(odd.body['items']).toHaveLength(2);
    expect(odd.body['metadata']).not.toHaveProperty('remainingItemCount');
    const one = await world.request(`${SOURCES}?fieldSelector=metadata.name%3Dapp-3`);
    expect(one.body['items']).toHaveLength(1);
  });

  it('carry kind and version on items of custom kinds only, and metadata alone when asked', async () => {
    fill(1);
    const [claimless, source] = await Promise.all([
      world.request('/api/v1/namespaces'),
      world.request(SOURCES, {
        headers: { Accept: 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io' },
      }),
    ]);
    expect(itemsOf(claimless.body)[0]).not.toHaveProperty('kind');
    expect(source.body['kind']).toBe('PartialObjectMetadataList');
    expect(Object.keys(itemsOf(source.body)[0] ?? {})).toStrictEqual([
      'kind',
      'apiVersion',
      'metadata',
    ]);
  });
});

describe('watches', () => {
  it('start with what is there, or after the version given', async () => {
    fill(2);
    const version = world.store.version();
    expect(await world.watch(`${SOURCES}?watch=1`, 2)).toHaveLength(2);
    world.put('replicationsources', 'media', 'app-0', { spec: {} });
    const [event] = await world.watch(`${SOURCES}?watch=true&resourceVersion=${version}`, 1);
    expect(event).toMatchObject({ type: 'MODIFIED', object: { metadata: { name: 'app-0' } } });
  });

  it('answer 200 and one ERROR line for a version that is too old', async () => {
    fill(2);
    world.store.compact();
    const events = await world.watch(`${SOURCES}?watch=1&resourceVersion=1`, 9);
    expect(events).toMatchObject([{ type: 'ERROR', object: { reason: 'Expired', code: 410 } }]);
  });

  it('are silent for a future version and end at their timeout', async () => {
    const watch = world.watch(`${SOURCES}?watch=1&resourceVersion=99999&timeoutSeconds=1`, 1);
    setTimeout(() => fill(1), 100);
    expect(await watch).toStrictEqual([]);
  });

  it('forget the oldest changes beyond their limit', async () => {
    await world.stop();
    world = await startWorld({ historyLimit: 10 });
    fill(40);
    const events = await world.watch(`${SOURCES}?watch=1&resourceVersion=4`, 1);
    expect(events[0]?.type).toBe('ERROR');
  });
});

describe('writes', () => {
  it('drop the status on the main resource of a kind with the subresource, and keep it in /status', async () => {
    const body = {
      metadata: { name: 'photos' },
      spec: { sourcePVC: 'photos' },
      status: { lastSyncTime: 'x' },
    };
    const made = await world.request(IN_MEDIA, json('POST', body));
    expect(made.status).toBe(201);
    expect(made.body).not.toHaveProperty('status');
    const main = await world.request(
      `${IN_MEDIA}/photos`,
      merge({ status: { lastSyncTime: 'y' } }),
    );
    expect(main.body).not.toHaveProperty('status');
    const status = await world.request(
      `${IN_MEDIA}/photos/status`,
      merge({ status: { lastSyncDuration: '3s' } }),
    );
    expect(status.body).toMatchObject({
      metadata: { generation: 1 },
      status: { lastSyncDuration: '3s' },
    });
    expect(status.body['metadata']).not.toMatchObject({
      resourceVersion: metadataOf(main.body, 'resourceVersion'),
    });
  });

  it('keep status as an ordinary field for Velero, which has no /status', async () => {
    await world.request(
      BACKUPS,
      json('POST', { metadata: { name: 'b' }, status: { phase: 'New' } }),
    );
    const patched = await world.request(`${BACKUPS}/b`, merge({ status: { phase: 'Completed' } }));
    expect(patched.body).toMatchObject({ status: { phase: 'Completed' } });
    const missing = await world.request(`${BACKUPS}/b/status`, merge({ status: {} }));
    expect([missing.status, missing.text]).toStrictEqual([404, '404 page not found\n']);
  });

  it('refuse stale updates, doubles, and what a definition refuses', async () => {
    await world.stop();
    world = await startWorld({
      validate: (kind) => (kind.plural === 'schedules' ? ['spec: Required value'] : []),
    });
    world.put('replicationsources', 'media', 'photos');
    const stale = { metadata: { name: 'photos', resourceVersion: '1' }, spec: { paused: true } };
    expect((await world.request(`${IN_MEDIA}/photos`, json('PUT', stale))).body).toMatchObject({
      reason: 'Conflict',
      code: 409,
    });
    expect((await world.request(IN_MEDIA, json('POST', stale))).body).toMatchObject({
      reason: 'AlreadyExists',
    });
    const refused = await world.request(
      '/apis/velero.io/v1/namespaces/media/schedules',
      json('POST', { metadata: { name: 's' } }),
    );
    expect(refused.status).toBe(422);
    expect((await world.request(`${IN_MEDIA}/photos`, { method: 'DELETE' })).body).toMatchObject({
      status: 'Success',
    });
  });
});

const ask = async (namespace: string) => {
  const resourceAttributes = {
    verb: 'list',
    group: 'volsync.backube',
    resource: 'replicationsources',
    namespace,
  };
  const init = json('POST', { spec: { resourceAttributes } });
  const headers = { Authorization: 'Bearer reader' };
  return world.request('/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', {
    ...init,
    headers,
  });
};

describe('rights and absences', () => {
  const rights: Rights = {
    anonymous: null,
    tokens: {
      reader: {
        name: 'reader',
        rules: [
          {
            verbs: ['list'],
            groups: ['volsync.backube'],
            resources: ['replicationsources'],
            namespaces: ['media'],
          },
        ],
      },
    },
  };
  beforeEach(async () => {
    await world.stop();
    world = await startWorld({
      rights,
      kinds: WORLD_KINDS.filter(({ group }) => group !== 'velero.io'),
    });
  });

  it('are judged by verb, kind and namespace', async () => {
    expect((await world.request(IN_MEDIA, as('reader'))).status).toBe(200);
    const all = await world.request(SOURCES, as('reader'));
    expect(all.status).toBe(403);
    expect(all.body['message']).toBe(
      'replicationsources.volsync.backube is forbidden: User "reader" cannot list resource "replicationsources" in API group "volsync.backube" at the cluster scope',
    );
    expect((await world.request(SOURCES, as('wrong'))).body).toMatchObject({
      message: 'Unauthorized',
      code: 401,
    });
    expect((await world.request(SOURCES)).body['message']).toContain('User "system:anonymous"');
  });

  it('answer access reviews', async () => {
    const [yes, no] = [await ask('media'), await ask('other')];
    expect([yes.status, no.body['status']]).toStrictEqual([201, { allowed: false }]);
    expect(yes.body['status']).toMatchObject({ allowed: true });
  });

  it('tell a missing object from a missing group', async () => {
    await world.stop();
    world = await startWorld({ kinds: WORLD_KINDS.filter(({ group }) => group !== 'velero.io') });
    expect((await world.request(`${IN_MEDIA}/no`)).body).toMatchObject({
      message: 'replicationsources.volsync.backube "no" not found',
      reason: 'NotFound',
      details: { name: 'no', group: 'volsync.backube', kind: 'replicationsources' },
    });
    expect((await world.request('/apis/velero.io/v1/backups')).text).toBe('404 page not found\n');
    expect(JSON.stringify((await world.request('/apis')).body)).not.toContain('velero.io');
  });
});

it('tells its own time and plays planted faults', async () => {
  world.clock.set(new Date('2030-01-01T00:00:00Z'));
  expect((await world.request('/version')).headers.get('date')).toBe(
    'Tue, 01 Jan 2030 00:00:00 GMT',
  );
  world.api.plan({ path: /replicationsources/, status: 500, body: 'boom' });
  expect((await world.request(SOURCES)).text).toBe('boom');
  expect((await world.request(SOURCES)).status).toBe(200);
});
