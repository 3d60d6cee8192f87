import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { createGate } from './gate.ts';

it('lets so many through at a time, in order, failed ones too', async () => {
  const gate = createGate(2);
  let running = 0;
  let most = 0;
  const order: number[] = [];
  const work = (number: number) => async (): Promise<void> => {
    order.push(number);
    running += 1;
    most = Math.max(most, running);
    await sleep(2);
    running -= 1;
    if (number % 2 === 0) throw new Error('even');
  };
  const ended = await Promise.allSettled(
    Array.from({ length: 9 }, (_, number) => gate.run(work(number))),
  );
  expect(most).toBe(2);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(ended.filter(({ status }) => status === 'rejected')).toHaveLength(5);
});
