import type { ForecastLine } from '../../src/analyze/forecast/forecast-runs.ts';
import type { Stated } from '../../src/statistics/probability-scores.ts';

const DAY = 86_400_000;
const HOUR = 3_600_000;
export const HORIZONS = ['day', 'week'] as const;
export type Horizon = (typeof HORIZONS)[number];
const LASTS: Record<Horizon, number> = { day: DAY, week: 7 * DAY };

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
): Record<Horizon, Stated[]> {
  const breaks = new Map(
    [...goodRuns(lines)].map(([policy, { rpoMs, goods }]) => [policy, breaksOf(goods, rpoMs)]),
  );
  const last = told.reduce((latest, { statedAt }) => Math.max(latest, Date.parse(statedAt)), 0);
  const stated: Record<Horizon, Stated[]> = { day: [], week: [] };
  for (const line of told) {
    const at = Date.parse(line.statedAt);
    const known = breaks.get(line.policy) ?? [];
    if (line.rpoBrokenWithinDay === null || known.some(([from, to]) => from <= at && at < to))
      continue;
    for (const horizon of HORIZONS) {
      const until = at + LASTS[horizon];
      const probability = horizon === 'day' ? line.rpoBrokenWithinDay : line.rpoBrokenWithinWeek!;
      if (until > last) continue;
      const broken = known.some(([from]) => from > at && from <= until);
      stated[horizon].push({ probability, outcome: broken ? 1 : 0 });
    }
  }
  return stated;
}

interface Job {
  rpoMs: number;
  goods: Good[];
}

function goodRuns(lines: readonly string[]): Map<string, Job> {
  const jobs = new Map<string, Job>();
  for (const line of lines) {
    const run = JSON.parse(line) as Record<
      'policy' | 'schedule' | 'startedAt' | 'endedAt' | 'outcome',
      string
    >;
    const job = jobs.get(run.policy) ?? { rpoMs: 2 * intervalMs(run.schedule), goods: [] };
    jobs.set(run.policy, job);
    if (run.outcome === 'success')
      job.goods.push({ start: Date.parse(run.startedAt), end: Date.parse(run.endedAt) });
  }
  return jobs;
}

/** Of the schedules that `families.ts` gives out. */
function intervalMs(schedule: string): number {
  if (schedule.includes('*/6')) return 6 * HOUR;
  return schedule.endsWith('* * 0') ? 7 * DAY : DAY;
}

/** From when to when the newest good copy was older than the objective. */
function breaksOf(goods: readonly Good[], rpoMs: number): [from: number, to: number][] {
  return goods.flatMap(({ start }, i) => {
    const to = goods[i + 1]?.end ?? Number.POSITIVE_INFINITY;
    return to > start + rpoMs ? [[start + rpoMs, to] as [number, number]] : [];
  });
}
