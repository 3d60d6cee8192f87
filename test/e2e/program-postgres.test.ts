import { existsSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgramHome, rowsOf, type ProgramHome } from '../support/program.ts';
import { findPostgres, startPostgres, type RealPostgres } from '../support/postgres.ts';
import { requireReal } from '../support/real.ts';
import { startWorld, type TestWorld } from '../support/world.ts';

const found = requireReal('PostgreSQL', (await findPostgres()) !== null);

describe.runIf(found)('the program on a real PostgreSQL', () => {
  let home: ProgramHome;
  let postgres: RealPostgres;
  let world: TestWorld;
  let environment: Record<string, string>;

  beforeAll(async () => {
    [home, world] = await Promise.all([createProgramHome(), startWorld()]);
    const started = await startPostgres();
    if (started === null) throw new Error('found, and then not there');
    postgres = started;
    world.put('persistentvolumeclaims', 'media', 'photos', {
      spec: { resources: { requests: { storage: '10Gi' } } },
      status: { phase: 'Bound', capacity: { storage: '10Gi' } },
    });
    environment = {
      DATABASE_URL: await postgres.createEmptyDatabase(),
      KUBECONFIG: await home.kubeconfig(world.server),
    };
  });
  afterAll(async () => {
    await home.remove();
    await world.stop();
    await postgres.stop();
  });

  it('says that the schema is missing, and changes nothing, when asked what to fix', async () => {
    const { code, out } = await home.run(['doctor'], environment);
    expect(code).toBe(1);
    expect(out).toMatch(/no answers: .*schema.*\n\s+Run `plimsoll migrate`/);
  });

  it('migrates once; a second time changes nothing', async () => {
    const first = await home.run(['migrate'], environment);
    expect(first.code).toBe(0);
    expect(first.out).toMatch(
      /^applied 0001_.*\n(applied .*\n)+PostgreSQL t_\w+ at 127\.0\.0\.1.*, 0 already there\n$/,
    );
    const second = await home.run(['migrate'], environment);
    expect(second.out).toMatch(/; 0 applied, \d+ already there\n$/);
    expect(second.out).not.toContain('plimsoll_owner');
  });

  it('collects into it and reads from it', async () => {
    expect((await home.run(['collect', '--once'], environment)).code).toBe(0);
    const status = await home.run(['status'], environment);
    expect(status.code).toBe(0);
    expect(status.out).toMatch(/^reading from PostgreSQL t_/);
    expect(status.out).toContain('1 claims: 1 uncovered');
    expect(rowsOf(await home.run(['risk', '--json'], environment))).toMatchObject([
      { namespace: 'media', name: 'photos' },
    ]);
    expect((await home.run(['doctor'], environment)).out).toMatch(/ok answers: PostgreSQL/);
    expect(existsSync(`${home.dataDir}/pgdata`)).toBe(false);
  });
});
