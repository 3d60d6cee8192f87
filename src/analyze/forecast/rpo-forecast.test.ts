import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { rpoBreakProbability } from './rpo-forecast.ts';
import type { RpoOutlook } from './rpo-forecast.ts';

const HOUR = 3_600_000;
const daily: RpoOutlook = {
  lastGoodAt: 0,
  rpoMs: 48 * HOUR,
  now: 20 * HOUR,
  until: 20 * HOUR + 7 * 24 * HOUR,
  dues: [1, 2, 3, 4, 5, 6, 7].map((day) => day * 24 * HOUR),
  delayMs: 0,
  durationMs: HOUR,
  first: 0.1,
  afterSuccess: 0.1,
  afterFailure: 0.4,
};

describe('the probability that the RPO breaks', () => {
  it('is sure when it is broken or nothing was ever saved', () => {
    expect(rpoBreakProbability({ ...daily, lastGoodAt: null })).toBe(1);
    expect(rpoBreakProbability({ ...daily, now: 49 * HOUR })).toBe(1);
  });

  it('is that of the one run that can prevent it', () => {
    const until = daily.now + 30 * HOUR;
    // The run due at 24 h ends by 25 h; the one due at 48 h would end after the copy has become too old.
    expect(rpoBreakProbability({ ...daily, until })).toBeCloseTo(0.1, 10);
    expect(rpoBreakProbability({ ...daily, until: daily.now + HOUR })).toBeCloseTo(0, 10);
  });

  it('counts a copy from the start of its run, which comes after the due time', () => {
    const at = { ...daily, now: 24 * HOUR, lastGoodAt: 1, until: 72 * HOUR };
    // Without a delay the copy of the run due at 24 h is too old at 72 h and not later.
    expect(rpoBreakProbability(at)).toBeGreaterThan(0.18);
    expect(rpoBreakProbability({ ...at, delayMs: 60_000 })).toBeCloseTo(0.1, 2);
  });

  it('agrees with outcomes drawn one by one', () => {
    let broken = 0;
    let seed = 7;
    const random = (): number => (seed = (seed * 16_807) % 2_147_483_647) / 2_147_483_647;
    for (let trial = 0; trial < 40_000; trial += 1) if (breaks(random)) broken += 1;
    expect(rpoBreakProbability(daily)).toBeCloseTo(broken / 40_000, 1.7);
  });

  it('grows with the horizon, the chance of failing and a tighter target', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 0.9, noNaN: true }),
        fc.integer({ min: 25, max: 96 }),
        (p, h) => {
          const at = { ...daily, first: p, afterSuccess: p, afterFailure: p, rpoMs: h * HOUR };
          const one = rpoBreakProbability(at);
          expect(one).toBeGreaterThanOrEqual(-1e-9);
          expect(one).toBeLessThanOrEqual(1 + 1e-9);
          expect(rpoBreakProbability({ ...at, until: daily.now + 24 * HOUR })).toBeLessThanOrEqual(
            one + 1e-9,
          );
          expect(rpoBreakProbability({ ...at, first: p + 0.1 })).toBeGreaterThanOrEqual(one - 1e-9);
          expect(rpoBreakProbability({ ...at, rpoMs: (h + 24) * HOUR })).toBeLessThanOrEqual(
            one + 1e-9,
          );
        },
      ),
    );
  });
});

function breaks(random: () => number): boolean {
  let copyAt = 0;
  let chance = daily.first;
  for (const due of daily.dues) {
    if (due + daily.durationMs > copyAt + daily.rpoMs) return true;
    const failed = random() < chance;
    if (!failed) copyAt = due;
    chance = failed ? daily.afterFailure : daily.afterSuccess;
  }
  return copyAt + daily.rpoMs <= daily.until;
}
