import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { createRandom } from '../home/random.ts';
import type { WorldFrame } from '../home/world-event.ts';
import type { Labels, LiveSeries } from './live-series.ts';
import type { MetricsPlan } from './metrics-plan.ts';
import type { WorldBook } from './world-book.ts';
import { placeBefore, type WorldPolicy, type WorldRun } from './world-runs.ts';

/** What series are made of. */
export interface SeriesSource {
  frame: WorldFrame;
  book: WorldBook;
  plan: MetricsPlan;
}

/** Instants in milliseconds since 1970, ends included. */
export interface Window {
  from: number;
  until: number;
}

/** Every series of one name; of things that come and go those alone that the window may see. */
export type Family = (source: SeriesSource, window: Window) => LiveSeries[];
export type Families = Readonly<Record<string, Family>>;

const OPERATOR_EVERY_MS = MINUTE_MS;

/** A series of something that is always scraped, once a minute. */
export function standing(
  { plan }: SeriesSource,
  labels: Labels,
  valueAt: (at: number) => number,
  life: { from?: number; until?: number } = {},
): LiveSeries {
  return {
    labels,
    from: Math.max(plan.since, life.from ?? plan.since),
    until: life.until ?? Infinity,
    everyMs: OPERATOR_EVERY_MS,
    valueAt,
  };
}

/** The truth, or what the gauge is stuck at. */
export function stuckOr(
  { plan }: SeriesSource,
  metric: string,
  of: string,
  valueAt: (at: number) => number,
): (at: number) => number {
  const stuck = plan.stuck.find((one) => one.metric === metric && one.of === of);
  if (stuck === undefined) return valueAt;
  return (at) => (at < stuck.since ? valueAt(at) : (stuck.value ?? valueAt(stuck.since)));
}

/** The labels a scrape adds to what an exporter tells. */
export function scrapedFrom(
  { frame }: SeriesSource,
  namespace: string,
  app: string,
  port: number,
): Labels {
  const random = createRandom(frame.seed, 'exporter', namespace, app);
  const instance = `10.42.${random.int(0, 2)}.${random.int(2, 250)}:${port}`;
  const pod = `${app}-${random.hex(10)}-${random.hex(5)}`;
  return { namespace, pod, service: app, job: app, instance };
}

/** Operators restart once while they are watched: their counters begin again. */
export function restartOf({ frame, plan }: SeriesSource, operator: string): number {
  const random = createRandom(frame.seed, 'operator-restart', operator);
  return plan.since + random.int(3 * 24, 6 * 24) * HOUR_MS;
}

/** How many of a policy's runs an operator has counted since it began, and how long they took together. */
export function countedRuns(
  source: SeriesSource,
  policy: WorldPolicy,
  counts: (run: WorldRun) => boolean,
): { count: (at: number) => number; seconds: (at: number) => number } {
  const restart = restartOf(source, policy.engine);
  const runs = policy.runs.filter(
    (run) => run.endedAt >= source.plan.since - DAY_MS && counts(run),
  );
  let total = 0;
  const sums = runs.map(({ startedAt, endedAt }) => (total += (endedAt - startedAt) / 1_000));
  const before = (at: number): number =>
    placeBefore(runs.length, (place) => runs[place]?.endedAt ?? 0, at);
  const begin = (at: number): number => before(at < restart ? source.plan.since : restart);
  return {
    count: (at) => before(at) - begin(at),
    seconds: (at) => (sums[before(at)] ?? 0) - (sums[begin(at)] ?? 0),
  };
}
