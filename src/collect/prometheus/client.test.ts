import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import {
  answered,
  refused,
  stubPrometheus,
  type SeenQuery,
  type StubAnswer,
  type StubPrometheus,
} from '../../../test/support/stub-prometheus.ts';
import { createPrometheusClient, type ClientSettings } from './client.ts';
import { findPrometheusSources } from './find-sources.ts';
import { openSource, type PrometheusSource } from './prometheus-source.ts';

const AT = new Date('2026-11-21T07:00:00Z');
const never = new AbortController().signal;
const directory = mkdtempSync(join(tmpdir(), 'plimsoll-prometheus-client-'));
afterAll(() => rmSync(directory, { recursive: true }));

let stub: StubPrometheus | null = null;
afterEach(() => stub?.close());

async function clientFor(
  answer: (query: SeenQuery, index: number) => StubAnswer | null | Promise<StubAnswer>,
  source: Partial<PrometheusSource> = {},
  settings: Partial<ClientSettings> = {},
) {
  stub = await stubPrometheus(answer);
  const whole = { ...openSource(stub.url), ...source };
  return createPrometheusClient(whole, { retryMs: 1, ...settings });
}

const ask = (client: Awaited<ReturnType<typeof clientFor>>) => client.instant('up', AT, never);

describe('values', () => {
  it('leaves out what is no number, and never takes it for zero', async () => {
    const row = (value: string) => ({ metric: { value }, value: [AT.getTime() / 1_000, value] });
    const client = await clientFor(() =>
      answered(['NaN', '+Inf', '-Inf', '', '1e3', '-0.5'].map(row)),
    );
    const { series, notNumbers } = await ask(client);
    expect(series.map(({ samples }) => samples)).toEqual([
      [{ at: AT, value: 1_000 }],
      [{ at: AT, value: -0.5 }],
    ]);
    expect(notNumbers).toBe(4);
  });

  it('reads past native histograms, and a scalar as a series without labels', async () => {
    const histogram = { metric: { a: 'b' }, histogram: [1, { count: '3' }] };
    const client = await clientFor((_, index) =>
      index === 0
        ? answered([histogram])
        : { body: { status: 'success', data: { resultType: 'scalar', result: [10, '2'] } } },
    );
    expect((await ask(client)).series).toEqual([]);
    expect((await ask(client)).series).toEqual([
      { labels: {}, samples: [{ at: new Date(10_000), value: 2 }] },
    ]);
  });

  it.each<[{ warnings?: string[]; isPartial?: boolean; infos?: string[] }, boolean]>([
    [{ warnings: ['store 10.0.0.3 did not answer'] }, true],
    [{ isPartial: true }, true],
    [{ warnings: ['PromQL info: metric might not be a counter'] }, false],
    [{ infos: ['anything'] }, false],
  ])('knows from %j whether parts are missing', async (more, partial) => {
    const client = await clientFor(() => answered([], more));
    expect(await ask(client)).toMatchObject({ partial, warnings: more.warnings ?? [] });
  });
});

describe('failures', () => {
  const cases: [string, StubAnswer, string, number, string][] = [
    ['401 in plain text', { status: 401, body: 'no' }, 'source-unauthorized', 1, 'refused our'],
    ['403', { status: 403, body: 'no' }, 'source-forbidden', 1, 'does not allow'],
    [
      '404 in plain text',
      { status: 404, body: '404 page' },
      'source-invalid',
      1,
      'under this path',
    ],
    ['400', refused(400, 'bad_data', 'parse error'), 'source-invalid', 1, 'parse error'],
    ['422', refused(422, 'execution', 'too many samples'), 'source-invalid', 1, 'too many samples'],
    [
      '502 of a proxy',
      { status: 502, body: '<h1>Bad Gateway</h1>' },
      'source-unreachable',
      3,
      'Bad',
    ],
    [
      '503 while it starts',
      { status: 503, body: 'Service Unavailable' },
      'source-unreachable',
      3,
      '503',
    ],
    [
      '503 for its own timeout',
      refused(503, 'timeout', 'query timed out'),
      'timeout',
      1,
      'too long',
    ],
    [
      '429',
      { status: 429, body: '', headers: { 'retry-after': '0' } },
      'source-unreachable',
      3,
      '429',
    ],
    [
      '200 with a page',
      { body: '<html>Sign in</html>' },
      'source-invalid',
      1,
      'answers with a page',
    ],
    [
      '200 with other JSON',
      { body: { status: 'success', data: 5 } },
      'source-invalid',
      1,
      'not answer as',
    ],
  ];
  it.each(cases)('%s', async (_, answer, code, requests, text) => {
    const client = await clientFor(() => answer);
    const error = await ask(client).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ code, message: expect.stringContaining(text) as string });
    expect(error).toHaveProperty('nextStep', expect.any(String));
    expect(client.requests()).toBe(requests);
  });

  it('goes on after a passing one', async () => {
    const client = await clientFor((_, index) =>
      index < 2 ? { status: 503, body: 'starting' } : answered([]),
    );
    expect(await ask(client)).toMatchObject({ series: [] });
  });

  it('says that nothing listens', async () => {
    const client = createPrometheusClient(openSource('http://127.0.0.1:1'), { retryMs: 1 });
    await expect(ask(client)).rejects.toMatchObject({
      code: 'source-unreachable',
      message: 'http://127.0.0.1:1 cannot be reached: nothing listens there',
    });
  });

  it('gives up a store that does not answer, and a cancelled question at once', async () => {
    const client = await clientFor(() => null, {}, { timeoutMs: 100 });
    await expect(ask(client)).rejects.toMatchObject({ code: 'timeout' });
    const stop = new AbortController();
    const asked = client.instant('up', AT, stop.signal);
    stop.abort(new Error('stopped'));
    await expect(asked).rejects.toThrow('stopped');
  });
});

const points = ({ form }: SeenQuery) => {
  const values = [];
  for (let at = Number(form.get('start')); at <= Number(form.get('end')); at += 1)
    values.push([at, String(at)]);
  return answered([{ metric: { a: 'b' }, values }]);
};

describe('ranges', () => {
  const span = { from: new Date(0), until: new Date(11_000), stepSeconds: 1 };
  it.each([
    ['too many samples', refused(422, 'execution', 'too many samples')],
    ['its own timeout', refused(503, 'timeout', 'query timed out')],
  ])('are asked in halves after %s, no instant twice', async (_, refusal) => {
    const client = await clientFor((query) => {
      const steps = Number(query.form.get('end')) - Number(query.form.get('start'));
      return steps > 3 ? refusal : points(query);
    });
    const { series } = await client.range('up', span, never);
    expect(series).toHaveLength(1);
    expect(series[0]?.samples.map(({ value }) => value)).toEqual(
      Array.from({ length: 12 }, (_, n) => n),
    );
  });

  it('fail whole when one instant is too much', async () => {
    const client = await clientFor(() => refused(422, 'execution', 'too many samples'));
    await expect(client.range('up', span, never)).rejects.toMatchObject({ code: 'source-invalid' });
  });

  it('keep a warning of any part', async () => {
    const client = await clientFor((query, index) =>
      index === 0
        ? refused(422, 'execution', '')
        : { ...points(query), ...(index === 2 && answered([], { warnings: ['half'] })) },
    );
    expect(await client.range('up', span, never)).toMatchObject({
      partial: true,
      warnings: ['half'],
    });
  });
});

describe('requests', () => {
  it('post forms, ask for the instant in seconds, and stop before the socket does', async () => {
    const client = await clientFor(() => answered([]));
    await ask(client);
    const [seen] = stub?.seen ?? [];
    expect(seen).toMatchObject({ method: 'POST', path: '/api/v1/query' });
    expect(Object.fromEntries(seen?.form ?? [])).toEqual({
      query: 'up',
      time: String(AT.getTime() / 1_000),
      timeout: '27s',
    });
  });

  it('are GETs where POST is not allowed', async () => {
    const client = await clientFor(({ method }) =>
      method === 'POST' ? { status: 405, body: '' } : answered([]),
    );
    await ask(client);
    await ask(client);
    expect(stub?.seen.map(({ method }) => method)).toEqual(['POST', 'GET', 'GET']);
    expect(stub?.seen[1]?.form.get('query')).toBe('up');
  });

  it('are four at once at most', async () => {
    const four = Promise.withResolvers<void>();
    const client = await clientFor(async (_, index) => {
      if (index === 3) four.resolve();
      await four.promise;
      await new Promise((resolve) => setTimeout(resolve, 20));
      return answered([]);
    });
    await Promise.all(Array.from({ length: 12 }, () => ask(client)));
    expect(stub?.widest()).toBe(4);
  });

  it.each([
    ['thanos' as const, { dedup: 'true', partial_response: 'true', max_source_resolution: '0' }],
    ['victoriametrics' as const, { nocache: '1' }],
    ['mimir' as const, {}],
  ])('say to %s what it needs', async (backend, extras) => {
    const client = await clientFor(() => answered([]), { backend });
    await ask(client);
    const {
      query: _,
      time: __,
      timeout: ___,
      ...rest
    } = Object.fromEntries(stub?.seen[0]?.form ?? []);
    expect(rest).toEqual(extras);
  });
});

const file = (name: string, text: string) => {
  writeFileSync(join(directory, name), text);
  return join(directory, name);
};
const sourceWith = (settings: Parameters<typeof findPrometheusSources>[0]) => {
  const found = findPrometheusSources({ url: stub?.url ?? '', ...settings }, [{ name: 'home' }]);
  return found.get('home') ?? openSource('');
};

const at = (name: string) => join(directory, name);
const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: 'pipe' });

describe('credentials', () => {
  it('of a bearer token are read again from their file, with the tenant beside', async () => {
    stub = await stubPrometheus(() => answered([]));
    const tokenFile = file('token', 'first\n');
    const client = createPrometheusClient(sourceWith({ tokenFile, tenant: 'team-a' }));
    await ask(client);
    file('token', 'second\n');
    await ask(client);
    expect(
      stub.seen.map(({ headers }) => [headers.authorization, headers['x-scope-orgid']]),
    ).toEqual([
      ['Bearer first', 'team-a'],
      ['Bearer second', 'team-a'],
    ]);
  });

  it('of a user are sent as basic authentication', async () => {
    stub = await stubPrometheus(() => answered([]));
    const passwordFile = file('password', 'p:ß\n');
    await ask(createPrometheusClient(sourceWith({ username: 'me', passwordFile })));
    const given = stub.seen[0]?.headers.authorization?.replace('Basic ', '') ?? '';
    expect(Buffer.from(given, 'base64').toString()).toBe('me:p:ß');
  });

  it('that cannot be read are named by file, never shown', async () => {
    stub = await stubPrometheus(() => answered([]));
    const tokenFile = join(directory, 'gone');
    await expect(ask(createPrometheusClient(sourceWith({ tokenFile })))).rejects.toMatchObject({
      code: 'source-unauthorized',
      message: `${tokenFile} cannot be read: ENOENT`,
    });
    expect(stub.seen).toEqual([]);
  });

  it('may be a client certificate, and an authority of one’s own', async () => {
    const made = [
      'req',
      '-x509',
      '-newkey',
      'rsa:2048',
      '-nodes',
      '-days',
      '2',
      '-subj',
      '/CN=stub',
    ];
    openssl(
      ...made,
      '-addext',
      'subjectAltName=IP:127.0.0.1',
      '-keyout',
      at('key.pem'),
      '-out',
      at('cert.pem'),
    );
    const [key, cert] = [readFileSync(at('key.pem')), readFileSync(at('cert.pem'))];
    const tls = { key, cert, ca: cert, requestCert: true, rejectUnauthorized: true };
    stub = await stubPrometheus(
      () => answered([]),
      (listener) => createServer(tls, listener),
    );
    const own = { caFile: at('cert.pem'), certFile: at('cert.pem'), keyFile: at('key.pem') };
    const client = createPrometheusClient(sourceWith(own));
    expect(await ask(client)).toMatchObject({ series: [] });
    client.close();
    const stranger = createPrometheusClient(sourceWith({}), { retryMs: 1 });
    await expect(ask(stranger)).rejects.toMatchObject({
      code: 'source-unreachable',
      message: expect.stringContaining('its certificate is not trusted') as string,
    });
  });
});
