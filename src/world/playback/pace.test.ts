import { setImmediate } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { DAY_MS } from '../../domain/time.ts';
import { createPace } from './pace.ts';

const DAYS = 90;
const signal = new AbortController().signal;

function replay(patienceMs = 60_000) {
  const world = { now: 0, told: null as number | null };
  const pace = createPace(
    { now: () => world.now, target: () => DAYS * DAY_MS, toldAt: () => world.told },
    patienceMs,
  );
  return { world, pace };
}

/** Whether the replay waits for the reader there. */
async function waits(told: number, now: number): Promise<boolean> {
  const { world, pace } = replay();
  Object.assign(world, { told: told * DAY_MS, now: now * DAY_MS });
  let gone = false;
  const going = pace(signal).then(() => (gone = true));
  await new Promise((resolve) => setTimeout(resolve, 30));
  const waited = !gone;
  world.told = world.now;
  await going;
  return waited;
}

it('runs some days ahead of its reader at first, and a day near the end', async () => {
  expect(await waits(0, 15)).toBe(false);
  expect(await waits(0, 20)).toBe(true);
  expect(await waits(88, 88.9)).toBe(false);
  expect(await waits(88, 89.1)).toBe(true);
});

it('waits for nobody who never asked, nor for long for one that has gone', async () => {
  const { world, pace } = replay(20);
  world.now = 80 * DAY_MS;
  await pace(signal);
  world.told = 0;
  const begun = performance.now();
  await pace(signal);
  expect(performance.now() - begun).toBeGreaterThan(15);
  let gone = false;
  void pace(signal).then(() => (gone = true));
  await setImmediate();
  expect(gone).toBe(true);
});
