import type { AdviceEffectMeasured, AdviceStretch, MergedAdvice } from '../domain/judgement.ts';
import type { AdviceVerdict } from '../domain/words.ts';

/** How long after a merge its effect is measured, against as many days before it. */
export const MEASURED_AFTER_DAYS = [7, 30] as const;

/** A change of less is chance, not effect. */
const MATERIAL = 0.1;

type Measure = AdviceEffectMeasured['measures'][number];

/**
 * What a merged recommendation has done. It is `regressed` when anything it promised to lower has risen by a tenth,
 * `effective` when something of it has fallen by as much and nothing of it has risen, `unchanged` between the two, and
 * `unknown` when none of it could be measured.
 */
export function measureEffects(advice: MergedAdvice, measuredAt: Date): AdviceEffectMeasured {
  const { recommendationId, mergedAt, afterDays } = advice;
  const measures = measuresOf(advice);
  const promised = new Set(
    advice.effects
      .filter(({ before, after }) => after !== null && (before === null || after < before))
      .map(({ measure }) => measure),
  );
  const verdict = verdictOf(measures.filter(({ measure }) => promised.has(measure)));
  return { recommendationId, mergedAt, afterDays, verdict, measures, measuredAt };
}

function measuresOf({ effects, before, after, afterDays, ...rest }: MergedAdvice): Measure[] {
  const perDay = (stretch: AdviceStretch, figure: number | null) =>
    figure === null ? null : (figure * stretch.runs) / afterDays;
  const money = before.currency ?? after.currency;
  const sameMoney = (before.currency ?? money) === (after.currency ?? money);
  const found: [string, string, number | null, number | null][] = [
    ['risk', '1', rest.riskBefore, rest.riskAfter],
    ['rpo', 's', before.longestGapSeconds, after.longestGapSeconds],
    ['runs', '1/d', before.runs / afterDays, after.runs / afterDays],
    [
      'money',
      `${money ?? '?'}/d`,
      sameMoney ? perDay(before, before.amount) : null,
      sameMoney ? perDay(after, after.amount) : null,
    ],
    ['energy', 'J/d', perDay(before, before.joules), perDay(after, after.joules)],
    ['carbon', 'g/d', perDay(before, before.grams), perDay(after, after.grams)],
  ];
  return found.map(([measure, unit, was, is]) => {
    const predicted = effects.find((effect) => effect.measure === measure)?.after ?? null;
    return { measure, unit, before: was, after: is, predicted };
  });
}

function verdictOf(measures: readonly Measure[]): AdviceVerdict {
  const ways = measures.map(wayOf).filter((way) => way !== 'unknown');
  if (ways.length === 0) return 'unknown';
  if (ways.includes('worse')) return 'regressed';
  return ways.includes('better') ? 'effective' : 'unchanged';
}

function wayOf({ measure, before, after }: Measure): 'better' | 'worse' | 'same' | 'unknown' {
  if (before === null || after === null) {
    if (measure !== 'rpo' || before === after) return 'unknown';
    // A stretch without any new copy is known to be the worse one.
    return before === null ? 'better' : 'worse';
  }
  if (after > before * (1 + MATERIAL)) return 'worse';
  return after < before * (1 - MATERIAL) ? 'better' : 'same';
}
