import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DAY_MS } from '../../domain/time.ts';
import { createDemoWorld, type DemoWorld } from './demo-world.ts';
import { statePath } from './demo-state.ts';

let directory: string;
let world: DemoWorld | null = null;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-demo-'));
});
afterEach(async () => {
  await world?.stop();
  world = null;
  await rm(directory, { recursive: true });
});

const until = async (met: () => boolean): Promise<void> => {
  while (!met()) await new Promise((resolve) => setTimeout(resolve, 20));
};

async function begin(options: {
  seed?: number;
  speed?: number;
  graceMs?: number;
  wall?: () => number;
}) {
  const { wall = Date.now, ...rest } = options;
  const wallClock = { now: () => new Date(wall()) };
  world = createDemoWorld({ directory, wallClock, ...rest });
  return world.start();
}

it('plays ninety days through the watch, then goes on in real time', async () => {
  const demo = await begin({ seed: 3 });
  expect(demo.anchor.getTime() - demo.now().getTime()).toBe(90 * DAY_MS);
  const path = '/apis/volsync.backube/v1alpha1/replicationsources?watch=1';
  const response = await fetch(demo.server + path);
  const reader = response.body?.getReader();
  let bytes = 0;
  const reading = (async () => {
    for (;;) {
      const chunk = await reader?.read().catch(() => ({ done: true as const, value: undefined }));
      if (!chunk || chunk.done) return;
      bytes += chunk.value.length;
    }
  })();
  await until(() => !demo.replaying());
  expect(bytes).toBeGreaterThan(10_000_000);
  expect(Math.abs(demo.now().getTime() - Date.now())).toBeLessThan(60_000);
  expect(demo.progress()).toBe(1);
  expect(await (await fetch(`${demo.server}/version`)).text()).toContain('plimsoll-demo');
  await world?.stop();
  world = null;
  await reading;
});

it('resumes where it was, a little behind, and plays what it missed', async () => {
  const first = await begin({ seed: 3, graceMs: 0 });
  await until(() => first.progress() > 0.3);
  const at = first.now().getTime();
  await world?.stop();
  const again = await begin({});
  expect(again.seed).toBe(3);
  expect(again.anchor).toStrictEqual(first.anchor);
  expect(again.now().getTime()).toBeLessThanOrEqual(at + 5 * DAY_MS);
  expect(again.now().getTime()).toBeGreaterThanOrEqual(first.anchor.getTime() - 90 * DAY_MS);
});

it('runs faster with a speed', async () => {
  let wall = Date.now();
  const demo = await begin({ seed: 3, graceMs: 0, speed: 60, wall: () => wall });
  await until(() => !demo.replaying());
  wall += 60_000;
  const target = demo.anchor.getTime() + 59 * 60_000;
  await until(() => demo.now().getTime() >= target);
  expect(demo.now().getTime()).toBeLessThan(demo.anchor.getTime() + 62 * 60_000);
});

it.each(['{"version":1', '{"version":1,"seed":"x"}', ''])(
  'refuses a corrupt state file %j and says how to begin anew',
  async (content) => {
    await writeFile(statePath(directory), content);
    await expect(begin({})).rejects.toMatchObject({
      code: 'store-corrupt',
      nextStep: expect.stringContaining('demo --reset') as unknown,
    });
    expect(await readFile(statePath(directory), 'utf8')).toBe(content);
  },
);

it('refuses another seed than the one it was begun with', async () => {
  await begin({ seed: 3 });
  await world?.stop();
  await expect(begin({ seed: 4 })).rejects.toMatchObject({ code: 'conflict' });
});
