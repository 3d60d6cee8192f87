import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Door, Identity } from '../../src/store/door.ts';
import { createStore } from '../../src/store/store.ts';
import { openSupabaseDoor } from '../../src/store/supabase/supabase-door.ts';
import { describeStore } from '../contracts/store.ts';
import { findPostgres, query, startPostgres, type RealPostgres } from '../support/postgres.ts';
import { openSupabaseRest, type SupabaseRest } from '../support/postgrest.ts';
import { requireReal } from '../support/real.ts';

const found = requireReal('PostgreSQL', (await findPostgres()) !== null);
const SERVICE: Identity = { role: 'service_role' };
const ANN: Identity = {
  role: 'authenticated',
  claims: { sub: 'ann', tenant_id: 't', role: 'authenticated' },
};

describe.skipIf(!found)('the store through Supabase', () => {
  let postgres: RealPostgres;
  let rest: SupabaseRest;
  let owner: string;
  let admin: string;
  const options = () => ({
    url: rest.url,
    secretKey: rest.keys.service,
    publishableKey: rest.keys.anon as string | undefined,
    jwtSecret: rest.jwtSecret as string | undefined,
    databaseUrl: undefined as string | undefined,
  });

  beforeAll(async () => {
    const started = await startPostgres();
    if (started === null) throw new Error('PostgreSQL was there and is gone');
    postgres = started;
    owner = await postgres.createDatabase();
    admin = postgres.urlOf(new URL(owner).pathname.slice(1));
    rest = await openSupabaseRest(admin);
  });
  afterAll(async () => {
    await rest?.stop();
    await postgres?.stop();
  });

  describeStore('supabase', async () => ({
    store: createStore(await openSupabaseDoor({ ...options(), databaseUrl: owner })),
    query: (sql, parameters) => query(admin, sql, parameters),
  }));

  it('reads with keys of the new style', async () => {
    const keys = { secretKey: rest.keys.newService, publishableKey: rest.keys.newAnon };
    const store = createStore(await openSupabaseDoor({ ...options(), ...keys }));
    await store.system.ensureTenant('t', 'ann');
    await expect(store.as({ tenantId: 't', subject: 'ann' }).whoAmI()).resolves.toMatchObject({
      role: 'owner',
    });
    await store.close();
  });

  it('decides by the claims also when the secret key opens the gateway', async () => {
    const store = createStore(await openSupabaseDoor({ ...options(), publishableKey: undefined }));
    await store.system.ensureTenant('t', 'ann');
    await expect(store.as({ tenantId: 't', subject: 'nobody' }).whoAmI()).rejects.toMatchObject({
      code: 'forbidden',
    });
    await store.close();
  });

  it('refuses the calls of people without the JWT secret, and never uses the secret key for them', async () => {
    const door = await openSupabaseDoor({ ...options(), jwtSecret: undefined });
    await expect(door.call(ANN, 'plimsoll_who_am_i', {})).rejects.toMatchObject({
      code: 'forbidden',
      nextStep: expect.stringContaining('SUPABASE_JWT_SECRET') as string,
    });
    await expect(door.call(SERVICE, 'plimsoll_read_schema', {})).resolves.toBeTruthy();
  });

  it('refuses a user the functions of the service', async () => {
    const door = await openSupabaseDoor(options());
    await expect(door.call(ANN, 'plimsoll_find_api_key', { hash: 'x' })).rejects.toMatchObject({
      code: 'forbidden',
    });
  });

  it('names the keys when they are refused', async () => {
    const door = await openSupabaseDoor({ ...options(), secretKey: 'not-a-key' });
    await expect(door.call(SERVICE, 'plimsoll_read_schema', {})).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: false,
      nextStep: expect.stringContaining('SUPABASE_SECRET_KEY') as string,
    });
  });

  it('says how to migrate when a function is missing', async () => {
    const door = await openSupabaseDoor(options());
    await expect(door.call(SERVICE, 'plimsoll_of_tomorrow', {})).rejects.toMatchObject({
      code: 'schema-too-old',
      nextStep: expect.stringContaining('plimsoll migrate') as string,
    });
  });

  it('migrates by DATABASE_URL alone', async () => {
    const without = createStore(await openSupabaseDoor(options()));
    await expect(without.migrate()).rejects.toMatchObject({ code: 'invalid-setting' });
    const store = createStore(await openSupabaseDoor({ ...options(), databaseUrl: owner }));
    expect((await store.migrate()).applied).toEqual([]);
    await store.checkSchema();
    await store.close();
    await store.close();
  });

  it('migrates an empty project and is understood at once', async () => {
    const empty = await postgres.createEmptyDatabase();
    const itsAdmin = postgres.urlOf(new URL(empty).pathname.slice(1));
    const its = await openSupabaseRest(itsAdmin);
    const store = createStore(
      await openSupabaseDoor({ ...options(), url: its.url, databaseUrl: empty }),
    );
    await expect(store.checkSchema()).rejects.toMatchObject({ code: 'schema-too-old' });
    expect((await store.migrate()).already).toBe(0);
    await expect(store.checkSchema()).resolves.toBeTruthy();
    await store.close();
    await its.stop();
  });
});

describe('a Supabase project that does not answer as one', () => {
  it.each<[string, RequestListener, object]>([
    [
      'a proxy page',
      (_, reply) => void reply.writeHead(502, { 'content-type': 'text/html' }).end('<h1>Bad</h1>'),
      { code: 'store-unreachable', retryable: true },
    ],
    [
      'a page with status 200',
      (_, reply) => void reply.writeHead(200, { 'content-type': 'text/html' }).end('<h1>Hi</h1>'),
      { code: 'store-unreachable' },
    ],
    ['an empty 404', (_, reply) => void reply.writeHead(404).end(), { code: 'store-unreachable' }],
    [
      'refused keys',
      (_, reply) => void reply.writeHead(401).end('{"message":"Invalid API key"}'),
      { code: 'store-unreachable', retryable: false },
    ],
    [
      'a connection cut',
      (_, reply) => void reply.destroy(),
      { code: 'store-unreachable', retryable: true },
    ],
    [
      'a request too large',
      (_, reply) => void reply.writeHead(413).end('<h1>Large</h1>'),
      { code: 'invalid-input' },
    ],
    [
      'a database away',
      (_, reply) => void reply.writeHead(503).end('{"code":"PGRST002","message":"x"}'),
      { code: 'store-unreachable', retryable: true },
    ],
  ])('%s is an error with a next step', async (_, listener, wanted) => {
    const requests = { count: 0 };
    await withServer(listener, requests, async (door) => {
      const failure: unknown = await door
        .call(SERVICE, 'plimsoll_end_session', { hash: 'x' })
        .catch((error: unknown) => error);
      expect(failure).toMatchObject({ ...wanted, nextStep: expect.any(String) as string });
    });
    expect(requests.count).toBe(1);
  });

  it('no answer in time is an error with a next step, and not asked again', async () => {
    const requests = { count: 0 };
    await withServer(() => {}, requests, expectNoAnswer, 500);
    expect(requests.count).toBeLessThanOrEqual(1);
  });

  it('nobody listening is unreachable', async () => {
    const door = await doorTo('http://127.0.0.1:1');
    await expect(door.call(SERVICE, 'plimsoll_read_schema', {})).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: true,
    });
  });
});

function doorTo(url: string, timeoutMs?: number): Promise<Door> {
  const keys = { secretKey: 'sb_secret_x', publishableKey: undefined, jwtSecret: undefined };
  const patience = timeoutMs === undefined ? {} : { timeoutMs };
  return openSupabaseDoor({ url, ...keys, databaseUrl: undefined, ...patience });
}

async function withServer(
  listener: RequestListener,
  requests: { count: number },
  work: (door: Door) => Promise<void>,
  timeoutMs?: number,
): Promise<void> {
  const server = createServer((request, response) => {
    requests.count += 1;
    listener(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    const { port } = server.address() as AddressInfo;
    await work(await doorTo(`http://127.0.0.1:${port}`, timeoutMs));
  } finally {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }
}

function expectNoAnswer(door: Door): Promise<void> {
  return expect(door.call(SERVICE, 'plimsoll_end_session', { hash: 'x' })).rejects.toMatchObject({
    code: 'timeout',
    retryable: true,
    nextStep: expect.any(String) as string,
  });
}
