import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PGlite } from '@electric-sql/pglite';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { keepHouse } from '../../src/store/embedded/keep-house.ts';
import { copyPrepared } from '../../src/store/embedded/prepared.ts';
import { PATIENCE_MS } from '../support/patience.ts';

let directory: string;
let database: PGlite;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-house-'));
  await copyPrepared(join(directory, 'pgdata'));
  database = await PGlite.create({ dataDir: join(directory, 'pgdata') });
  await database.exec(`create schema plimsoll; create table plimsoll.grown (n int);
    insert into plimsoll.grown select generate_series(1, 20000)`);
});
afterAll(async () => {
  await database.close();
  await rm(directory, { recursive: true, force: true });
});

async function rowsAsPlanned(): Promise<number> {
  const { rows } = await database.query<{ n: number }>(
    `select reltuples::int as n from pg_class where relname = 'grown'`,
  );
  return rows[0]?.n ?? Number.NaN;
}

it('tells the planner about a table that has grown, unless the disk is nearly full', async () => {
  const asked = vi.fn<() => boolean>(() => false);
  const idle = keepHouse(database, asked, 20);
  await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(2), PATIENCE_MS);
  await idle.stop();
  expect(await rowsAsPlanned()).toBe(-1);
  const busy = keepHouse(database, () => true, 20);
  await vi.waitFor(async () => expect(await rowsAsPlanned()).toBe(20_000), PATIENCE_MS);
  await busy.stop();
});
