import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quantile, robustSpread } from './robust.ts';
import { createSlotWindow } from './slot-window.ts';

const SIZE = 12;
const window = createSlotWindow({ header: 0, ring: 2, sorted: 2 + SIZE, size: SIZE });
const filled = (values: readonly number[]): Int16Array => {
  const memory = new Int16Array(2 + 2 * SIZE);
  for (const value of values) window.push(memory, value);
  return memory;
};
const slots = fc.array(fc.integer({ min: -30_000, max: 30_000 }), { minLength: 1, maxLength: 60 });

describe('a window of slots', () => {
  it('answers as if the last values were sorted anew', () => {
    fc.assert(
      fc.property(slots, fc.double({ min: 0, max: 1, noNaN: true }), (values, q) => {
        const memory = filled(values);
        const last = values.slice(-SIZE);
        expect(window.count(memory)).toBe(last.length);
        expect(window.quantile(memory, q)).toBeCloseTo(quantile(last, q), 6);
        expect(window.recent(memory, 5)).toBe(median(last.slice(-5)));
        const center = median(last);
        expect(window.spread(memory, center) + 1e-9).toBeGreaterThanOrEqual(
          last.length < 2 ? 0 : robustSpread(last, center),
        );
      }),
    );
  });

  it('knows the spread around any center', () => {
    fc.assert(
      fc.property(slots, fc.double({ min: -2, max: 2, noNaN: true }), (values, off) => {
        const last = values.slice(-SIZE);
        const center = median(last) + off * robustSpread(last);
        const quintiles = (quantile(last, 0.8) - quantile(last, 0.2)) / 1.683;
        const spread = Math.max(robustSpread(last, center), quintiles);
        expect(window.spread(filled(values), center)).toBeCloseTo(last.length < 2 ? 0 : spread, 6);
      }),
    );
  });

  it('is made again from its ring, and refuses a header that makes no sense', () => {
    fc.assert(
      fc.property(slots, (values) => {
        const memory = filled(values);
        const again = memory.slice();
        again.fill(0, 2 + SIZE);
        expect(window.restore(again)).toBe(true);
        const held = 2 + SIZE + window.count(memory);
        expect(again.subarray(0, held)).toEqual(memory.subarray(0, held));
      }),
    );
    const broken = filled([1, 2, 3]);
    broken[0] = SIZE + 1;
    expect(window.restore(broken)).toBe(false);
  });
});
