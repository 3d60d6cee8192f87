import type { ImpactTerm, Readiness, RiskScore, RiskTerm, WayBack } from '../domain/judgement.ts';
import { DAY_MS, SECOND_MS } from '../domain/time.ts';
import { keyOf } from './ways-back.ts';

/** How far ahead a risk looks. */
export const HORIZON_SECONDS = (30 * DAY_MS) / SECOND_MS;

/** One independent way to lose recoverability; `rate` in 1/horizon, at least 0. */
export interface RiskRate {
  name: string;
  text: string;
  rate: number;
}

export interface RiskInput {
  resourceId: string;
  rates: readonly RiskRate[];
  /** 0..1 */
  impact: number;
  impactTerms: ImpactTerm[];
  ways: WayBack[];
  readiness: Readiness;
  rpoTargetSeconds: number | null;
  rpoSource: RiskScore['rpoSource'];
  rpoWhy: string;
  rpoAchievedSeconds: number | null;
  rtoTargetSeconds: number | null;
  rtoWhy: string;
  judgedAt: Date;
}

/**
 * Probability 1 − exp(−Σ rate), score probability × impact × 100. Each term's share of the score is its share of
 * the rates; the score is the plain sum of the terms' contributions, in their order.
 */
export function scoreRisk({ rates, impact, ...rest }: RiskInput): RiskScore {
  const ordered = [...rates].sort((a, b) => b.rate - a.rate || (a.name < b.name ? -1 : 1));
  const total = ordered.reduce((sum, { rate }) => sum + rate, 0);
  const probability = -Math.expm1(-total);
  const expected = probability * impact * 100;
  const terms: RiskTerm[] = ordered.map((one) => ({
    ...one,
    contribution: total === 0 ? 0 : (expected * one.rate) / total,
  }));
  const score = terms.reduce((sum, { contribution }) => sum + contribution, 0);
  return { ...rest, probability, impact, score, horizonSeconds: HORIZON_SECONDS, terms };
}

/** Less than this is ageing, not news. */
const MATERIAL_SCORE = 1;
/** 1/horizon; between forecasts of 1 % and of 9 %. */
const MATERIAL_FORECAST_RATE = 0.02;
const SAME_POINT_SECONDS = 120;

/** What is remembered of a score as it was written: what tells whether the next one says anything else. */
export interface WrittenRisk extends Pick<
  RiskScore,
  'score' | 'impact' | 'rpoTargetSeconds' | 'rpoWhy' | 'rtoTargetSeconds' | 'rtoWhy'
> {
  level: Readiness['level'];
  /** When the newest copy was taken, in ms since 1970. */
  takenAt: number | null;
  ways: (WayKey & { newestAt: number })[];
  terms: Pick<RiskTerm, 'name' | 'text' | 'rate'>[];
}

type WayKey = Pick<WayBack, 'policyId' | 'repositoryId' | 'sameStorage'>;

export function writtenRisk(risk: RiskScore): WrittenRisk {
  const { score, impact, rpoTargetSeconds, rpoWhy, rtoTargetSeconds, rtoWhy } = risk;
  return {
    score,
    impact,
    rpoTargetSeconds,
    rpoWhy,
    rtoTargetSeconds,
    rtoWhy,
    level: risk.readiness.level,
    takenAt: takenAt(risk),
    ways: risk.ways.map(({ policyId, repositoryId, sameStorage, newestAt }) => {
      return { policyId, repositoryId, sameStorage, newestAt: newestAt.getTime() };
    }),
    terms: risk.terms.map(({ name, text, rate }) => ({ name, text, rate })),
  };
}

/**
 * True when the written score no longer tells the reader the truth: another score, level, target, newest restore
 * point, reason or its words. Ageing alone is written when it has moved the score by a point.
 */
export function changedMaterially(written: WrittenRisk | undefined, next: RiskScore): boolean {
  if (written === undefined) return true;
  return (
    Math.abs(written.score - next.score) >= MATERIAL_SCORE ||
    written.impact !== next.impact ||
    written.level !== next.readiness.level ||
    written.rpoTargetSeconds !== next.rpoTargetSeconds ||
    written.rpoWhy !== next.rpoWhy ||
    written.rtoTargetSeconds !== next.rtoTargetSeconds ||
    written.rtoWhy !== next.rtoWhy ||
    !samePoint(written.takenAt, takenAt(next)) ||
    !sameWays(written.ways, next.ways) ||
    namesOf(written.terms) !== namesOf(next.terms) ||
    otherWords(written.terms, next.terms)
  );
}

/**
 * A forecast's chance is always moving a little, so its words are other ones only when its rate has moved. Two ways
 * back may each have a term of one name; both lists have them by falling rate.
 */
function otherWords(written: WrittenRisk['terms'], next: readonly RiskTerm[]): boolean {
  const said = Map.groupBy(written, ({ name }) => name);
  return next.some(({ name, text, rate }) => {
    const before = said.get(name)?.shift();
    if (before === undefined) return false;
    if (name === 'forecast') return Math.abs(before.rate - rate) >= MATERIAL_FORECAST_RATE;
    return before.text !== text;
  });
}

function sameWays(written: WrittenRisk['ways'], next: readonly WayBack[]): boolean {
  if (written.length !== next.length) return false;
  const known = new Map(written.map((way) => [keyOf(way), way.newestAt]));
  return next.every((way) => samePoint(known.get(keyOf(way)) ?? null, way.newestAt.getTime()));
}

function samePoint(then: number | null, now: number | null): boolean {
  if (then === null || now === null) return then === now;
  return Math.abs(then - now) <= SAME_POINT_SECONDS * SECOND_MS;
}

function takenAt(risk: RiskScore): number | null {
  return risk.rpoAchievedSeconds === null
    ? null
    : risk.judgedAt.getTime() - risk.rpoAchievedSeconds * SECOND_MS;
}

function namesOf(terms: readonly { name: string }[]): string {
  return terms
    .map((term) => term.name)
    .sort()
    .join();
}
