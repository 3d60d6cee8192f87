import type { ForecastLine } from '../../src/analyze/forecast/forecast-runs.ts';
import type { Stated } from '../../src/statistics/probability-scores.ts';

const DAY = 86_400_000;
export const HORIZONS = { day: 1, week: 7 } as const;
export type Horizon = keyof typeof HORIZONS;

interface Good {
  start: number;
  end: number;
}

/**
 * What was stated of a broken RPO against what came of it, for every due time whose horizon the history covers and at
 * which the RPO was not broken already: then there is nothing to forecast.
 */
export function outlookOutcomes(
  told: readonly ForecastLine[],
  lines: readonly string[],
  rpoMsOf: (policy: string) => number,
): Record<Horizon, Stated[]> {
  const jobs = goodRuns(lines);
  const breaks = new Map(
    [...jobs].map(([policy, goods]) => [policy, breaksOf(goods, rpoMsOf(policy))]),
  );
  const last = Math.max(...told.map(({ statedAt }) => Date.parse(statedAt)));
  const stated: Record<Horizon, Stated[]> = { day: [], week: [] };
  for (const line of told) {
    const at = Date.parse(line.statedAt);
    const known = breaks.get(line.policy) ?? [];
    if (line.rpoBrokenWithinDay === null || known.some(([from, to]) => from <= at && at < to))
      continue;
    for (const horizon of ['day', 'week'] as const) {
      const until = at + HORIZONS[horizon] * DAY;
      const probability = horizon === 'day' ? line.rpoBrokenWithinDay : line.rpoBrokenWithinWeek!;
      if (until > last) continue;
      const broken = known.some(([from]) => from > at && from <= until);
      stated[horizon].push({ probability, outcome: broken ? 1 : 0 });
    }
  }
  return stated;
}

function goodRuns(lines: readonly string[]): Map<string, Good[]> {
  const jobs = new Map<string, Good[]>();
  for (const line of lines) {
    const run = JSON.parse(line) as {
      policy: string;
      startedAt: string;
      endedAt: string;
      outcome: string;
    };
    if (run.outcome !== 'success') continue;
    const goods = jobs.get(run.policy) ?? [];
    goods.push({ start: Date.parse(run.startedAt), end: Date.parse(run.endedAt) });
    jobs.set(run.policy, goods);
  }
  return jobs;
}

/** From when to when the newest good copy was older than the objective. */
function breaksOf(goods: readonly Good[], rpoMs: number): [from: number, to: number][] {
  return goods.flatMap(({ start }, i) => {
    const to = goods[i + 1]?.end ?? Number.POSITIVE_INFINITY;
    return to > start + rpoMs ? [[start + rpoMs, to] as [number, number]] : [];
  });
}
