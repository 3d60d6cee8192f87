import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createProgramHome, type ProgramHome } from '../support/program.ts';

/** The line of the issue and of docs/reference/runs.md. */
const LINE =
  '{"v":1,"cluster":"home","engine":"volsync","policy":"media/photos","resource":"media/photos","schedule":"0 2 * * *","timeZone":"UTC","dueAt":"2026-11-01T02:00:00Z","startedAt":"2026-11-01T02:00:41Z","endedAt":"2026-11-01T02:31:10Z","outcome":"success","logicalBytes":421337000000,"addedBytes":91230000,"files":120345,"dedupRatio":7.9,"error":null}';

let home: ProgramHome;
beforeEach(async () => {
  home = await createProgramHome();
});
afterEach(() => home.remove());

describe('settings', () => {
  it('stop the start when wrong, and every one is named at once', async () => {
    const wrong = {
      PORT: 'many',
      COLLECT_INTERVAL_SECONDS: '1',
      LOG_LEVEL: 'loud',
      DATABASE_URL: 'mysql://here',
      SUPABASE_URL: 'https://x.supabase.co',
      ADMIN_API_KEY: 'short',
      PRICES: '/nowhere/prices.yaml',
      GRID: 'Atlantis',
    };
    const started = await home.start(wrong).ended;
    expect(started.code).toBe(2);
    const { SUPABASE_URL: _given, ...named } = { ...wrong, SUPABASE_SECRET_KEY: '' };
    for (const name of Object.keys(named)) expect(started.err).toContain(`  ${name}: `);
    expect(started.err).not.toMatch(/\n\s+at /);
    expect(existsSync(home.dataDir)).toBe(false);
  });

  it('that name a kubeconfig which is not there are an error, never a demo', async () => {
    const KUBECONFIG = join(home.directory, 'absent');
    for (const args of [['serve'], ['collect', '--once']]) {
      const { code, out, err } = await home.run(args, { KUBECONFIG });
      expect(code).toBe(2);
      expect(err).toContain(
        `KUBECONFIG names ${KUBECONFIG}, which does not exist\nCorrect the path`,
      );
      expect(out).toBe('');
    }
    expect(existsSync(home.dataDir)).toBe(false);
  });

  it('that name a server nobody answers at are an error, never a demo', async () => {
    const KUBECONFIG = await home.kubeconfig('http://127.0.0.1:1');
    const served = await home.start({ KUBECONFIG }).ended;
    expect(served.code).toBe(1);
    expect(served.err).toMatch(/^plimsoll: .*http:\/\/127\.0\.0\.1:1.*\n\S+/);
    expect(served.out + served.err).not.toMatch(/demo|\n\s+at /);
    expect(existsSync(join(home.dataDir, 'demo'))).toBe(false);
    const collected = await home.run(['collect', '--once'], { KUBECONFIG });
    expect(collected.code).toBe(1);
    const doctor = await home.run(['doctor', '--json'], { KUBECONFIG });
    expect(doctor.code).toBe(1);
    expect(doctor.out).toContain('127.0.0.1:1');
  });

  it('that name no cluster leave nothing to collect, and say what to do', async () => {
    expect(await home.run(['collect', '--once'])).toMatchObject({
      code: 2,
      err: expect.stringContaining('plimsoll demo') as unknown,
    });
  });

  it('may name a database that does not answer: the cause and the next step, no stack', async () => {
    const DATABASE_URL = 'postgres://someone:secret-word@127.0.0.1:1/plimsoll';
    const { code, err } = await home.run(['status'], { DATABASE_URL });
    expect(code).toBe(1);
    expect(err).toMatch(/^plimsoll: the database cannot be reached.*\n\S.*\n$/);
    expect(err).not.toContain('secret-word');
  });
});

describe('analyze', () => {
  it('says at the literal instant that the literal run was missed', async () => {
    const args = ['analyze', '--runs', '-', '--until', '2026-11-02T04:00:00Z'];
    const { code, out, err } = await home.run(args, {}, `${LINE}\n`);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    const findings = out
      .trim()
      .split('\n')
      .map((line): unknown => JSON.parse(line));
    expect(findings).toMatchObject([
      {
        v: 1,
        cluster: 'home',
        resource: 'media/photos',
        policy: 'media/photos',
        kind: 'missed-run',
        severity: 'high',
        raisedAt: '2026-11-02T03:10:00Z',
        resolvedAt: null,
      },
    ]);
    expect(existsSync(home.dataDir)).toBe(false);
  });

  it('reports lines it cannot use, and judges the others', async () => {
    const input = `nonsense\n${LINE}\n${LINE.replace('"v":1', '"v":9')}\n`;
    const args = ['analyze', '--runs', '-', '--until', '2026-11-02T04:00:00Z'];
    const { code, out, err } = await home.run(args, {}, input);
    expect(code).toBe(1);
    expect(out).toContain('"missed-run"');
    expect(err).toMatch(/^line 1: .*\nline 3: .*\nplimsoll: 2 lines could not be used/);
  });

  it('names a file that is not there', async () => {
    const { code, err } = await home.run(['analyze', '--runs', join(home.directory, 'absent')]);
    expect(code).toBe(2);
    expect(err).toContain('absent cannot be read\nGive the path');
  });
});

it('tells apart data and words: the version and help go to standard output', async () => {
  expect((await home.run(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/);
  const wrong = await home.run(['nonsense']);
  expect(wrong).toMatchObject({ code: 2, out: '' });
  expect(wrong.err).toContain('--help');
});
