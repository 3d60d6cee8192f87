import { describe, expect, it } from 'vitest';
import { createFakeServices } from '../../../test/support/fake-services.ts';
import type { CliDeps } from '../deps.ts';
import { createProgram, runProgram } from '../program.ts';

const services = createFakeServices();
const workspace = services.as({ tenantId: 'local', subject: 'owner' });

const paper = (write: (text: string) => void) => ({ write, isTerminal: false, columns: 80 });

async function plimsoll(...argv: string[]) {
  let [out, err] = ['', ''];
  const connection = { workspace, via: 'test', demo: false, close: async () => {} };
  const deps: Partial<CliDeps> = {
    out: paper((text) => (out += text)),
    err: paper((text) => (err += text)),
    now: () => new Date('2026-11-21T08:00:00Z'),
    connect: async () => connection,
  };
  // oxlint-disable-next-line no-unsafe-type-assertion -- these commands ask for nothing else
  const all = deps as CliDeps;
  const code = await runProgram(createProgram(all, '0'), ['objectives', ...argv], all.err);
  return { code, out, err };
}

describe('plimsoll objectives', () => {
  it('sets, lists and takes back what is asked of each scope', async () => {
    const set = await plimsoll('set', '--rpo', '24h');
    expect(set).toEqual({ code: 0, out: 'all clusters: copies at most 1 d old\n', err: '' });
    await plimsoll('set', '-n', 'media', '--rto', '90m', '--reason', 'family photos');
    await plimsoll('set', '--claim', 'immich/immich-data', '--rpo', '1h', '--rto', '2h');
    const asked = services.world.objectives.map(({ scope, rpoSeconds, rtoSeconds }) => [
      scope,
      rpoSeconds,
      rtoSeconds,
    ]);
    const [cluster] = services.world.clusters;
    expect(asked).toEqual([
      ['all', 86_400, null],
      [`all/${cluster?.clusterId}/media`, null, 5_400],
      ['all/claim-immich', 3_600, 7_200],
    ]);
    const listed = await plimsoll('list', '--json');
    expect(JSON.parse(listed.out)).toMatchObject({ items: { length: 3 }, more: false });
    expect((await plimsoll('list')).out).toContain('family photos');
    expect((await plimsoll('unset', '-n', 'media')).out).toContain('nothing is asked');
    expect(services.world.objectives).toHaveLength(2);
  });

  it.each([
    [['set', '-n', 'media'], 'give --rpo, --rto or both'],
    [['set', '--rpo', 'soon'], 'soon is not a length of time'],
    [['set', '--rpo', '0h'], '0h is not a length of time'],
    [['set', '--rpo', '1h', '-n', 'media', '--claim', 'media/photos'], 'either'],
    [['set', '--rpo', '1h', '--claim', 'photos'], 'photos'],
  ])('refuses %j', async (argv, why) => {
    const { code, err } = await plimsoll(...argv);
    expect(code).toBe(2);
    expect(err).toContain(why);
  });

  it('takes a cluster by its name, and refuses one it does not know', async () => {
    const [cluster] = services.world.clusters;
    const set = await plimsoll('set', '--rpo', '2d', '--cluster', cluster!.name);
    expect(set).toEqual({
      code: 0,
      out: `cluster ${cluster!.name}: copies at most 2 d old\n`,
      err: '',
    });
    const unknown = await plimsoll('set', '--rpo', '2d', '--cluster', 'moon');
    expect(unknown.code).toBe(1);
    expect(unknown.err).toContain('no cluster moon has been read');
    expect(unknown.err).toContain(`${cluster!.name} (${cluster!.clusterId})`);
  });

  it('names a claim that has not been read, and clusters to choose from', async () => {
    const { code, err } = await plimsoll('set', '--rpo', '1h', '--claim', 'media/nothing');
    expect(code).toBe(1);
    expect(err).toContain('no claim media/nothing has been read');
    const [one] = services.world.clusters;
    services.world.clusters.push({ ...one!, clusterId: 'second', name: 'work' });
    const several = await plimsoll('set', '--rpo', '1h', '-n', 'media');
    services.world.clusters.pop();
    expect(several.code).toBe(2);
    expect(several.err).toContain('work (second)');
  });
});
