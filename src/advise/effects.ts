import type { AdviceEffect, AdviceOption } from '../domain/judgement.ts';
import type { AdvisedPolicy, AdvisedRisk } from './advice-input.ts';

/** The score if only the terms that `stays` keeps were left; the impact is unchanged. */
export function scoreWith(risk: AdvisedRisk, stays: (term: string) => boolean): number {
  const rate = risk.terms
    .filter(({ name }) => stays(name))
    .reduce((sum, term) => sum + term.rate, 0);
  return round(-Math.expm1(-rate) * risk.impact * 100);
}

/** What a change does to the risk of claims, as the sum of their scores. */
export function riskEffect(
  risks: readonly AdvisedRisk[],
  stays: (term: string) => boolean,
): AdviceEffect[] {
  if (risks.length === 0) return [];
  const before = round(risks.reduce((sum, { score }) => sum + score, 0));
  // Each is rounded by itself, so a claim that its other way back holds up could seem to get worse.
  const after = Math.min(
    before,
    round(risks.reduce((sum, risk) => sum + scoreWith(risk, stays), 0)),
  );
  const whose =
    risks.length === 1 ? 'risk of the claim' : `risk of ${risks.length} claims together`;
  const text =
    after === before ? `${whose}: ${before} as before` : `${whose}: ${before} → ${after}`;
  return [{ measure: 'risk', text, before, after, unit: '1' }];
}

/** A change of the age at which a copy counts as too old. */
export function rpoEffect(before: number | null, after: number): AdviceEffect {
  const text =
    before === null
      ? `copies at most ${hours(after)} old`
      : `copies at most ${hours(after)} old instead of ${hours(before)}`;
  return { measure: 'rpo', text, before, after, unit: 's' };
}

const DAY_SECONDS = 86_400;
/** Nineteen times in twenty a copy comes before it is older. */
const SELDOM = 0.05;

/**
 * What other intervals between the runs of a policy do, by its own history: how old the newest copy gets, counting the
 * failures in a row that its forecast leads one to expect (one, when there is no forecast), and what its runs a day take
 * at what a run has taken so far. What a run takes is not known: null. Where runs collide, the forecast is of collisions
 * that the change ends, and the interval is not what has been kept: one failure counts, and nothing is said of before.
 */
export function intervalEffects(
  { figures, failureChance }: AdvisedPolicy,
  before: number,
  after: number,
  collide = false,
): AdviceEffect[] {
  const spans = spansOf(collide ? null : failureChance);
  const both = (measure: string, figure: number | null, unit: string): AdviceEffect => {
    const [was, is] = [perDay(figure, before), perDay(figure, after)];
    const text =
      was === null || is === null
        ? `${NAMES[measure]} a day: not known`
        : `${NAMES[measure]} a day: ${was} → ${is}${unit === '1' ? '' : ` ${unit}`}`;
    return { measure, text, before: was, after: is, unit: `${unit}/d` };
  };
  return [
    rpoEffect(collide ? null : spans * before, spans * after),
    both('runs', 1, '1'),
    both('money', figures?.amount ?? null, figures?.currency ?? '?'),
    both('energy', figures?.joules ?? null, 'J'),
    both('carbon', figures?.grams ?? null, 'g'),
  ];
}

const NAMES: Record<string, string> = {
  runs: 'runs',
  money: 'cost of its runs',
  energy: 'energy of its runs',
  carbon: 'emissions of its runs',
};

/** Intervals that pass until the next copy, nineteen times in twenty. */
function spansOf(failureChance: number | null): number {
  if (failureChance === null) return 2;
  const chance = Math.min(0.9, Math.max(0.001, failureChance));
  return Math.max(1, Math.ceil(Math.log(SELDOM) / Math.log(chance)));
}

const TRADED = ['rpo', 'money', 'carbon'];

/** Marks the options that no other beats; where a figure is not known, nothing is said to be better. */
export function markPareto(options: readonly Omit<AdviceOption, 'pareto'>[]): AdviceOption[] {
  const points = options.map(({ effects }) =>
    TRADED.map((name) => effects.find(({ measure }) => measure === name)?.after ?? null),
  );
  return options.map((option, at) => ({
    ...option,
    pareto: !points.some((other) => beats(other, points[at]!)),
  }));
}

function beats(one: readonly (number | null)[], other: readonly (number | null)[]): boolean {
  let better = false;
  for (const [at, value] of one.entries()) {
    const against = other[at] ?? null;
    if (value === null || against === null || value > against) return false;
    if (value < against) better = true;
  }
  return better;
}

function perDay(figure: number | null, seconds: number): number | null {
  return figure === null ? null : significant((figure * DAY_SECONDS) / seconds);
}

/** Two digits that say something: figures of runs drift, and advice does not change with them. */
function significant(value: number): number {
  return Number(value.toPrecision(2));
}

function hours(seconds: number): string {
  const whole = Math.round(seconds / 360) / 10;
  return whole >= 48 ? `${Math.round(whole / 2.4) / 10} d` : `${whole} h`;
}

function round(score: number): number {
  return Math.round(score * 10) / 10;
}
