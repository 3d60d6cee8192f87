import { describe, expect, it } from 'vitest';
import { seeded } from '../../test/support/run-lines.ts';
import type { Reading } from './channel.ts';
import { CONSECUTIVE_SLOTS, createConsecutive, productTail } from './consecutive.ts';

const rows = createConsecutive(0);
const reading = (z: number, probability = Math.abs(z) < 2 ? 1 : Math.exp(-Math.abs(z))): Reading =>
  ({ z, probability }) as Reading;
function after(...readings: Reading[]) {
  const memory = new Int16Array(CONSECUTIVE_SLOTS);
  for (const one of readings) rows.learn(memory, one);
  return memory;
}

describe('odd readings in a row', () => {
  it('say together what chance explains less than each', () => {
    const two = rows.read(after(reading(3, 0.004), reading(3, 0.004)));
    expect(two?.count).toBe(2);
    expect(two?.probability).toBeCloseTo(2 * productTail(-2 * Math.log(0.004), 2), 5);
    const three = rows.read(after(...Array.from({ length: 3 }, () => reading(3, 0.004))));
    expect(three?.probability).toBeLessThan(two?.probability ?? 0);
  });

  it('are none when the newest is usual, stands alone, or lies on the other side', () => {
    for (const last of [reading(0.4), reading(-3)])
      expect(rows.read(after(reading(3), reading(3), last))).toBeNull();
    expect(rows.read(after(reading(1), reading(3)))).toBeNull();
  });

  it('say less in a series whose values follow each other', () => {
    const random = seeded(7);
    const normal = (): number =>
      Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    const independenceOf = (follows: number): number => {
      const memory = new Int16Array(CONSECUTIVE_SLOTS);
      let mean = 0;
      for (let step = 0, z = 0; step < 400; step += 1) {
        z = follows * z + Math.sqrt(1 - follows ** 2) * normal();
        rows.learn(memory, reading(z));
        mean += rows.independence(memory) / 400;
      }
      return mean;
    };
    expect(independenceOf(0)).toBeGreaterThan(0.9);
    expect(independenceOf(0.8)).toBeLessThan(0.4);
  });
});

describe('the tail of a product', () => {
  it('is that of Fisher’s combination', () => {
    expect(productTail(3, 1)).toBeCloseTo(Math.exp(-3), 12);
    const random = seeded(1);
    const draws = 200_000;
    let below = 0;
    for (let draw = 0; draw < draws; draw += 1)
      if (random() * random() * random() <= 0.01) below += 1;
    expect(below / draws).toBeCloseTo(productTail(-Math.log(0.01), 3), 2);
  });
});
