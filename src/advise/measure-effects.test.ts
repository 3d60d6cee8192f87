import { describe, expect, it } from 'vitest';
import type { AdviceStretch, MergedAdvice } from '../domain/judgement.ts';
import { measureEffects } from './measure-effects.ts';

const NOW = new Date('2026-11-21T00:00:00Z');
const stretch = (more: Partial<AdviceStretch> = {}): AdviceStretch => ({
  runs: 7,
  longestGapSeconds: 100_000,
  joules: 10,
  grams: 1,
  amount: 0.02,
  currency: 'EUR',
  ...more,
});
const effect = (measure: string, before: number | null, after: number) => ({
  measure,
  text: '',
  before,
  after,
  unit: '1',
});
const merged = (more: Partial<MergedAdvice> = {}): MergedAdvice => ({
  recommendationId: 'r',
  mergedAt: new Date('2026-11-14T00:00:00Z'),
  afterDays: 7,
  effects: [effect('rpo', 172_800, 43_200), effect('money', 0.02, 0.08)],
  riskBefore: 40,
  riskAfter: 40,
  before: stretch(),
  after: stretch(),
  ...more,
});
const verdict = (more: Partial<MergedAdvice>) => measureEffects(merged(more), NOW).verdict;
const gap = (longestGapSeconds: number | null) => stretch({ longestGapSeconds });

describe('the effect of a merged recommendation', () => {
  it('is judged by what it promised to lower', () => {
    expect(verdict({ after: gap(30_000) })).toBe('effective');
    expect(verdict({ after: gap(95_000) })).toBe('unchanged');
    expect(verdict({ after: gap(120_000) })).toBe('regressed');
    const costly = stretch({ longestGapSeconds: 30_000, runs: 28 });
    expect(verdict({ after: costly })).toBe('effective');
    const both = [effect('rpo', 172_800, 43_200), effect('risk', 40, 10)];
    expect(verdict({ effects: both, after: gap(30_000), riskAfter: 60 })).toBe('regressed');
  });

  it('takes no copy at all for the worst, and no figure for unknown', () => {
    expect(verdict({ after: gap(null) })).toBe('regressed');
    expect(verdict({ before: gap(null) })).toBe('effective');
    expect(verdict({ before: gap(null), after: gap(null) })).toBe('unknown');
    const cheaper = [effect('money', 0.08, 0.02)];
    expect(verdict({ effects: cheaper, after: stretch({ amount: null }) })).toBe('unknown');
    expect(verdict({ effects: cheaper, after: stretch({ currency: 'USD' }) })).toBe('unknown');
    expect(verdict({ effects: [effect('starts-per-minute', 9, 1)] })).toBe('unknown');
    const risks = { effects: [effect('risk', 40, 10)], riskBefore: null };
    expect(verdict(risks)).toBe('unknown');
  });

  it('shows every measure a day, with what was predicted', () => {
    const after = stretch({ runs: 28, grams: null });
    const { measures, measuredAt } = measureEffects(merged({ after }), NOW);
    expect(measuredAt).toBe(NOW);
    expect(measures).toEqual([
      { measure: 'risk', unit: '1', before: 40, after: 40, predicted: null },
      { measure: 'rpo', unit: 's', before: 100_000, after: 100_000, predicted: 43_200 },
      { measure: 'runs', unit: '1/d', before: 1, after: 4, predicted: null },
      { measure: 'money', unit: 'EUR/d', before: 0.02, after: 0.08, predicted: 0.08 },
      { measure: 'energy', unit: 'J/d', before: 10, after: 40, predicted: null },
      { measure: 'carbon', unit: 'g/d', before: 1, after: null, predicted: null },
    ]);
  });
});
