import { PROBABILITY_EDGES } from '../../domain/forecast.ts';
import type { VerifiedBin } from '../../domain/forecast.ts';
import type { ForecastAbout } from '../../domain/words.ts';

/** Outcomes that became known on one day, in days since 1970, by what they were about and what had been stated. */
export interface VerifiedDay {
  day: number;
  bins: Record<ForecastAbout, VerifiedBin[]>;
}

/** A statement that has met its outcome. */
export interface Verified {
  about: ForecastAbout;
  /** As it was stated, 0..1. */
  probability: number;
  cameTrue: boolean;
}

/** Counts an outcome in the last of the days, or in a new one after it. */
export function countVerified(
  days: VerifiedDay[],
  day: number,
  { about, probability, cameTrue }: Verified,
): void {
  const last = days.at(-1);
  const today = last?.day === day ? last : freshDay(day);
  if (today !== last) days.push(today);
  const bin = today.bins[about][binOf(probability)]!;
  const outcome = cameTrue ? 1 : 0;
  bin.count += 1;
  bin.stated += probability;
  bin.failed += outcome;
  bin.squares += (probability - outcome) ** 2;
}

export function freshDay(day: number): VerifiedDay {
  const bins = { run: freshBins(), 'rpo-within-day': freshBins(), 'rpo-within-week': freshBins() };
  return { day, bins };
}

function binOf(probability: number): number {
  const above = PROBABILITY_EDGES.findIndex((edge) => probability < edge);
  return above < 0 ? PROBABILITY_EDGES.length : above;
}

function freshBins(): VerifiedBin[] {
  return Array.from({ length: PROBABILITY_EDGES.length + 1 }, (_, bin) => ({
    bin,
    count: 0,
    stated: 0,
    failed: 0,
    squares: 0,
  }));
}
