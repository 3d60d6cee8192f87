import { describe, expect, it } from 'vitest';
import type { AdviceEffectMeasured, MergedAdvice } from '../domain/judgement.ts';
import { isFollowUpDue, measureAdvice, readFigures } from './follow-advice.ts';

const at = (time: string) => new Date(`2026-11-${time}:00Z`);
const memory = (asked: string, judged: string) => ({
  figures: { at: at(asked), byPolicy: new Map() },
  judgedAt: at(judged),
});

describe('following advice', () => {
  it('is due once an hour, and once a day of a past that is caught up with', () => {
    expect(isFollowUpDue({ figures: null, judgedAt: null }, at('02T10:00'))).toBe(true);
    expect(isFollowUpDue(memory('02T10:00', '02T10:50'), at('02T10:55'))).toBe(false);
    expect(isFollowUpDue(memory('02T10:00', '02T10:55'), at('02T11:00'))).toBe(true);
    expect(isFollowUpDue(memory('02T10:00', '02T10:00'), at('02T16:00'))).toBe(false);
    expect(isFollowUpDue(memory('02T10:00', '02T20:00'), at('03T01:00'))).toBe(true);
  });

  it('asks for thirty days of figures and writes nothing when nothing is due', async () => {
    const asked: unknown[] = [];
    const saved: AdviceEffectMeasured[] = [];
    let due: MergedAdvice[] = [];
    const store = {
      readPolicyFigures: async (_tenant: string, _cluster: string, since: Date) => {
        asked.push(since);
        return [{ policyId: 'p', joules: 1, grams: null, amount: null, currency: null }];
      },
      readMergedAdvice: async () => due,
      saveAdviceEffects: async (
        _tenant: string,
        _cluster: string,
        effects: readonly AdviceEffectMeasured[],
      ) => {
        asked.push('saved');
        saved.push(...effects);
      },
    };
    const deps = { store, tenantId: 't', clusterId: 'c' };
    const figures = await readFigures(deps, at('30T00:00'));
    expect(figures.byPolicy.get('p')?.joules).toBe(1);
    expect(asked).toEqual([new Date('2026-10-31T00:00:00Z')]);
    await measureAdvice(deps, at('30T00:00'));
    expect(saved).toEqual([]);
    const nothing = { joules: null, grams: null, amount: null, currency: null };
    const stretch = { runs: 1, longestGapSeconds: 1, ...nothing };
    due = [
      {
        recommendationId: 'r',
        mergedAt: at('20T00:00'),
        afterDays: 7,
        effects: [],
        riskBefore: 1,
        riskAfter: 1,
        before: stretch,
        after: stretch,
      },
    ];
    await measureAdvice(deps, at('30T00:00'));
    expect(saved).toMatchObject([{ recommendationId: 'r', afterDays: 7, verdict: 'unknown' }]);
    expect(asked.at(-1)).toBe('saved');
  });
});
