import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { median, quantile, robustSpread } from './robust.ts';
import { streakProbability } from './streak.ts';

describe('robust location and spread', () => {
  it('interpolate between neighbours and leave the input alone', () => {
    const values = [4, 1, 3, 2];
    expect(median(values)).toBe(2.5);
    expect(quantile(values, 1)).toBe(4);
    expect(values).toEqual([4, 1, 3, 2]);
    expect(median([])).toBeNaN();
  });
  it('do not move for one outlier in ten', () => {
    const calm = [10, 11, 12, 13, 14, 15, 16, 17, 18];
    expect(median([...calm, 1e9])).toBeLessThan(15.1);
    expect(robustSpread([...calm, 1e9])).toBeLessThan(5);
    expect(robustSpread([7])).toBe(0);
  });
});

describe('a streak', () => {
  it('is less likely the longer it is and the better the job was before', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(500), fc.nat(500), (k, bad, good) => {
        const before = { failures: bad, successes: good };
        expect(streakProbability(k + 1, before)).toBeLessThan(streakProbability(k, before));
        expect(streakProbability(k, { failures: bad, successes: good + 1 })).toBeLessThan(
          streakProbability(k, before),
        );
      }),
    );
  });
});
