// What docs say PostgREST answers to supabase-js, held against whichever serves: the real one, or the gateway.
import { createClient } from '@supabase/supabase-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPostgres, query, startPostgres, type RealPostgres } from '../support/postgres.ts';
import { openSupabaseRest, signToken, type SupabaseRest } from '../support/postgrest.ts';
import { requireReal } from '../support/real.ts';

const FUNCTIONS = `
  create function add(a int, b int default 10) returns int language sql as 'select a + b';
  create function nothing_text() returns text language sql as 'select null::text';
  create function text_x() returns text language sql as $$ select 'x' $$;
  create function big() returns bigint language sql as 'select 9007199254740993';
  create function echo(doc jsonb) returns jsonb language sql as 'select doc';
  create function nothing_json() returns jsonb language sql as 'select null::jsonb';
  create function do_void() returns void language sql as '';
  create function numbers(n int) returns table (i int, s text) language sql as $$ select g, 'n' || g from generate_series(1, n) g $$;
  create function scalars(n int) returns setof int language sql as 'select * from generate_series(1, n)';
  create type pair as (a int, b text);
  create function one_pair() returns pair language sql as $$ select 1, 'one' $$;
  create function no_pair() returns pair language sql as 'select null::int, null::text';
  create function over(a int) returns text language sql as $$ select 'a' $$;
  create function over(a int, z int) returns text language sql as $$ select 'az' $$;
  create function total(variadic v int[]) returns int language sql as 'select sum(x)::int from unnest(v) x';
  create function instant() returns jsonb language sql as $$ select jsonb_build_object('at', '2026-01-01T00:00:00Z'::timestamptz) $$;
  create function who() returns jsonb language sql as $$ select jsonb_build_object('role', current_user, 'claims', current_setting('request.jwt.claims', true)::jsonb, 'method', current_setting('request.method', true), 'path', current_setting('request.path', true), 'header', current_setting('request.headers', true)::jsonb ->> 'x-test') $$;
  create function fail(state text) returns int language plpgsql as $$ begin raise exception 'failed' using errcode = state, detail = 'a detail', hint = 'a hint'; end $$;
  create function fail_plain() returns int language plpgsql as $$ begin raise exception 'plain'; end $$;
  create function fail_teapot() returns int language plpgsql as $$ begin
    raise sqlstate 'PGRST' using message = '{"code":"TEA","message":"short and stout","details":"d","hint":"h"}', detail = '{"status":418,"headers":{"X-Tea":"yes"}}'; end $$;
  create function accepted() returns int language plpgsql as $$ begin perform set_config('response.status', '202', true); return 1; end $$;
  create table things (id int primary key, owner text check (owner <> ''));
  alter table things enable row level security;
  create policy mine on things to authenticated using (true) with check (owner = current_setting('request.jwt.claims', true)::jsonb ->> 'sub');
  grant select, insert on things to authenticated;
  create function put(id int, owner text) returns jsonb language sql as 'insert into things values (id, owner) returning to_jsonb(things)';
  create function service_only() returns int language sql as 'select 1';
  revoke execute on function service_only() from public;
  grant execute on function service_only() to service_role;
`;

const NOW = Math.floor(Date.now() / 1000);
interface Reply {
  data: unknown;
  error: { code: string; message: string } | null;
  status: number;
}
type Sent = Omit<RequestInit, 'headers'> & { headers?: Record<string, string> };
const numbers = (n: number) => ({ body: JSON.stringify({ n }) });
const found = requireReal('PostgreSQL', (await findPostgres()) !== null);

describe.skipIf(!found)('rpc as PostgREST speaks it', () => {
  let postgres: RealPostgres;
  let rest: SupabaseRest;
  const client = (token: string) =>
    createClient(rest.url, rest.keys.anon, {
      auth: { persistSession: false, autoRefreshToken: false },
      global: { headers: { Authorization: `Bearer ${token}`, 'x-test': 'seen' } },
    });
  const rpc = async (name: string, args: object = {}, token = rest.keys.service): Promise<Reply> =>
    client(token).rpc(name, args);
  const raw = (path: string, init: Sent = {}, token: string | null = rest.keys.service) =>
    fetch(`${rest.url}/rest/v1/rpc/${path}`, {
      method: 'POST',
      body: '{}',
      ...init,
      headers: {
        'content-type': 'application/json',
        ...(token && { authorization: `Bearer ${token}` }),
        ...init.headers,
      },
    });

  beforeAll(async () => {
    const started = await startPostgres();
    if (started === null) throw new Error('PostgreSQL was there and is gone');
    postgres = started;
    const name = new URL(await postgres.createEmptyDatabase()).pathname.slice(1);
    await query(postgres.urlOf(name), FUNCTIONS);
    await query(
      postgres.urlOf(name),
      'grant usage on schema public to anon, authenticated, service_role',
    );
    rest = await openSupabaseRest(postgres.urlOf(name));
  });
  afterAll(async () => {
    await rest?.stop();
    await postgres?.stop();
  });

  it.each<[string, object, unknown]>([
    ['add', { a: 1 }, 11],
    ['add', { a: 1, b: 2 }, 3],
    ['nothing_text', {}, null],
    ['nothing_json', {}, null],
    ['text_x', {}, 'x'],
    ['echo', { doc: { a: [1, null, 'ü'], b: { c: true } } }, { a: [1, null, 'ü'], b: { c: true } }],
    ['echo', { doc: [1, 2] }, [1, 2]],
    ['echo', { doc: 'text' }, 'text'],
    [
      'numbers',
      { n: 2 },
      [
        { i: 1, s: 'n1' },
        { i: 2, s: 'n2' },
      ],
    ],
    ['numbers', { n: 0 }, []],
    ['scalars', { n: 2 }, [1, 2]],
    ['one_pair', {}, { a: 1, b: 'one' }],
    ['no_pair', {}, { a: null, b: null }],
    ['over', { a: 1 }, 'a'],
    ['over', { z: 1, a: 1 }, 'az'],
    ['total', { v: [1, 2, 3] }, 6],
    ['instant', {}, { at: '2026-01-01T00:00:00+00:00' }],
  ])('%s(%j) gives %j', async (name, args, wanted) => {
    const { data, error, status } = await rpc(name, args);
    expect({ data, error, status }).toEqual({
      data: wanted,
      error: null,
      status: 200,
    });
  });

  it.each<[string, object, number, string]>([
    ['unknown_function', {}, 404, 'PGRST202'],
    ['add', { a: 1, zz: 2 }, 404, 'PGRST202'],
    ['add', {}, 404, 'PGRST202'],
    ['add', { a: 'x' }, 400, '22P02'],
    ['fail_plain', {}, 400, 'P0001'],
    ['fail', { state: 'PT404' }, 404, 'PT404'],
    ['fail', { state: 'PT409' }, 409, 'PT409'],
    ['fail', { state: '23505' }, 409, '23505'],
    ['fail', { state: '23503' }, 409, '23503'],
    ['fail', { state: '23514' }, 400, '23514'],
    ['fail', { state: '22023' }, 400, '22023'],
    ['fail', { state: '57014' }, 500, '57014'],
  ])('%s(%j) fails with %i %s', async (name, args, wantedStatus, code) => {
    const { data, error, status } = await rpc(name, args);
    expect({ data, status, code: error?.code }).toEqual({
      data: null,
      status: wantedStatus,
      code,
    });
  });

  it('names the function it does not know', async () => {
    const withArguments = await rpc('add', { zz: 1, a: 1 });
    expect(withArguments.error?.message).toBe(
      'Could not find the function public.add(a, zz) in the schema cache',
    );
    const without = await rpc('unknown_function');
    expect(without.error?.message).toContain('public.unknown_function without parameters');
  });

  it('passes detail and hint on', async () => {
    const { error } = await rpc('fail', { state: 'PT409' });
    expect(error).toMatchObject({ message: 'failed', details: 'a detail', hint: 'a hint' });
  });

  it('lets a function decide status, headers and body', async () => {
    const reply = await raw('fail_teapot');
    expect([reply.status, reply.headers.get('x-tea')]).toEqual([418, 'yes']);
    expect(await reply.json()).toEqual({
      code: 'TEA',
      message: 'short and stout',
      details: 'd',
      hint: 'h',
    });
    expect((await raw('accepted')).status).toBe(202);
  });

  it('answers void with 204 and nothing, bigint with its digits', async () => {
    const nothing = await raw('do_void');
    expect([nothing.status, await nothing.text()]).toEqual([204, '']);
    expect(await (await raw('big')).text()).toBe('9007199254740993');
  });

  it('counts, cuts at the row cap, and says so only when asked', async () => {
    expect((await raw('numbers', numbers(2))).headers.get('content-range')).toBe('0-1/*');
    expect((await raw('numbers', numbers(0))).headers.get('content-range')).toBe('*/*');
    const cut = await raw('numbers', numbers(2_000));
    expect([cut.status, cut.headers.get('content-range')]).toEqual([200, '0-999/*']);
    const counted = await raw('numbers', { ...numbers(2_000), headers: { prefer: 'count=exact' } });
    expect([counted.status, counted.headers.get('content-range')]).toEqual([206, '0-999/2000']);
  });

  it('gives a single object when one row was asked for', async () => {
    const headers = { accept: 'application/vnd.pgrst.object+json' };
    expect(await (await raw('numbers', { body: '{"n":1}', headers })).json()).toEqual({
      i: 1,
      s: 'n1',
    });
    const two = await raw('numbers', { body: '{"n":2}', headers });
    expect(two.status).toBe(406);
    expect(await two.json()).toMatchObject({
      code: 'PGRST116',
      details: 'The result contains 2 rows',
    });
  });

  it.each<[string, Sent, number, string]>([
    ['a body that is not JSON', { body: '{' }, 400, 'PGRST102'],
    [
      'a schema that is not exposed',
      { headers: { 'content-profile': 'pg_catalog' } },
      406,
      'PGRST106',
    ],
    ['PUT', { method: 'PUT' }, 405, 'PGRST101'],
  ])('refuses %s', async (_, init, status, code) => {
    const reply = await raw('text_x', init);
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([status, code]);
  });

  it('runs GET read-only', async () => {
    const token = signToken({ role: 'authenticated', sub: 'ann', exp: NOW + 60 });
    const reply = await raw('put?id=7&owner=ann', { method: 'GET', body: null }, token);
    expect([reply.status, ((await reply.json()) as { code: string }).code]).toEqual([405, '25006']);
  });

  it('sets role, claims and the request for the call alone', async () => {
    const token = signToken({ role: 'authenticated', sub: 'ann', tenant_id: 't', exp: NOW + 60 });
    const { data } = await rpc('who', {}, token);
    expect(data).toMatchObject({
      role: 'authenticated',
      claims: { role: 'authenticated', sub: 'ann', tenant_id: 't' },
      method: 'POST',
      path: '/rpc/who',
      header: 'seen',
    });
    const anonymous = (await (await raw('who', {}, null)).json()) as object;
    expect(anonymous).toMatchObject({ role: 'anon', claims: { role: 'anon' } });
  });

  it('lets row security decide', async () => {
    const token = signToken({ role: 'authenticated', sub: 'ann', exp: NOW + 60 });
    expect((await rpc('put', { id: 1, owner: 'ann' }, token)).data).toEqual({
      id: 1,
      owner: 'ann',
    });
    const others = await rpc('put', { id: 2, owner: 'bob' }, token);
    expect([others.status, others.error?.code]).toEqual([403, '42501']);
    const again = await rpc('put', { id: 1, owner: 'ann' }, token);
    expect([again.status, again.error?.code]).toEqual([409, '23505']);
  });

  it('tells a missing right with a token from one without', async () => {
    const token = signToken({ role: 'authenticated', sub: 'ann', exp: NOW + 60 });
    expect((await raw('service_only', {}, token)).status).toBe(403);
    const anonymous = await raw('service_only', {}, null);
    expect([anonymous.status, anonymous.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
    expect(await anonymous.json()).toMatchObject({ code: '42501' });
  });

  it.each<[string, () => string, RegExp]>([
    [
      'a bad signature',
      () =>
        signToken(
          { role: 'service_role', exp: NOW + 60 },
          'another-secret-of-at-least-32-characters',
        ),
      /^PGRST301$/,
    ],
    ['no token at all in it', () => 'rubbish', /^PGRST301$/],
    [
      'an expired token',
      () => signToken({ role: 'service_role', exp: NOW - 3_600 }),
      /^PGRST30[13]$/,
    ],
    [
      'a token of the future',
      () => signToken({ role: 'service_role', nbf: NOW + 3_600, exp: NOW + 7_200 }),
      /^PGRST30[13]$/,
    ],
  ])('refuses %s', async (_, token, code) => {
    const { status, error } = await rpc('text_x', {}, token());
    expect(status).toBe(401);
    expect(error?.code).toMatch(code);
  });

  it('refuses a role that does not exist', async () => {
    const { status, error } = await rpc(
      'text_x',
      {},
      signToken({ role: 'no_such_role', exp: NOW + 60 }),
    );
    expect([400, 401]).toContain(status);
    expect(error?.code).toBe('22023');
  });

  it('turns a new key into its token, as the project front does', async () => {
    const reply = await raw('who', { headers: { apikey: rest.keys.newService } }, null);
    expect(await reply.json()).toMatchObject({ role: 'service_role' });
  });
});
