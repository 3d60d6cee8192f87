import { expect, it } from 'vitest';
import { createArrivals } from './arrivals.ts';

const at = (second: number): Date => new Date(Date.UTC(2026, 10, 21, 6, 0, second));
const LOOKS = 2;

it('has everything when nothing is watched', () => {
  expect(createArrivals().reached(at(0), LOOKS, false)).toBe(true);
});

it('waits until every watch shows something written later', () => {
  const arrivals = createArrivals();
  arrivals.note('a', at(5));
  arrivals.note('b', at(1));
  expect(arrivals.reached(at(4), LOOKS, true)).toBe(false);
  arrivals.note('b', at(4));
  expect(arrivals.reached(at(4), LOOKS, true)).toBe(false);
  arrivals.note('b', at(5));
  expect(arrivals.reached(at(4), LOOKS, false)).toBe(true);
});

it('takes silence for the end, counted since it began to listen', () => {
  const arrivals = createArrivals();
  arrivals.note('a', at(1));
  for (let look = 0; look < LOOKS; look += 1) arrivals.look();
  arrivals.begin();
  expect(arrivals.reached(at(4), LOOKS, false)).toBe(false);
  arrivals.look();
  arrivals.note('a', at(2));
  arrivals.look();
  expect(arrivals.reached(at(4), LOOKS, false)).toBe(false);
  arrivals.look();
  expect(arrivals.reached(at(4), LOOKS, false)).toBe(true);
});

it('waits no longer for a watch without stamps when it is late', () => {
  const arrivals = createArrivals();
  expect(arrivals.note('a', null)).toBeNull();
  expect(arrivals.reached(at(4), LOOKS, false)).toBe(false);
  expect(arrivals.reached(at(4), LOOKS, true)).toBe(true);
});

it('places an object at the newest stamp of its own watch', () => {
  const arrivals = createArrivals();
  arrivals.note('a', at(5));
  expect(arrivals.note('a', at(3))).toBe(at(5).getTime());
  expect(arrivals.note('a', null)).toBe(at(5).getTime());
  expect(arrivals.note('b', at(3))).toBe(at(3).getTime());
});
