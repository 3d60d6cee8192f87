import type { FindingKind } from '../../domain/words.ts';
import type { StuckGauge } from './metrics-plan.ts';

/** A metric that contradicts the objects, planted for a reader to find. */
export interface Contradiction {
  /** The finding that names it. */
  kind: FindingKind;
  cause: 'FM-02' | 'FM-13';
  /** `since` in milliseconds relative to the anchor (negative: before it). */
  gauge: StuckGauge;
}

/** The gauges of a world with this anchor (milliseconds since 1970). */
export function stuckGauges(planted: readonly Contradiction[], anchor: number): StuckGauge[] {
  return planted.map(({ gauge }) => ({ ...gauge, since: anchor + gauge.since }));
}
