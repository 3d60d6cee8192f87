import { PROBABILITY_EDGES } from '../../domain/forecast.ts';
import type { VerifiedBin } from '../../domain/forecast.ts';

export function binOf(probability: number): number {
  const above = PROBABILITY_EDGES.findIndex((edge) => probability < edge);
  return above < 0 ? PROBABILITY_EDGES.length : above;
}

export function freshBins(): VerifiedBin[] {
  return Array.from({ length: PROBABILITY_EDGES.length + 1 }, (_, bin) => ({
    bin,
    count: 0,
    stated: 0,
    failed: 0,
    squares: 0,
  }));
}
