import type { Quality } from '../../domain/ledger.ts';
import { sumCounter, type CounterSum } from './counter-sum.ts';
import type { EnergySeries } from './energy-series.ts';
import { samplesOfCounter } from './same-counter.ts';
import { zonesToSum } from './zones.ts';

/** When the pod lived, in Unix seconds. `exact`: the pod's own times, not only those of the run it worked for. */
export interface PodLife {
  startedAt: number;
  endedAt: number;
  exact: boolean;
}

export interface PodEnergy {
  /** Active energy over the pod's life. */
  joules: number;
  /** Null: the meter books no idle energy to pods. */
  idleJoules: number | null;
  meter: EnergySeries['meter'];
  zones: string[];
  /** 0..1 */
  coverage: number;
  quality: Extract<Quality, 'measured' | 'partial'>;
  lowerBound: boolean;
}

export interface PodEnergyLimits {
  scrapeIntervalSeconds: number;
  /** More than this of one pod is a broken meter. */
  maxWatts: number;
}

export const DEFAULT_LIMITS: PodEnergyLimits = { scrapeIntervalSeconds: 60, maxWatts: 1_000 };

/** Why a meter's figures are not used. */
export type Unusable = 'no-series' | 'no-whole-zone' | 'too-little-seen' | 'zero' | 'implausible';

const MEASURED_COVERAGE = 0.8;
const PARTIAL_COVERAGE = 0.5;

/**
 * The energy of one pod that has ended, from every series that names it. Where both generations of the meter tell of
 * it, the new one counts. Grade: docs/reference/ledger.md.
 */
export function podEnergy(
  series: readonly EnergySeries[],
  life: PodLife,
  limits: PodEnergyLimits = DEFAULT_LIMITS,
): PodEnergy | Unusable {
  let refusal: Unusable = 'no-series';
  for (const meter of ['kepler-new', 'kepler-old'] as const) {
    const own = series.filter((one) => one.meter === meter);
    if (own.length === 0) continue;
    const energy = fromOneMeter(meter, own, life, limits);
    if (typeof energy !== 'string') return energy;
    if (refusal === 'no-series') refusal = energy;
  }
  return refusal;
}

function fromOneMeter(
  meter: EnergySeries['meter'],
  series: readonly EnergySeries[],
  life: PodLife,
  limits: PodEnergyLimits,
): PodEnergy | Unusable {
  const zones = zonesToSum([...new Set(series.map(({ zone }) => zone))]);
  if (zones.length === 0) return 'no-whole-zone';
  const counted = series.filter(({ zone }) => zones.includes(zone));
  const active = addUp(counted.filter(({ mode }) => mode === 'active'));
  if (active === null) return 'no-series';
  const idle = addUp(counted.filter(({ mode }) => mode === 'idle'));
  const grade = gradeOf(active, counted, life, limits);
  if (grade === null) return 'too-little-seen';
  const factor = meter === 'kepler-old' ? tailFactor(active.lastAt, life) : 1;
  const joules = active.total * factor;
  const seconds = Math.max(life.endedAt - life.startedAt, limits.scrapeIntervalSeconds);
  if (joules === 0) return 'zero';
  if (joules / seconds > limits.maxWatts) return 'implausible';
  const idleJoules = idle === null ? null : idle.total * factor;
  return { joules, idleJoules, meter, zones, lowerBound: active.resets > 0, ...grade };
}

/** The sum over zones and containers, each counter once. */
function addUp(series: readonly EnergySeries[]): CounterSum | null {
  const counters = Map.groupBy(series, ({ zone, container }) => `${zone}/${container ?? ''}`);
  const sums = [...counters.values()].flatMap(
    (same) => sumCounter(samplesOfCounter(same), true) ?? [],
  );
  return sums.reduce<CounterSum | null>(
    (all, sum) =>
      all === null
        ? sum
        : {
            total: all.total + sum.total,
            firstAt: Math.min(all.firstAt, sum.firstAt),
            lastAt: Math.max(all.lastAt, sum.lastAt),
            resets: Math.max(all.resets, sum.resets),
          },
    null,
  );
}

function gradeOf(
  { firstAt, lastAt }: CounterSum,
  series: readonly EnergySeries[],
  life: PodLife,
  limits: PodEnergyLimits,
): Pick<PodEnergy, 'coverage' | 'quality'> | null {
  const seconds = life.endedAt - life.startedAt;
  if (seconds <= 0) return null;
  const coverage = Math.min(1, (lastAt - firstAt) / seconds);
  const sawTheEnd =
    series.some(({ terminated, samples }) => terminated && samples.length > 0) ||
    lastAt >= life.endedAt - limits.scrapeIntervalSeconds;
  if (coverage >= MEASURED_COVERAGE && sawTheEnd) return { coverage, quality: 'measured' };
  return coverage >= PARTIAL_COVERAGE ? { coverage, quality: 'partial' } : null;
}

/**
 * The old generation has no final sample, so what came after its last scrape is missing. It is made up for by the mean
 * power before, when at least 80 % of the life was seen. The counter starts with the container: what lies before the
 * first scrape is in it.
 */
function tailFactor(lastAt: number, life: PodLife): number {
  const seen = lastAt - life.startedAt;
  const whole = life.endedAt - life.startedAt;
  if (!life.exact || seen >= whole || seen < MEASURED_COVERAGE * whole) return 1;
  return whole / seen;
}
