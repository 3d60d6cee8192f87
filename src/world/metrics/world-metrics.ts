import type { WorldEvent, WorldFrame } from '../home/world-event.ts';
import { createBookKeeper } from './book-keeper.ts';
import { LOOK_BACK_MS } from './live-series.ts';
import { METER_FAMILIES } from './meter-series.ts';
import type { MetricsPlan } from './metrics-plan.ts';
import { OPERATOR_FAMILIES } from './operator-series.ts';
import { POD_FAMILIES } from './pod-series.ts';
import type { Select } from './promql/evaluate.ts';
import type { Matcher } from './promql/expression.ts';
import type { Families, SeriesSource } from './series-family.ts';
import { VOLUME_FAMILIES } from './volume-series.ts';

/**
 * What a simulated cluster's Prometheus holds: series made of the world's own events when they are asked for. Same
 * frame, plan and events: same series.
 */
export interface WorldMetrics {
  /** The world's lives, listened to on their way. */
  listen(lives: Generator<WorldEvent>[]): Generator<WorldEvent>[];
  /** Series that match and have a sample that the window (milliseconds since 1970) may show. */
  select: Select;
}

const FAMILIES: Families = {
  ...OPERATOR_FAMILIES,
  ...VOLUME_FAMILIES,
  ...POD_FAMILIES,
  ...METER_FAMILIES,
};
const NAMES: readonly string[] = Object.keys(FAMILIES);

export function createWorldMetrics(frame: WorldFrame, plan: MetricsPlan): WorldMetrics {
  const { book, note } = createBookKeeper();
  const source: SeriesSource = { frame: { ...frame, seed: plan.seed }, book, plan };

  function* heard(life: Generator<WorldEvent>): Generator<WorldEvent> {
    for (const event of life) {
      note(event);
      yield event;
    }
  }

  return {
    listen: (lives) => lives.map(heard),
    select(matchers, from, until) {
      if (until < plan.since) return [];
      const seen = { from: from - LOOK_BACK_MS, until };
      const rest = matchers.filter(({ label }) => label !== '__name__');
      return namesFor(matchers)
        .flatMap((name) => FAMILIES[name]?.(source, seen) ?? [])
        .filter((series) => series.from <= until && series.until >= seen.from)
        .filter(({ labels }) => rest.every(({ label, matches }) => matches(labels[label] ?? '')));
    },
  };
}

function namesFor(matchers: readonly Matcher[]): readonly string[] {
  const named = matchers.filter(({ label }) => label === '__name__');
  return NAMES.filter((name) => named.every(({ matches }) => matches(name)));
}
