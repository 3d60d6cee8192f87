import { existsSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { createConnection } from 'node:net';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  addressOf,
  createProgramHome,
  feed,
  rowsOf,
  until,
  type ProgramHome,
  type Started,
} from '../support/program.ts';

// One server, its command line beside it, and its later starts: the tests of this file follow each other.
describe('npm start where no cluster is configured', () => {
  let home: ProgramHome;
  let server: Started;
  let address: string;

  beforeAll(async () => {
    home = await createProgramHome();
    server = home.start();
    address = await addressOf(server);
  });
  afterAll(() => home.remove());

  it('says what it shows, where, and what it found, and nothing else', async () => {
    await server.says(/the worst risks:\n(.*\n){3}/);
    const printed = server.printed();
    expect(printed).toMatch(/^no kubeconfig found: starting the demo world/);
    expect(printed).toContain('(demo: nothing here is real data)');
    expect(printed).toContain(`data: embedded database in ${join(home.dataDir, 'demo')}`);
    expect(printed).toMatch(/found \d+ claims, \d+ policies, \d+ runs/);
    expect(printed).toMatch(/open findings: (\d+ critical, )?\d+ high/);
    expect(printed.split('the worst risks:\n')[1]?.trim().split('\n')).toHaveLength(3);
    expect(printed).not.toMatch(/warning|unexpected|\{"level"|\n\s+at /i);
    expect(existsSync(join(home.dataDir, 'pgdata'))).toBe(false);
  });

  it('tells of the findings only when all is judged', async () => {
    const told = /open findings: (.*)/.exec(server.printed())?.[1] ?? '';
    const total = [...told.matchAll(/(\d+) \w+/g)].reduce(
      (sum, [, count]) => sum + Number(count),
      0,
    );
    const open = await feed(address, '/v1/findings?state=open');
    expect(total).toBeGreaterThanOrEqual(10);
    expect(Math.abs(open.length - total)).toBeLessThanOrEqual(1);
    for (const finding of open) {
      expect(finding['sentence']).not.toBe('');
      expect(finding['evidence']).not.toEqual([]);
    }
  });

  it('signs in with the printed link exactly once', async () => {
    const link = /sign in once with (\S+)/.exec(server.printed())?.[1] ?? '';
    const first = await spend(link);
    expect(first.cookie).not.toBe('');
    const me = await fetch(new URL('/v1/me', address), { headers: { cookie: first.cookie } });
    expect(await me.json()).toMatchObject({ subject: 'owner' });
    const second = await spend(link);
    expect(second.cookie).toBe('');
    expect(second.status).toBeGreaterThanOrEqual(400);
  });

  it('listens on loopback only', async () => {
    expect(new URL(address).hostname).toBe('127.0.0.1');
    const outer = Object.values(networkInterfaces())
      .flatMap((each) => each ?? [])
      .find(({ internal, family }) => !internal && family === 'IPv4');
    if (outer === undefined) return;
    const socket = createConnection({ host: outer.address, port: Number(new URL(address).port) });
    await expect(once(socket, 'connect')).rejects.toMatchObject({ code: 'ECONNREFUSED' });
  });

  it('answers the command line beside it', async () => {
    const status = await home.run(['status']);
    expect(status).toMatchObject({ code: 0 });
    expect(status.out).toContain(`reading from server at ${address}`);
    expect(status.err).toMatch(/^demo world .* nothing here is real data\n$/);

    const worst = rowsOf(await home.run(['risk', '--json', '--limit', '3']));
    expect(worst).toHaveLength(3);
    const claim = `${String(worst[0]?.['namespace'])}/${String(worst[0]?.['name'])}`;
    const whole = await home.run(['show', claim]);
    expect(whole.code).toBe(0);
    for (const part of [
      'coverage',
      'readiness',
      'RPO',
      'risk',
      'findings',
      'policies',
      'newest runs',
    ])
      expect(whole.out).toContain(part);

    expect((await home.run(['findings', '--fail-on', 'high'])).code).toBe(3);
    expect(
      (
        await home.run([
          'findings',
          '--kind',
          'size-drop',
          '--state',
          'expected',
          '--fail-on',
          'low',
        ])
      ).code,
    ).toBe(0);
    expect((await home.run(['recommendations'])).out).toContain('proposed');
    expect((await home.run(['migrate'])).out).toContain(`server at ${address} holds the database`);
    expect((await home.run(['doctor'])).out).toContain(`ok answers: server at ${address}`);
    expect(existsSync(join(home.dataDir, 'pgdata'))).toBe(false);
  });

  it('exempts a claim and ends it again', async () => {
    const [covered] = rowsOf(
      await home.run(['coverage', '--state', 'protected', '--json', '--limit', '1']),
    );
    const claim = `${String(covered?.['namespace'])}/${String(covered?.['name'])}`;
    expect((await home.run(['exempt', claim, '--reason', 'can be made again'])).out).toBe(
      `${claim} is exempt: can be made again\n`,
    );
    const listed = rowsOf(await home.run(['coverage', '--state', 'exempt', '--json']));
    expect(listed).toContainEqual(expect.objectContaining({ name: covered?.['name'] }));
    expect((await home.run(['exempt', claim, '--end'])).out).toBe(`${claim} is no longer exempt\n`);
    const after = rowsOf(await home.run(['coverage', '--state', 'exempt', '--json']));
    expect(after).not.toContainEqual(
      expect.objectContaining({ namespace: covered?.['namespace'], name: covered?.['name'] }),
    );
  });

  it('prints a new link on request', async () => {
    const { out } = await home.run(['sign-in']);
    expect((await spend(out.split('\n')[0] ?? '')).cookie).not.toBe('');
  });

  it('is named where another start would need what it holds', async () => {
    const again = await home.start().ended;
    expect(again.code).toBe(1);
    expect(again.err).toContain(`process ${server.pid} uses this data directory`);
    const reset = await home.run(['demo', '--reset']);
    expect(reset.code).toBe(1);
    expect(reset.err).toContain(`process ${server.pid}`);
    const elsewhere = { DATA_DIR: join(home.directory, 'elsewhere'), PORT: new URL(address).port };
    const busy = await home.start(elsewhere).ended;
    expect(busy.code).toBe(1);
    expect(busy.err).toMatch(new RegExp(`in use by \\S+ \\(pid ${server.pid}\\)`));
    expect((await fetch(new URL('/livez', address))).status).toBe(200);
  });

  it('ends cleanly on Ctrl-C and resumes where it was', async () => {
    const before = await feed(address, '/v1/runs');
    server.kill('SIGINT');
    expect(await server.ended).toMatchObject({ code: 0, err: '' });
    expect(existsSync(join(home.dataDir, 'demo', 'server.json'))).toBe(false);

    const offline = await home.run(['status']);
    expect(offline.out).toContain(`embedded database in ${join(home.dataDir, 'demo')}`);
    expect(offline.code).toBe(0);

    server = home.start();
    address = await addressOf(server);
    const findings = await feed(address, '/v1/findings');
    expect(findings.length).toBeGreaterThan(10);
    await server.says(/the worst risks:/);
    const ids = new Set((await feed(address, '/v1/runs')).map((run) => run['runId']));
    expect(before.filter((run) => !ids.has(run['runId']))).toEqual([]);
  });

  it('begins anew with demo --reset', async () => {
    const before = new Set((await feed(address, '/v1/runs')).map((run) => run['runId']));
    expect(before.size).toBeGreaterThan(1_000);
    server.kill('SIGTERM');
    expect((await server.ended).code).toBe(0);
    server = home.launch(['demo', '--reset', '--seed', '7']);
    address = await addressOf(server);
    const anew = await until(
      () => feed(address, '/v1/runs'),
      (rows) => rows.length > 0,
    );
    expect(anew.length).toBeGreaterThan(0);
    expect(anew.filter((run) => before.has(run['runId']))).toEqual([]);
    server.kill('SIGINT');
    expect((await server.ended).code).toBe(0);
  });
});

/** Opens a sign-in link as a browser does. */
async function spend(link: string): Promise<{ status: number; cookie: string }> {
  const reply = await fetch(link, { redirect: 'manual' });
  await reply.body?.cancel();
  return { status: reply.status, cookie: reply.headers.get('set-cookie')?.split(';')[0] ?? '' };
}
