import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  FAKE_KEY,
  createFakeServices,
  type FakeServices,
} from '../../test/support/fake-services.ts';
import { AppError } from '../domain/error.ts';
import { createApp } from './app.ts';
import type { App } from './env.ts';
import { startServer } from './server.ts';

const KEY = { authorization: `Bearer ${FAKE_KEY}` };
const JSON_BODY = { ...KEY, 'content-type': 'application/json' };
let services: FakeServices;
let app: App;
let failures: unknown[];

beforeEach(() => {
  services = createFakeServices();
  failures = [];
  app = createApp(services, {
    host: '127.0.0.1',
    clock: { now: () => new Date('2026-11-21T06:00:00Z') },
    onFailure: (error) => failures.push(error),
    pollMilliseconds: 20,
  });
});

async function body<T = Record<string, unknown>>(reply: Response | Promise<Response>): Promise<T> {
  return (await (await reply).json()) as T;
}
const get = (path: string, headers: Record<string, string> = KEY) => app.request(path, { headers });
const post = (sent: string, type = 'application/json') =>
  app.request('/v1/findings/finding-1/acknowledge', {
    method: 'POST',
    headers: { ...KEY, 'content-type': type },
    body: sent,
  });
async function sessionCookie(): Promise<string> {
  const reply = await get(`/sign-in?token=${services.issueLink()}`, {});
  return reply.headers.get('set-cookie')?.split(';')[0] ?? '';
}

describe('the documents', () => {
  interface Media {
    schema: object;
  }
  interface Document {
    openapi: string;
    components: object;
    paths: Record<
      string,
      Record<string, { responses: Record<string, { content?: Record<string, Media> }> }>
    >;
  }
  const EXAMPLES: Record<string, string> = {
    '/v1/what-if': '/v1/what-if?lose=namespace:immich',
    '/v1/findings/{id}': '/v1/findings/finding-1',
    '/v1/resources/{namespace}/{name}': '/v1/resources/immich/immich-data',
  };

  it('describe every route that is served, and every served /v1 route is described', async () => {
    const document = await body<Document>(get('/openapi.json', {}));
    expect(document.openapi).toBe('3.1.0');
    const described = Object.entries(document.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const served = app.routes
      .filter((route) => !route.path.includes('*') && route.method !== 'ALL')
      .map((route) => `${route.method} ${route.path.replaceAll(/:(\w+)/g, '{$1}')}`)
      .filter(
        (route) =>
          ![
            'GET /',
            'GET /favicon.ico',
            'GET /web/{file}',
            'GET /docs',
            'GET /openapi.json',
          ].includes(route),
      );
    expect(described.toSorted()).toEqual([...new Set(served)].toSorted());
  });

  it('hold for the real replies', async () => {
    const document = await body<Document>(get('/openapi.json', {}));
    const ajv = new Ajv2020.default({ strict: false });
    addFormats.default(ajv);
    const checked: string[] = [];
    for (const [path, operations] of Object.entries(document.paths)) {
      const schema = operations['get']?.responses['200']?.content?.['application/json']?.schema;
      if (schema === undefined) continue;
      const validate = ajv.compile({ ...schema, components: document.components });
      const reply = await get(EXAMPLES[path] ?? path);
      expect([path, reply.status]).toEqual([path, 200]);
      const valid = validate(await reply.json());
      expect(`${path}: ${valid ? 'valid' : ajv.errorsText(validate.errors)}`).toBe(
        `${path}: valid`,
      );
      checked.push(path);
    }
    expect(checked.length).toBe(26);
  });

  it('have a readable page without foreign resources', async () => {
    const page = await (await get('/docs', {})).text();
    expect(page).toContain('GET /v1/risk');
    // An example to copy names the server that shows it.
    expect(page).toMatch(/plk_…" http:\/\/[^/]*:?\d*\/v1\/risk/);
    expect(page).not.toContain('8080');
    expect(page).not.toMatch(/(src|href)="https?:/);
  });
});

describe('who may ask', () => {
  it('refuses strangers with the next step', async () => {
    for (const headers of [
      {} as Record<string, string>,
      { authorization: 'Bearer plk_wrong' },
      { authorization: 'Basic x' },
      { cookie: 'plimsoll_session=x' },
    ]) {
      const reply = await get('/v1/risk', headers);
      expect(reply.status).toBe(401);
      expect(reply.headers.get('content-type')).toBe('application/problem+json');
      expect((await body(reply))['nextStep']).toContain('plimsoll sign-in');
    }
  });

  it('takes whatever key its operator chose, up to 512 visible characters', async () => {
    const asked: string[] = [];
    const byApiKey: typeof services.signIn.byApiKey = async (key) => {
      asked.push(key);
      return services.signIn.byApiKey(FAKE_KEY);
    };
    const open = createApp(
      { ...services, signIn: { ...services.signIn, byApiKey } },
      { host: '127.0.0.1', clock: { now: () => new Date('2026-11-21T06:00:00Z') } },
    );
    const ask = async (key: string) =>
      (await open.request('/v1/risk', { headers: { authorization: `Bearer ${key}` } })).status;
    const chosen = ['correct-horse:battery/staple+1=', 'x'.repeat(512)];
    expect([await ask(chosen[0] ?? ''), await ask(chosen[1] ?? '')]).toEqual([200, 200]);
    expect([await ask('x'.repeat(513)), await ask('two words')]).toEqual([401, 401]);
    expect(asked).toEqual(chosen);
  });

  it('spends a link once, not by looking ahead, and ends a session', async () => {
    const token = services.issueLink();
    expect((await app.request(`/sign-in?token=${token}`, { method: 'HEAD' })).status).toBe(405);
    const reply = await get(`/sign-in?token=${token}`, {});
    expect([
      reply.status,
      reply.headers.get('location'),
      reply.headers.get('cache-control'),
    ]).toEqual([303, '/', 'no-store']);
    expect(reply.headers.get('set-cookie')).toMatch(/HttpOnly; SameSite=Strict$/);
    expect((await get(`/sign-in?token=${token}`, {})).status).toBe(401);
    const cookie = reply.headers.get('set-cookie')?.split(';')[0] ?? '';
    expect(await body(get('/v1/me', { cookie }))).toEqual({
      tenantId: 'local',
      subject: 'owner',
      role: 'owner',
    });
    const out = await app.request('/v1/sign-out', {
      method: 'POST',
      headers: { cookie, 'sec-fetch-site': 'same-origin' },
    });
    expect(out.status).toBe(204);
    expect((await get('/v1/me', { cookie })).status).toBe(401);
  });

  it('marks the cookie Secure behind https', async () => {
    const reply = await get(`/sign-in?token=${services.issueLink()}`, {
      'x-forwarded-proto': 'https',
    });
    expect(reply.headers.get('set-cookie')).toContain('Secure');
  });

  it('lets no other site change things with a session', async () => {
    const cookie = await sessionCookie();
    const post = (headers: Record<string, string>) =>
      app.request('http://localhost/v1/findings/finding-1/acknowledge', {
        method: 'POST',
        headers: { cookie, ...headers },
      });
    expect((await post({})).status).toBe(403);
    expect(
      (await post({ 'sec-fetch-site': 'cross-site', origin: 'http://localhost' })).status,
    ).toBe(403);
    expect((await post({ origin: 'https://evil.example' })).status).toBe(403);
    expect(services.world.findings.find((one) => one.findingId === 'finding-1')?.state).toBe(
      'open',
    );
    expect((await post({ origin: 'http://localhost' })).status).toBe(200);
  });

  it('answers only to loopback names when bound to loopback', async () => {
    expect((await get('http://evil.example/livez', {})).status).toBe(421);
    expect((await get('http://[::1]:8080/livez', {})).status).toBe(200);
    const open = createApp(services, { host: '0.0.0.0', clock: { now: () => new Date() } });
    expect((await open.request('http://plimsoll.lan/livez')).status).toBe(200);
  });
});

const send = (method: string, path: string, sent?: string) =>
  app.request(`/v1/objectives/${path}`, {
    method,
    headers: JSON_BODY,
    ...(sent !== undefined && { body: sent }),
  });

describe('the feed', () => {
  it('pages with a cursor and a Link header, and never loses or repeats a row', async () => {
    const seen: string[] = [];
    let next: string | null = '/v1/risk?limit=3';
    while (next !== null) {
      const reply: Response = await get(next);
      seen.push(
        ...(await body<{ items: { name: string }[] }>(reply)).items.map((item) => item.name),
      );
      next = /<(.+)>; rel="next"/.exec(reply.headers.get('link') ?? '')?.[1] ?? null;
    }
    expect(seen).toHaveLength(7);
    expect(new Set(seen).size).toBe(7);
  });

  it('names all mistakes of a query at once', async () => {
    const reply = await get('/v1/findings?limit=501&state=broken&since=yesterday&severty=high');
    expect(reply.status).toBe(400);
    const { errors } = await body<{ errors: { where: string }[] }>(reply);
    expect(errors.map((error) => error.where).toSorted()).toEqual([
      'limit',
      'severty',
      'since',
      'state',
    ]);
  });

  it('answers 304 until something changes, and not to another address', async () => {
    const tag = (await get('/v1/risk')).headers.get('etag') ?? '';
    expect(tag).not.toBe('');
    expect((await get('/v1/risk', { ...KEY, 'if-none-match': tag })).status).toBe(304);
    expect((await get('/v1/risk?limit=1', { ...KEY, 'if-none-match': tag })).status).toBe(200);
    services.world.revision += 1;
    expect((await get('/v1/risk', { ...KEY, 'if-none-match': tag })).status).toBe(200);
  });

  it('gives recommendations in three formats', async () => {
    const lines = await get('/v1/recommendations', { ...KEY, accept: 'application/x-ndjson' });
    expect(
      (await lines.text())
        .trim()
        .split('\n')
        .map((line) => (JSON.parse(line) as { kind: string }).kind),
    ).toEqual(['fix-cause', 'fix-cause', 'fix-cause']);
    const feed = await get('/v1/recommendations?format=feed&limit=2');
    expect(feed.headers.get('content-type')).toContain('application/feed+json');
    const { version, items, next_url } = await body<{
      version: string;
      items: unknown[];
      next_url: string;
    }>(feed);
    expect([version, items.length]).toEqual(['https://jsonfeed.org/version/1.1', 2]);
    expect((await body<{ items: unknown[] }>(get(next_url))).items).toHaveLength(1);
    expect(
      (await get('/v1/recommendations', { ...KEY, accept: 'text/html, */*;q=0.1' })).headers.get(
        'content-type',
      ),
    ).toContain('application/json');
    expect((await get('/v1/recommendations', { ...KEY, accept: 'image/png' })).status).toBe(406);
    expect(
      (await body<{ items: unknown[] }>(get('/v1/recommendations?since=2026-11-21T00:00:00Z')))
        .items,
    ).toEqual([]);
  });

  it('changes findings and exemptions', async () => {
    const post = (path: string, sent?: string) =>
      app.request(path, {
        method: 'POST',
        headers: JSON_BODY,
        ...(sent !== undefined && { body: sent }),
      });
    expect(
      (await body(post('/v1/findings/finding-1/expected', '{"note":"moving house"}')))['state'],
    ).toBe('expected');
    const bare = await app.request('/v1/findings/finding-1/reopen', {
      method: 'POST',
      headers: KEY,
    });
    expect((await body(bare))['state']).toBe('open');
    expect((await post('/v1/findings/none/reopen', '{}')).status).toBe(404);
    const put = (sent: string) =>
      app.request('/v1/exemptions/claim-games', { method: 'PUT', headers: JSON_BODY, body: sent });
    expect((await put('{"reason":"a cache","expiresAt":"2027-01-01T00:00:00Z"}')).status).toBe(204);
    expect(services.world.exemptions.get('claim-games')).toBe('a cache');
    expect((await put('{"reason":""}')).status).toBe(400);
    expect(
      (await app.request('/v1/exemptions/claim-games', { method: 'DELETE', headers: KEY })).status,
    ).toBe(204);
    expect(services.world.exemptions.size).toBe(0);
  });

  it('tells of runs how forecasts turned out, and of the RPO when asked', async () => {
    const about = async (query: string) =>
      (await body(get(`/v1/forecasts/calibration${query}`)))['about'];
    expect(await about('')).toBe('run');
    expect(await about('?about=rpo-within-day')).toBe('rpo-within-day');
    expect(await about('?about=rpo-within-week&since=2026-11-01')).toBe('rpo-within-week');
    const refused = await get('/v1/forecasts/calibration?about=weather');
    expect(refused.status).toBe(400);
    expect((await body(refused))['detail']).toBe(
      'about: must be one of run, rpo-within-day, rpo-within-week',
    );
  });

  it('says what would be left, and refuses what it cannot understand', async () => {
    const asked = await body<{ counts: unknown; apps: unknown[]; notes: string[] }>(
      get('/v1/what-if?lose=namespace:immich'),
    );
    expect(asked.counts).toEqual({ apps: 1, claims: 1, copy: 0, nothing: 1, unknown: 0 });
    expect(asked.apps).toMatchObject([{ namespace: 'immich', claims: [{ dataLost: 'yes' }] }]);
    expect((await get('/v1/what-if?lose=namespace:imich')).status).toBe(404);
    for (const wrong of ['', '?lose=media', '?lose=moon:full', '?lose=namespace:', '?loose=a:b'])
      expect((await get(`/v1/what-if${wrong}`)).status).toBe(400);
  });

  it('sets objectives for each kind of scope and takes them back', async () => {
    const sent = '{"rpoSeconds":3600,"reason":"photos"}';
    for (const path of ['all', 'clusters/c', 'clusters/c/namespaces/media', 'resources/r'])
      expect((await send('PUT', path, sent)).status).toBe(204);
    const levels = services.world.objectives.map(({ level }) => level);
    expect(levels).toEqual(['tenant', 'cluster', 'namespace', 'resource']);
    const { items } = await body<{ items: unknown[] }>(get('/v1/objectives?namespace=media'));
    expect(items).toMatchObject([{ rpoSeconds: 3_600, rtoSeconds: null, reason: 'photos' }]);
    expect((await send('DELETE', 'clusters/c/namespaces/media')).status).toBe(204);
    expect(services.world.objectives).toHaveLength(3);
    const wrong = [
      '{}',
      '{"rpoSeconds":0}',
      '{"rpoSeconds":"1h"}',
      '{"rpo":5}',
      '{"rtoSeconds":null}',
    ];
    for (const mistake of wrong) expect((await send('PUT', 'all', mistake)).status).toBe(400);
    expect((await send('PUT', 'namespaces/media', sent)).status).toBe(404);
  });
});

describe('bad input', () => {
  it('is refused, never an inner error', async () => {
    const asked: [string, number][] = [
      ['/v1/risk?namespace=%ff', 400],
      ['/v1/risk?namespace=a%00b', 400],
      ['/v1/resources/%C0%AF/x', 400],
      [`/v1/risk?cursor=${'x'.repeat(9_000)}`, 414],
      ['/v1/risk?cursor=nonsense', 400],
      ['/v1/risk?limit=1&limit=2', 400],
      ['/v1/resources/none/such', 404],
      ['/v1/none', 404],
      ['/web/..%2fapp.ts', 404],
    ];
    for (const [path, status] of asked) {
      const reply = await get(path);
      expect([path.slice(0, 40), reply.status]).toEqual([path.slice(0, 40), status]);
      expect(Object.keys(await body(reply))).toEqual(
        expect.arrayContaining(['type', 'title', 'status', 'detail', 'code', 'nextStep']),
      );
    }
    expect(failures).toEqual([]);
  });

  it('refuses bodies that are broken, too large or not JSON', async () => {
    const replies = [
      await post('{"note"'),
      await post(`{"note":"${'x'.repeat(70_000)}"}`),
      await post('note=x', 'text/plain'),
      await post(String.raw`{"note":"a\u0000b"}`),
      await post('{"nte":"x"}'),
    ];
    expect(replies.map((reply) => reply.status)).toEqual([400, 413, 415, 400, 400]);
    expect(services.world.findings.find((one) => one.findingId === 'finding-1')?.state).toBe(
      'open',
    );
  });

  it('tells wrong methods which are right', async () => {
    const wrong = await app.request('/v1/risk', { method: 'POST', headers: KEY });
    expect([wrong.status, wrong.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS']);
    const options = await app.request('/v1/findings/x', { method: 'OPTIONS' });
    expect([options.status, options.headers.get('allow')]).toEqual([204, 'GET, HEAD, OPTIONS']);
    const head = await app.request('/v1/risk', { method: 'HEAD', headers: KEY });
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  it('keeps the words of inner failures inside, and reports them to the log', async () => {
    for (const [failure, status] of [
      [new Error('password=hunter2'), 500],
      [
        new AppError('store-unreachable', 'postgres://user:hunter2@db', {
          nextStep: 'ask hunter2',
        }),
        503,
      ],
    ] as const) {
      services.world.failure = failure;
      const reply = await get('/v1/risk');
      expect(reply.status).toBe(status);
      expect(await reply.text()).not.toContain('hunter2');
    }
    expect(failures).toHaveLength(2);
    const ready = await get('/readyz', {});
    expect(ready.status).toBe(503);
    expect(await ready.text()).not.toContain('secret');
    expect((await get('/livez', {})).status).toBe(200);
  });
});

describe('a running server', () => {
  it('tells listeners of a change, polls for nobody else, opens metrics to this machine, and closes quickly', async () => {
    const server = await startServer(app, { host: '127.0.0.1', port: 0 });
    const stream = await fetch(`${server.url}/v1/events`, { headers: KEY });
    const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
    let told = '';
    const readUntil = async (words: string) => {
      while (!told.includes(words)) told += (await reader.read()).value ?? '';
    };
    await readUntil('"revision":"1"');
    services.world.revision = 7;
    await readUntil('"revision":"7"');
    expect((await fetch(`${server.url}/metrics`)).status).toBe(200);
    expect(
      (await fetch(`${server.url}/metrics`, { headers: { 'x-forwarded-for': '10.0.0.9' } })).status,
    ).toBe(401);
    await server.close();
    let last = await reader.read();
    while (!last.done) last = await reader.read();
    const reads = services.revisionReads();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(services.revisionReads()).toBe(reads);
  });

  it('names who holds a busy port', async () => {
    const first = await startServer(app, { host: '127.0.0.1', port: 0 });
    const port = Number(new URL(first.url).port);
    const second = await startServer(app, { host: '127.0.0.1', port }).catch(
      (error: unknown) => error,
    );
    await first.close();
    expect(second).toBeInstanceOf(AppError);
    expect((second as AppError).code).toBe('port-busy');
    const holder = process.platform === 'linux' ? `(pid ${process.pid})` : `${port}`;
    expect((second as AppError).message).toContain(holder);
  });
});
