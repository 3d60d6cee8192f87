import { SECOND_MS } from '../../domain/time.ts';
import type { EndedRun } from './account-input.ts';
import { curveOf, type CounterCurve } from './counter-curve.ts';
import type { EnergySeries } from './energy-series.ts';
import { samplesOfCounter } from './same-counter.ts';
import { zonesToSum } from './zones.ts';

/** Less of a run's time than this seen of its agents: not known. */
const SEEN_SHARE = 0.8;

/**
 * Joules of runs whose data one long-lived agent (or one on each node) moves, by run id. The agents' energy at any time
 * is shared among the runs that were under way, by the bytes each moved per second. Null where it cannot be told: the
 * agents were not seen, or a run that shared them does not say how many bytes it moved.
 */
export function splitByBytes(
  runs: readonly EndedRun[],
  agents: readonly EnergySeries[],
): Map<string, number | null> {
  const curves = curvesOf(agents);
  const shares = new Map<string, number | null>();
  for (const run of runs) shares.set(run.runId, wasSeen(run, curves) ? 0 : null);
  const cuts = [...new Set(runs.flatMap((run) => [fromOf(run), untilOf(run)]))].sort(
    (a, b) => a - b,
  );
  for (const [index, from] of cuts.entries()) {
    const until = cuts[index + 1];
    if (until === undefined) break;
    const active = runs.filter((run) => fromOf(run) <= from && untilOf(run) >= until);
    const joules = curves.reduce(
      (sum, curve) => sum + curve.countedUntil(until) - curve.countedUntil(from),
      0,
    );
    for (const [runId, part] of shareOut(active, joules)) {
      const before = shares.get(runId) ?? null;
      shares.set(runId, before === null || part === null ? null : before + part);
    }
  }
  return shares;
}

function shareOut(active: readonly EndedRun[], joules: number): [string, number | null][] {
  const [only] = active;
  if (only !== undefined && active.length === 1) return [[only.runId, joules]];
  const rates = active.map((run) => {
    const bytes = run.logicalBytes ?? run.addedBytes;
    return bytes === null ? null : bytes / (untilOf(run) - fromOf(run));
  });
  const total = rates.reduce<number | null>(
    (sum, rate) => (sum === null || rate === null ? null : sum + rate),
    0,
  );
  return active.map((run, index) => {
    const rate = rates[index] ?? null;
    const known = total !== null && total > 0 && rate !== null;
    return [run.runId, known ? (joules * rate) / total : null];
  });
}

/** One curve for each pod and zone that counts: active energy alone, by the newer meter where there are two. */
function curvesOf(agents: readonly EnergySeries[]): CounterCurve[] {
  const meter = agents.some((one) => one.meter === 'kepler-new') ? 'kepler-new' : 'kepler-old';
  const byPod = Map.groupBy(
    agents.filter((one) => one.mode === 'active' && one.meter === meter),
    ({ pod }) => pod.uid ?? `${pod.namespace}/${pod.name}`,
  );
  return [...byPod.values()].flatMap((series) => {
    const zones = zonesToSum([...new Set(series.map(({ zone }) => zone))]);
    const counted = series.filter(({ zone }) => zones.includes(zone));
    const counters = Map.groupBy(counted, ({ zone, container }) => `${zone}/${container ?? ''}`);
    return [...counters.values()].flatMap((same) => curveOf(samplesOfCounter(same)) ?? []);
  });
}

function wasSeen(run: EndedRun, curves: readonly CounterCurve[]): boolean {
  const whole = untilOf(run) - fromOf(run);
  return curves.some(({ firstAt, lastAt }) => {
    const seen = Math.min(lastAt, untilOf(run)) - Math.max(firstAt, fromOf(run));
    return whole > 0 && seen >= SEEN_SHARE * whole;
  });
}

function fromOf(run: EndedRun): number {
  return run.startedAt.getTime() / SECOND_MS;
}

function untilOf(run: EndedRun): number {
  return run.endedAt.getTime() / SECOND_MS;
}
