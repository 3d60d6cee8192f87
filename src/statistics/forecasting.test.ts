import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isotonic } from './isotonic.ts';
import {
  endDay,
  freshBelief,
  observe,
  precisionFactor,
  logitVariance,
  sigmoid,
} from './logistic-belief.ts';
import {
  averagePrecision,
  brierScore,
  brierSkill,
  calibrationError,
  reliability,
} from './probability-scores.ts';

const even = (values: number[]) => isotonic(values.map((value) => ({ value, weight: 1 })));

const sum = (list: number[]) => list.reduce((total, v) => total + v, 0);

describe('isotonic regression', () => {
  it('pools what falls', () => {
    expect(even([1, 2, 3])).toEqual([1, 2, 3]);
    expect(even([1, 3, 2])).toEqual([1, 2.5, 2.5]);
    expect(
      isotonic([
        { value: 1, weight: 3 },
        { value: 0, weight: 1 },
      ]),
    ).toEqual([0.75, 0.75]);
    expect(isotonic([])).toEqual([]);
  });
  it('never falls and keeps the weighted sum', () => {
    const value = fc.double({ min: -9, max: 9, noNaN: true });
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), (values) => {
        const fitted = isotonic(values.map((v) => ({ value: v, weight: 1 })));
        fitted.slice(1).forEach((v, i) => expect(v).toBeGreaterThanOrEqual(fitted[i]! - 1e-9));
        expect(sum(fitted)).toBeCloseTo(sum(values), 6);
      }),
    );
  });
});

describe('a logistic belief', () => {
  const prior = { mean: [0, 0], precision: 1 };
  it('finds the weights day by day and grows surer', () => {
    const belief = freshBelief(prior);
    const before = logitVariance(precisionFactor(belief, prior), [1, 1]);
    let seed = 3;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let day = 0; day < 60; day += 1) {
      for (let i = 0; i < 200; i += 1) {
        const x = 2 * random() - 1;
        observe(belief, [1, x], random() < sigmoid(-1 + 2 * x) ? 1 : 0);
      }
      endDay(belief, prior, 1);
    }
    expect(belief.mean[0]).toBeCloseTo(-1, 0.7);
    expect(belief.mean[1]).toBeCloseTo(2, 0.7);
    expect(logitVariance(precisionFactor(belief, prior), [1, 1])).toBeLessThan(before / 100);
  });
  it('stays at its prior while nothing is seen', () => {
    const belief = freshBelief({ mean: [0.3, -2], precision: 4 });
    endDay(belief, { mean: [0.3, -2], precision: 4 }, 0.9);
    expect(belief.mean).toEqual([0.3, -2]);
  });
});

describe('scores of probabilities', () => {
  const stated = [0.1, 0.4, 0.35, 0.8].map((probability, i) => ({
    probability,
    outcome: [0, 0, 1, 1][i]!,
  }));
  it('are those of the textbooks', () => {
    expect(averagePrecision(stated)).toBeCloseTo(0.8333, 4);
    expect(brierScore(stated)).toBeCloseTo(0.158125, 6);
    expect(brierSkill(stated)).toBeCloseTo(1 - 0.158125 / 0.25, 6);
  });
  it('a forecast that ties everything has the base rate as its average precision', () => {
    expect(averagePrecision([0, 1, 0, 0].map((outcome) => ({ probability: 0.5, outcome })))).toBe(
      0.25,
    );
  });
  it('the calibration error is zero where bins keep their word', () => {
    const fair = Array.from({ length: 100 }, (_, i) => ({ probability: 0.5, outcome: i % 2 }));
    expect(calibrationError(fair, 5)).toBeCloseTo(0, 10);
    expect(reliability(fair, 5)).toHaveLength(5);
  });
});
