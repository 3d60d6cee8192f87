import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import {
  addressOf,
  createProgramHome,
  feed,
  type ProgramHome,
  type Row,
} from '../support/program.ts';

let home: ProgramHome;
beforeEach(async () => {
  home = await createProgramHome();
});
afterEach(() => home.remove());

/** Two runs of one policy that start within a minute are one run, told twice. */
function toldTwice(runs: Row[]): string[] {
  const starts = runs
    .map((run) => ({
      of: String(run['policyId'] ?? run['name']),
      at: Date.parse(String(run['startedAt'])),
    }))
    .toSorted((a, b) => a.of.localeCompare(b.of) || a.at - b.at);
  return starts
    .filter(({ of, at }, index) => {
      const before = starts[index - 1];
      return before !== undefined && before.of === of && at - before.at < 60_000;
    })
    .map(({ of, at }) => `${of} ${new Date(at).toISOString()}`);
}

it('goes on after kill -9 in the middle of the replay: nothing lost, nothing told twice', async () => {
  const killed = home.start();
  const before = await addressOf(killed);
  await killed.says(/history: [1-7]\d %/);
  const stored = await feed(before, '/v1/runs');
  killed.kill('SIGKILL');
  expect((await killed.ended).code).toBeNull();
  expect(stored.length).toBeGreaterThan(0);
  expect(existsSync(join(home.dataDir, 'demo', 'server.json'))).toBe(true);

  // What it left behind names no server that answers: the command line opens the database itself.
  const between = await home.run(['status']);
  expect(between).toMatchObject({ code: 0 });
  expect(between.out).toContain(`reading from embedded database in ${join(home.dataDir, 'demo')}`);

  const server = home.start();
  const address = await addressOf(server);
  await server.says(/the worst risks:/);
  const runs = await feed(address, '/v1/runs');
  const ids = new Set(runs.map((run) => run['runId']));
  expect(stored.filter((run) => !ids.has(run['runId']))).toEqual([]);
  expect(ids.size).toBe(runs.length);
  expect(toldTwice(runs)).toEqual([]);
  expect(runs.length).toBeGreaterThan(stored.length);

  const open = await feed(address, '/v1/findings?state=open');
  const fingerprints = open.map((finding) => finding['fingerprint']);
  expect(new Set(fingerprints).size).toBe(fingerprints.length);
  expect(open.length).toBeGreaterThanOrEqual(10);
  expect(server.printed()).not.toMatch(/unexpected|\{"level"|\n\s+at /);
  server.kill('SIGINT');
  expect((await server.ended).code).toBe(0);
});
