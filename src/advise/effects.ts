import type { RecommendationDraft, RiskScore } from '../domain/judgement.ts';

export type Effect = RecommendationDraft['effects'][number];

/** The score if only the terms that `stays` keeps were left; the impact is unchanged. */
export function scoreWith(risk: RiskScore, stays: (term: string) => boolean): number {
  const rate = risk.terms
    .filter(({ name }) => stays(name))
    .reduce((sum, term) => sum + term.rate, 0);
  return round(-Math.expm1(-rate) * risk.impact * 100);
}

/** What a change does to the risk of claims, as the sum of their scores. */
export function riskEffect(
  risks: readonly RiskScore[],
  stays: (term: string) => boolean,
): Effect[] {
  if (risks.length === 0) return [];
  const before = round(risks.reduce((sum, { score }) => sum + score, 0));
  const after = round(risks.reduce((sum, risk) => sum + scoreWith(risk, stays), 0));
  const whose =
    risks.length === 1 ? 'risk of the claim' : `risk of ${risks.length} claims together`;
  const text = `${whose}: ${before} → ${after}`;
  return [{ measure: 'risk', text, before, after, unit: '1' }];
}

/** A change of the age at which a copy counts as too old. */
export function rpoEffect(before: number | null, after: number): Effect {
  const text =
    before === null
      ? `copies at most ${hours(after)} old`
      : `copies at most ${hours(after)} old instead of ${hours(before)}`;
  return { measure: 'rpo', text, before, after, unit: 's' };
}

function hours(seconds: number): string {
  const whole = Math.round(seconds / 360) / 10;
  return whole >= 48 ? `${Math.round(whole / 2.4) / 10} d` : `${whole} h`;
}

function round(score: number): number {
  return Math.round(score * 10) / 10;
}
