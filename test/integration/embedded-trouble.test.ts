import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { access, mkdir, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, it } from 'vitest';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import { createStore } from '../../src/store/store.ts';
import { addressOf } from '../support/address-of.ts';

const CHILD = fileURLToPath(new URL('../support/embedded-child.ts', import.meta.url));
const SERVICE = { role: 'service_role' } as const;
const undo: (() => unknown)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).toReversed()) await step();
});

async function freshDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'plimsoll-embedded-'));
  undo.push(() => rm(directory, { recursive: true, force: true }));
  return directory;
}

/** Typed, unlike the matcher itself. */
const containing = (text: string): unknown => expect.stringContaining(text);

function startChild(...args: string[]): { child: ChildProcess; lines: AsyncIterator<string> } {
  const child = spawn(process.execPath, [CHILD, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  undo.push(() => child.kill('SIGKILL'));
  return { child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function kill(child: ChildProcess): Promise<void> {
  const ended = once(child, 'exit');
  child.kill('SIGKILL');
  await ended;
}

async function openStore(directory: string, reservedBytes?: number) {
  const options = reservedBytes === undefined ? { directory } : { directory, reservedBytes };
  const door = await openEmbeddedDoor(options);
  undo.push(() => door.close());
  return { door, store: createStore(door) };
}

describe('kill -9 in mid-write', () => {
  it('loses no committed row, leaves no half of one, and the next start recovers', async () => {
    const directory = await freshDirectory();
    let acknowledged = 0;
    for (const writes of [40, 150, 5, 300]) {
      const { child, lines } = startChild(directory, String(acknowledged + 1));
      expect((await lines.next()).value).toBe('open');
      for (let count = 0; count < writes; count += 1)
        acknowledged = Number((await lines.next()).value);
      await kill(child);
      for await (const line of { [Symbol.asyncIterator]: () => lines }) acknowledged = Number(line);
    }
    const { door } = await openStore(directory);
    const rows = await door.migrator?.query(
      `select t.tenant_id, m.subject from plimsoll.tenants t left join plimsoll.memberships m using (tenant_id)
       where t.tenant_id like 'written-%'`,
    );
    const found = new Set(rows?.map((row) => row['tenant_id']));
    expect(acknowledged).toBeGreaterThanOrEqual(495);
    for (let number = 1; number <= acknowledged; number += 1)
      expect(found.has(`written-${number}`), `row ${number} of ${acknowledged}`).toBe(true);
    expect(rows?.filter((row) => row['subject'] !== 'owner')).toEqual([]);
  });
});

describe('a long query', () => {
  it('does not stop the process from answering', async () => {
    const { door } = await openStore(await freshDirectory());
    const server = createServer((_, reply) => void reply.end('alive')).listen(0, '127.0.0.1');
    await once(server, 'listening');
    undo.push(() => server.close());
    const asked = { running: true };
    let answers = 0;
    const query = door.migrator?.query('select pg_sleep(2)').finally(() => (asked.running = false));
    while (asked.running) {
      await (await fetch(`http://127.0.0.1:${addressOf(server).port}/livez`)).text();
      answers += 1;
    }
    await query;
    // A process that waits for its query answers what came before it and what comes after, at most.
    expect(answers).toBeGreaterThan(3);
  });
});

describe('one process per directory', () => {
  it('refuses a second one by the first one’s id, and takes over when that one was killed', async () => {
    const directory = await freshDirectory();
    const { child, lines } = startChild(directory);
    expect((await lines.next()).value).toBe('open');
    await expect(openEmbeddedDoor({ directory })).rejects.toMatchObject({
      code: 'store-locked',
      message: containing(String(child.pid)),
      details: { pid: child.pid },
    });
    await kill(child);
    const { store } = await openStore(directory);
    await expect(store.ping()).resolves.toBeUndefined();
  });

  it('refuses a second door of the same process until the first is closed', async () => {
    const directory = await freshDirectory();
    const first = await openEmbeddedDoor({ directory });
    await expect(openEmbeddedDoor({ directory })).rejects.toMatchObject({ code: 'store-locked' });
    await first.close();
    await first.close();
    await openStore(directory);
  });

  it('takes over when the pid belongs to another process by now', async () => {
    const directory = await freshDirectory();
    const lock = { pid: process.ppid, startedAt: '1', token: 'gone' };
    await writeFile(join(directory, 'lock'), JSON.stringify(lock));
    await openStore(directory);
    expect(JSON.parse(await readFile(join(directory, 'lock'), 'utf8'))).toMatchObject({
      pid: process.pid,
    });
  });
});

describe('a directory that cannot be used', () => {
  it('is made for its user alone', async () => {
    const directory = join(await freshDirectory(), 'new', 'data');
    await openStore(directory);
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    expect((await stat(join(directory, 'pgdata'))).mode & 0o777).toBe(0o700);
  });

  it('is named when it is no directory', async () => {
    const path = join(await freshDirectory(), 'file');
    await writeFile(path, '');
    await expect(openEmbeddedDoor({ directory: path })).rejects.toMatchObject({
      code: 'invalid-setting',
      message: containing(path),
      nextStep: containing('DATA_DIR'),
    });
  });

  it.each<[string, (pgdata: string) => Promise<void>, string]>([
    ['foreign files', (pgdata) => rm(join(pgdata, 'PG_VERSION')), 'PG_VERSION'],
    [
      'an older PostgreSQL',
      (pgdata) => writeFile(join(pgdata, 'PG_VERSION'), '15\n'),
      'PostgreSQL 15',
    ],
    [
      'a cut control file',
      (pgdata) => truncate(join(pgdata, 'global/pg_control'), 100),
      'cannot be opened',
    ],
    ['a lost log', (pgdata) => rm(join(pgdata, 'pg_wal'), { recursive: true }), 'cannot be opened'],
  ])('%s: says how to move it aside and deletes nothing', async (_, damage, text) => {
    const directory = await freshDirectory();
    const pgdata = join(directory, 'pgdata');
    await (await openEmbeddedDoor({ directory })).close();
    await damage(pgdata);
    await writeFile(join(pgdata, 'mine.txt'), 'kept');
    await expect(openEmbeddedDoor({ directory })).rejects.toMatchObject({
      code: 'store-corrupt',
      message: containing(text),
      nextStep: containing(`mv ${pgdata}`),
    });
    await expect(readFile(join(pgdata, 'mine.txt'), 'utf8')).resolves.toBe('kept');
    await expect(access(join(directory, 'lock'))).rejects.toThrow('ENOENT');
  });
});

describe('a full disk', () => {
  it('refuses writes before PostgreSQL runs out, goes on reading, and writes again later', async () => {
    const directory = await freshDirectory();
    const first = await openStore(directory);
    await first.store.migrate();
    await first.store.system.ensureTenant('before', 'owner');
    await first.door.close();
    const full = await openStore(directory, Number.MAX_SAFE_INTEGER);
    await expect(full.store.system.ensureTenant('during', 'owner')).rejects.toMatchObject({
      code: 'store-full',
      retryable: true,
      nextStep: containing('Free'),
    });
    await expect(
      full.store.as({ tenantId: 'before', subject: 'owner' }).whoAmI(),
    ).resolves.toBeTruthy();
    await expect(full.store.migrate()).rejects.toMatchObject({ code: 'store-full' });
    await full.door.close();
    const later = await openStore(directory);
    await later.store.system.ensureTenant('after', 'owner');
  });

  it.skipIf(!canMount())(
    'of 130 MB loses nothing that was stored, and more room is enough to go on',
    async () => {
      const directory = await mountedDirectory('130m');
      const { door, store } = await openStore(directory);
      await store.migrate();
      await door.migrator?.exec(
        'create table public.ballast (text text); grant all on public.ballast to service_role',
      );
      await door.migrator?.exec(BALLAST_FUNCTION);
      let stored = 0;
      const failure: unknown = await (async () => {
        for (; stored < 400; stored += 1) await door.call(SERVICE, 'add_ballast', {});
      })().catch((error: unknown) => error);
      expect(failure).toMatchObject({ code: 'store-full' });
      expect(stored).toBeGreaterThan(2);
      await expect(count(door)).resolves.toBe(stored);
      execFileSync('mount', ['-o', 'remount,size=300m', directory]);
      await door.call(SERVICE, 'add_ballast', {});
      await door.close();
      const again = await openStore(directory);
      await expect(count(again.door)).resolves.toBe(stored + 1);
    },
  );
});

const BALLAST_FUNCTION = `
  create function public.add_ballast() returns jsonb language sql as $$
    insert into public.ballast select string_agg(md5(random()::text || n), '') from generate_series(1, 20000) n;
    select null::jsonb
  $$`;

async function count(door: Awaited<ReturnType<typeof openEmbeddedDoor>>): Promise<number> {
  const rows = await door.migrator?.query('select count(*)::int as n from public.ballast');
  return Number(rows?.[0]?.['n']);
}

/** A small file system in memory, where the tests run as root and may mount. */
function canMount(): boolean {
  if (process.getuid?.() !== 0) return false;
  try {
    execFileSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'tmpfs', tmpdir()], {
      stdio: 'ignore',
    });
    return true;
  } catch {
    return false;
  }
}

async function mountedDirectory(size: string): Promise<string> {
  const directory = join(await freshDirectory(), 'small');
  await mkdir(directory);
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', directory]);
  undo.push(() => execFileSync('umount', ['-l', directory]));
  return directory;
}
