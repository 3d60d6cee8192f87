import { expect, it, vi } from 'vitest';
import { createFactQueue, type Placed } from './fact-queue.ts';

const placed = (name: string, orderAt: number | null): Placed => ({
  orderAt,
  waiting: {
    reader: {
      engine: 'volsync',
      kinds: [],
      onObject: () => ({}),
      onDeleted: () => ({}),
      idOf: () => null,
    },
    kind: name,
    writtenAt: null,
    change: 'object',
    object: {},
  },
});

function queueOf(limit: number) {
  const stop = new AbortController();
  const onPush = vi.fn<() => void>();
  const queue = createFactQueue(limit, onPush, stop.signal);
  const taken = (at: number): string[] => queue.take(new Date(at)).map(({ kind }) => kind);
  return { queue, taken, stop, onPush };
}

/** True when the promise is still pending after all that can run has run. */
async function waits(promise: Promise<void>): Promise<boolean> {
  let pending = true;
  void promise.finally(() => {
    pending = false;
  });
  await new Promise((resolve) => setImmediate(resolve));
  return pending;
}

it('gives out in order what happened up to the instant and keeps what came later', async () => {
  const { queue, taken } = queueOf(9);
  for (const [name, at] of [
    ['a', 1],
    ['b', 5],
    ['c', null],
    ['d', 3],
  ] as const)
    await queue.push(placed(name, at));
  expect(taken(3)).toEqual(['a', 'c', 'd']);
  expect(taken(4)).toEqual([]);
  expect(taken(5)).toEqual(['b']);
});

it('holds its feeder while it is full, and tells that there is something to take', async () => {
  const { queue, taken, onPush } = queueOf(1);
  await queue.push(placed('a', 1));
  const second = queue.push(placed('b', 1));
  expect(await waits(second)).toBe(true);
  expect(onPush).toHaveBeenCalledTimes(2);
  expect(taken(1)).toEqual(['a']);
  expect(await waits(second)).toBe(false);
  expect(taken(1)).toEqual(['b']);
});

it('has room for what the cycle waits for, full or not', async () => {
  const { queue, taken } = queueOf(1);
  await queue.push(placed('later', 9));
  const early = queue.push(placed('early', 4));
  expect(await waits(early)).toBe(true);
  queue.await(new Date(5));
  expect(await waits(early)).toBe(false);
  expect(await waits(queue.push(placed('much later', 8)))).toBe(true);
  expect(taken(5)).toEqual(['early']);
});

it('lets its feeder go when the reading ends', async () => {
  const { queue, stop } = queueOf(1);
  await queue.push(placed('a', 1));
  const second = queue.push(placed('b', 1));
  stop.abort();
  expect(await waits(second)).toBe(false);
});
