import { afterAll, describe, expect, it, vi } from 'vitest';
import { openPostgresDoor } from '../../src/store/postgres/postgres-door.ts';
import { createStore } from '../../src/store/store.ts';
import { readMigrations } from '../../src/store/migrate.ts';
import { FUNCTIONS } from '../../src/store/functions.ts';
import { aCluster } from '../contracts/store-context.ts';
import { aBatch, aRun } from '../contracts/store-facts.ts';
import { describeStore } from '../contracts/store.ts';
import { query, startPostgres } from '../support/postgres.ts';
import { PATIENCE_MS } from '../support/patience.ts';
import { requireReal } from '../support/real.ts';

const server = await startPostgres();
const real = requireReal('PostgreSQL', server !== null);
const started = {
  createDatabase: () => live().createDatabase(),
  createEmptyDatabase: () => live().createEmptyDatabase(),
  urlOf: (database: string) => live().urlOf(database),
};

function live() {
  if (server === null) throw new Error('PostgreSQL is not running');
  return server;
}

afterAll(() => server?.stop());

describe.runIf(real)('PostgreSQL', () => {
  describeStore('a PostgreSQL by its URL', async () => {
    const url = await started.createDatabase();
    const admin = started.urlOf(new URL(url).pathname.slice(1));
    const store = createStore(await openPostgresDoor({ url }));
    return { store, query: (sql, parameters) => query(admin, sql, parameters) };
  });

  it('is migrated by a user who is no superuser, twice without a change, also by two at once', async () => {
    const url = await started.createEmptyDatabase();
    const stores = await Promise.all(
      [1, 2].map(async () => createStore(await openPostgresDoor({ url }))),
    );
    const reports = await Promise.all(stores.map((store) => store.migrate()));
    const migrations = await readMigrations();
    expect(reports.flatMap((report) => report.applied).sort()).toEqual(
      migrations.map((migration) => migration.name),
    );
    expect((await stores[0]?.migrate())?.applied).toEqual([]);
    await Promise.all(stores.map((store) => store.close()));
  });

  it('outlives a connection that the server ends within a call or between two', async () => {
    const uncaught = vi.fn();
    process.on('uncaughtException', uncaught);
    const url = await started.createEmptyDatabase();
    const door = await openPostgresDoor({ url });
    const end = () =>
      query(
        started.urlOf('postgres'),
        `select pg_terminate_backend(pid) from pg_stat_activity where datname = $1`,
        [new URL(url).pathname.slice(1)],
      );
    const lost = { code: 'store-unreachable' };
    const within = door.migrator?.query('select pg_sleep(600)').catch((error: unknown) => error);
    await expect.poll(end, { timeout: PATIENCE_MS }).toHaveLength(1);
    expect(await within).toMatchObject(lost);
    const between = door.migrator?.transaction(async (sql) => {
      await sql.query('select 1');
      await end();
      return sql.query('select 2');
    });
    await expect(between).rejects.toMatchObject(lost);
    expect(await door.migrator?.query('select 3 as three')).toEqual([{ three: 3 }]);
    await door.close();
    process.off('uncaughtException', uncaught);
    expect(uncaught).not.toHaveBeenCalled();
  });

  it('takes the first runs of a month from many clusters at once', async () => {
    const store = createStore(await openPostgresDoor({ url: await started.createDatabase() }));
    await store.system.ensureTenant('t', 'owner');
    const clusters = Array.from({ length: 24 }, (_, index) => `cluster-${index}`);
    for (const clusterId of clusters) await store.system.saveCluster('t', aCluster(clusterId));
    const startedAt = new Date('2031-03-05T00:00:00Z');
    const saved = await Promise.all(
      clusters.map((clusterId) =>
        store.system.saveFacts('t', {
          ...aBatch({ runs: [aRun(clusterId, { startedAt })] }),
          clusterId,
        }),
      ),
    );
    expect(saved.every(({ changed }) => changed)).toBe(true);
    await store.close();
  });

  it('takes batches of many megabytes whole, and from none a part', async () => {
    const store = createStore(await openPostgresDoor({ url: await started.createDatabase() }));
    await store.system.ensureTenant('t', 'owner');
    const errorText = `it's "gone" 🔒 ${'x'.repeat(1_800)}`;
    const runs = Array.from({ length: 5_000 }, (_, index) => aRun(`${index}`, { errorText }));
    const batch = aBatch({ runs });
    await store.system.saveCluster('t', aCluster(batch.clusterId));
    const spoilt = [...runs.slice(0, -1), { ...runs[0]!, runDay: 'no day' }];
    await expect(store.system.saveFacts('t', { ...batch, runs: spoilt })).rejects.toThrow('no day');
    const readAll = () => store.system.readJudgeInput('t', batch.clusterId, 0, 9_999);
    await expect(readAll()).rejects.toMatchObject({ code: 'not-found' });
    await store.system.saveFacts('t', batch);
    const read = await readAll();
    expect(read.runs).toHaveLength(runs.length);
    expect(new Set(read.runs.map((run) => run.errorText))).toEqual(new Set([errorText]));
    await store.close();
  });

  it('finds a page of newest restore points without going through those of the pages before', async () => {
    const url = await started.createDatabase();
    const store = createStore(await openPostgresDoor({ url }));
    await store.system.ensureTenant('t', 'owner');
    await store.system.saveCluster('t', aCluster());
    await store.close();
    const admin = started.urlOf(new URL(url).pathname.slice(1));
    // Of one job neither policy nor resource is known.
    await query(
      admin,
      `insert into plimsoll.restore_points (tenant_id, restore_point_id, cluster_id, engine, policy_id, resource_id, namespace,
        source_namespace, taken_at, handle)
      select 't', job || '-' || day, $1, 'velero', case when job > 9 then 'policy-' || job % 7 end, case when job > 0 then 'claim-' || job end,
        'media', 'media', timestamptz '2026-11-01Z' + day * interval '1 day', 'handle'
      from generate_series(0, 499) job, generate_series(1, 12) day`,
      [aCluster().clusterId],
    );
    await query(
      admin,
      `create function read_points(after jsonb, out page jsonb, out rows_read bigint) language plpgsql as $$
      declare before bigint := (select idx_tup_fetch from pg_stat_xact_user_tables where relname = 'restore_points');
      begin
        page := public.plimsoll_read_judge_points('t', '${aCluster().clusterId}', jsonb_build_object('limit', 100, 'after', after));
        rows_read := (select idx_tup_fetch from pg_stat_xact_user_tables where relname = 'restore_points') - coalesce(before, 0);
      end $$`,
    );
    const found: string[] = [];
    for (let after: unknown = null, pages = 0; pages === 0 || after !== null; pages += 1) {
      expect(pages).toBeLessThan(5);
      const sql = 'select page, rows_read::integer from read_points($1::jsonb)';
      const [read] = await query(admin, sql, [JSON.stringify(after)]);
      const page = read?.['page'] as { items: { restorePointId: string }[]; next: unknown };
      expect(read?.['rows_read']).toBeLessThan(500);
      found.push(...page.items.map(({ restorePointId }) => restorePointId));
      after = page.next;
    }
    expect(found.sort()).toEqual(Array.from({ length: 500 }, (_, job) => `${job}-12`).sort());
  });

  it('tells an empty database from one that is too new', async () => {
    const empty = createStore(await openPostgresDoor({ url: await started.createEmptyDatabase() }));
    await expect(empty.checkSchema()).rejects.toMatchObject({ code: 'schema-too-old' });
    await empty.close();
    const url = await started.createDatabase();
    await query(url, `insert into plimsoll.schema_migrations values (9001, 'future', 9001)`);
    const future = createStore(await openPostgresDoor({ url }));
    await expect(future.checkSchema()).rejects.toMatchObject({ code: 'schema-too-new' });
    await expect(future.migrate()).rejects.toMatchObject({
      code: 'schema-too-new',
    });
    await future.close();
  });

  it('names the cause when it cannot be reached, and works again afterwards', async () => {
    const nobody = createStore(
      await openPostgresDoor({ url: 'postgres://postgres@127.0.0.1:1/postgres' }),
    );
    await expect(nobody.ping()).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: true,
    });
    await nobody.close();
    const url = await started.createDatabase();
    const store = createStore(await openPostgresDoor({ url }));
    await store.ping();
    await query(
      started.urlOf('postgres'),
      'select pg_terminate_backend(pid) from pg_stat_activity where datname = $1',
      [new URL(url).pathname.slice(1)],
    );
    await store.ping().catch(() => {});
    await store.ping();
    await store.close();
  });

  it('says so when the database is missing, read-only or slow', async () => {
    const missing = createStore(await openPostgresDoor({ url: started.urlOf('nowhere') }));
    await expect(missing.ping()).rejects.toMatchObject({
      code: 'store-unreachable',
      retryable: false,
    });
    await missing.close();
    const url = await started.createDatabase();
    const name = new URL(url).pathname.slice(1);
    await query(
      started.urlOf('postgres'),
      `alter database ${name} set default_transaction_read_only = on`,
    );
    const readOnly = createStore(await openPostgresDoor({ url }));
    await expect(readOnly.system.ensureTenant('t', 'o')).rejects.toMatchObject({
      code: 'store-unreachable',
      details: { databaseCode: '25006' },
    });
    await readOnly.close();
    const slow = await openPostgresDoor({ url, statementTimeoutMs: 50 });
    await expect(slow.migrator?.query('select pg_sleep(2)')).rejects.toMatchObject({
      code: 'timeout',
      retryable: true,
    });
    await slow.close();
  });

  describe('the catalogue', () => {
    const rows = async (sql: string) => query(await catalogue, sql);
    const catalogue = real ? started.createDatabase() : Promise.resolve('');

    it('has row security on and forced, policies and a tenant on every table and partition', async () => {
      const url = await catalogue;
      const store = createStore(await openPostgresDoor({ url }));
      await store.system.ensureTenant('t', 'o');
      await store.system.saveCluster('t', aCluster());
      await store.system.saveFacts('t', aBatch({ runs: [aRun('1')] }));
      await store.close();
      const tables = await rows(`
        select c.relname, c.relispartition, c.relrowsecurity, c.relforcerowsecurity,
          exists (select from pg_policy p where p.polrelid = c.oid) as policies,
          exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant_id' and a.attnotnull) as tenant,
          (select a.attname from pg_index i join pg_attribute a on a.attrelid = c.oid and a.attnum = i.indkey[0]
            where i.indrelid = c.oid and i.indisprimary) as first_key
        from pg_class c where c.relnamespace = 'plimsoll'::regnamespace and c.relkind in ('r', 'p')`);
      expect(tables.length).toBeGreaterThan(25);
      expect(tables.some((table) => table['relispartition'])).toBe(true);
      for (const table of tables) {
        const ours = table['relname'] !== 'schema_migrations';
        expect(table).toEqual({
          relname: table['relname'],
          relispartition: table['relispartition'],
          relrowsecurity: true,
          relforcerowsecurity: true,
          policies: true,
          tenant: ours,
          first_key: ours ? 'tenant_id' : 'version',
        });
      }
    });

    it('has foreign keys that carry the tenant', async () => {
      const loose = await rows(`
        select c.conname from pg_constraint c join pg_class t on t.oid = c.conrelid
        where c.contype = 'f' and t.relnamespace = 'plimsoll'::regnamespace
          and not exists (select from pg_attribute a where a.attrelid = c.conrelid and a.attnum = c.conkey[1] and a.attname = 'tenant_id')`);
      expect(loose).toEqual([]);
    });

    it('takes no run of a cluster that the tenant does not have, by raw SQL either', async () => {
      const run = `insert into plimsoll.runs (tenant_id, run_day, run_id, cluster_id, engine, namespace, name, started_at, outcome, full_read, revision)
        values ('nobody', '2026-11-01', 'r', 'nowhere', 'velero', 'n', 'n', '2026-11-01T00:00:00Z', 'success', false, 1)`;
      await rows(`select plimsoll.add_runs_month('2026-11-01')`);
      await expect(rows(`set role service_role; ${run}`)).rejects.toThrow(
        'tenant nobody has no cluster nowhere',
      );
    });

    it('gives anon and public nothing, and only what only an owner can do runs as the owner', async () => {
      const open = await rows(`
        select p.oid::regprocedure::text as name from pg_proc p
        where (p.pronamespace = 'plimsoll'::regnamespace or p.proname like 'plimsoll\\_%')
          and (has_function_privilege('anon', p.oid, 'execute') or exists (
            select from aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a where a.grantee = 0))`);
      expect(open).toEqual([]);
      const definers = await rows(`
        select p.proname, p.proconfig from pg_proc p where p.prosecdef
          and (p.pronamespace = 'plimsoll'::regnamespace or p.proname like 'plimsoll\\_%') order by p.proname`);
      const proconfig = ['search_path=pg_catalog, pg_temp'];
      expect(definers).toEqual([
        { proname: 'add_runs_month', proconfig },
        { proname: 'add_samples_day', proconfig },
        { proname: 'drop_partitions', proconfig },
        {
          proname: 'refresh_statistics',
          proconfig: [...proconfig, 'default_statistics_target=10'],
        },
      ]);
      const tables = await rows(`
        select c.relname from pg_class c where c.relnamespace = 'plimsoll'::regnamespace and c.relkind in ('r', 'p')
          and has_table_privilege('anon', c.oid, 'select, insert, update, delete')`);
      expect(tables).toEqual([]);
    });

    it('has the functions of the TypeScript table and no others', async () => {
      const functions = await rows(`
        select p.proname, coalesce(p.proargnames, '{}') as args, p.prosecdef, t.typname,
          has_function_privilege('service_role', p.oid, 'execute') as service,
          has_function_privilege('authenticated', p.oid, 'execute') as caller
        from pg_proc p join pg_type t on t.oid = p.prorettype
        where p.pronamespace = 'public'::regnamespace and p.proname like 'plimsoll\\_%' order by p.proname collate "C"`);
      const expected = Object.entries(FUNCTIONS)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([proname, { args, role }]) => ({
          proname,
          args: [...args],
          prosecdef: false,
          typname: 'jsonb',
          service: role === 'service_role',
          caller: role === 'authenticated',
        }));
      expect(functions).toEqual(expected);
    });

    it('shows a caller with raw SQL no row of another tenant in any table', async () => {
      const url = await catalogue;
      const store = createStore(await openPostgresDoor({ url }));
      await store.system.ensureTenant('someone-else', 'o');
      await store.close();
      const tables = await rows(
        `select c.oid::regclass::text as name from pg_class c where c.relnamespace = 'plimsoll'::regnamespace and c.relkind in ('r', 'p')
           and c.relname <> 'schema_migrations' and has_table_privilege('authenticated', c.oid, 'select')`,
      );
      const claims = JSON.stringify({ sub: 'o', tenant_id: 'someone-else', role: 'authenticated' });
      const probes = tables.map(({ name }) => {
        const table = String(name);
        return `if exists (select from ${table} where tenant_id <> 'someone-else') then raise exception 'leak in ${table}'; end if;`;
      });
      expect(probes.length).toBeGreaterThan(15);
      const seen = `if (select count(*) from plimsoll.tenants) <> 1 then raise exception 'own row unseen'; end if;`;
      await expect(
        query(
          url,
          `begin; set local role authenticated; set local request.jwt.claims = '${claims}';
           do $$ begin ${probes.join(' ')} ${seen} end $$; commit`,
        ),
      ).resolves.not.toThrow();
    });
  });
});
