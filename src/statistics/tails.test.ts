import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { combineDependent, discoveryLimit } from './evidence.ts';
import {
  binomialTail,
  fittedTail,
  normalQuantile,
  studentTail,
  untruncatedExcess,
} from './tails.ts';
import { theilSen } from './theil-sen.ts';

describe('tails', () => {
  it('give the values of printed tables', () => {
    // Student's t: upper 2.5 %, 0.5 % and 0.05 % points.
    expect(studentTail(2.228, 10)).toBeCloseTo(0.025, 4);
    expect(studentTail(3.169, 10)).toBeCloseTo(0.005, 5);
    expect(studentTail(3.646, 30)).toBeCloseTo(0.0005, 5);
    expect(studentTail(0, 7)).toBeCloseTo(0.5, 9);
    expect(normalQuantile(0.5)).toBeCloseTo(0, 2);
    expect(normalQuantile(0.025)).toBeCloseTo(1.96, 3);
    expect(normalQuantile(0.0001)).toBeCloseTo(3.719, 3);
    expect(binomialTail(3, 10, 0.5)).toBeCloseTo(1 - 56 / 1_024, 9);
    expect(binomialTail(10, 10, 0.1)).toBeCloseTo(1e-10, 14);
  });

  it('fall with distance, and the fitted one not below what it was fitted to', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 30, noNaN: true }),
        fc.integer({ min: 3, max: 60 }),
        (t, dof) => {
          expect(studentTail(t + 0.1, dof)).toBeLessThan(studentTail(t, dof));
          const fit = { share: 0.03, excess: 0.5 };
          expect(fittedTail(fit, t + 0.1)).toBeLessThanOrEqual(fittedTail(fit, t));
        },
      ),
    );
  });

  it('see through the cut at five spreads', () => {
    for (const excess of [0.2, 0.5, 0.8]) {
      const cut = excess - 3 / Math.expm1(3 / excess);
      expect(untruncatedExcess(cut)).toBeCloseTo(excess, 4);
    }
    expect(untruncatedExcess(2)).toBe(1);
  });
});

describe('several probabilities', () => {
  it('of one thing said twice say it once', () => {
    for (const p of [1e-12, 1e-5, 0.01, 0.4])
      expect(combineDependent([p, p]) / p).toBeCloseTo(1, 3);
    expect(combineDependent([1e-8, 1])).toBeLessThan(1e-7);
    expect(combineDependent([])).toBe(1);
  });

  it('are discoveries only as far as chance allows', () => {
    expect(discoveryLimit([1e-6, 0.2, 0.9], 3, 0.05)).toBe(1e-6);
    expect(discoveryLimit([0.04], 100, 0.05)).toBe(0);
    expect(discoveryLimit([0.001, 0.002, 0.003], 100, 0.05)).toBe(0);
    expect(discoveryLimit([0.0004, 0.0009, 0.0014], 100, 0.05)).toBe(0.0014);
  });
});

describe('a slope', () => {
  it('is not moved by an outlier, and tells a step from a creep', () => {
    const creep = theilSen([0, 1, 2, 30, 4, 5, 6]);
    expect(creep.perStep).toBe(1);
    expect(theilSen([0, 0, 0, 10, 10, 10]).largestStep).toBe(1);
    expect(theilSen([0, 1, 2, 3, 4]).agreement).toBe(1);
  });
});
