import type { EndedRun } from '../../analyze/ledger/account-input.ts';
import { agentPattern, moverPatternOfMany } from '../../analyze/ledger/mover-names.ts';
import { AppError } from '../../domain/error.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { corePriceOf, OPENCOST_CPU_METRIC, regionOf } from '../opencost/core-price.ts';
import type { MeterReading, RunMeter } from '../port.ts';
import type { PrometheusClient } from '../prometheus/client.ts';
import type { MetricSeries } from '../prometheus/reply.ts';
import { readRetention } from '../prometheus/retention.ts';
import { selectorOf } from '../prometheus/selector.ts';
import { energySeriesOf, KEPLER_METRICS } from './energy-series-of.ts';
import { POD_METRICS, podsOf, USAGE_METRICS } from './pod-usage.ts';

const BUILDS = { new: 'kepler_build_info', old: 'kepler_exporter_build_info' };
/** Zones that count, and none at all: the old generation has no such label. */
const ZONES = /package|dram|psys|/;
const USUAL_INTERVAL_SECONDS = 60;
/** A run that took longer is seen in part, and graded so. */
const LONGEST_WINDOW_MINUTES = 2 * 24 * 60;

/** What changes seldom and is asked for once an hour. */
interface Surroundings {
  askedAt: Date;
  series: MetricSeries[];
}

/**
 * Asks a metrics store for the energy, CPU time, traffic and life of the movers of all given runs at once: three
 * questions, and a fourth once an hour for the meter's version and OpenCost's prices.
 */
export function createRunMeter(client: PrometheusClient): RunMeter {
  let around: Surroundings | null = null;
  let keeps: number | null = null;

  async function surroundings(at: Date, signal: AbortSignal): Promise<MetricSeries[]> {
    if (around !== null && Math.abs(at.getTime() - around.askedAt.getTime()) < HOUR_MS)
      return around.series;
    const metrics = [BUILDS.new, BUILDS.old, OPENCOST_CPU_METRIC];
    const asked = `last_over_time(${selectorOf(client.source, metrics)}[1h])`;
    const { series, partial } = await client.instant(asked, at, signal);
    if (!partial) around = { askedAt: at, series };
    return series;
  }

  return {
    async keepsMs(signal) {
      keeps ??= await readRetention(client, signal);
      return keeps;
    },
    async read(runs, until, signal) {
      const patterns = patternsOf(runs);
      const near = await surroundings(until, signal);
      const about = { cpuPrices: corePriceOf(near), region: regionOf(near) };
      if (patterns.length === 0) return { ...about, readings: nothingRead(near) };
      const movers = new RegExp(patterns.join('|'));
      const window = windowOf(runs, until);
      const ask = async (query: string) => {
        const { series, partial } = await client.instant(query, until, signal);
        if (partial) throw halfAnAnswer(client.source.url);
        return series;
      };
      const [energy, usage, pods] = await Promise.all([
        ask(energyQuery(client, movers, window)),
        ask(`${selectorOf(client.source, Object.values(USAGE_METRICS), { pod: movers })}${window}`),
        ask(
          `last_over_time(${selectorOf(client.source, Object.values(POD_METRICS), { pod: movers })}${window})`,
        ),
      ]);
      return {
        ...about,
        readings: {
          energy: energy.flatMap((one) => energySeriesOf(one) ?? []),
          pods: podsOf([...usage, ...pods]),
          meterVersion: versionOf(near),
          scrapeIntervalSeconds: scrapeInterval(energy),
        },
      };
    },
  };
}

function patternsOf(runs: readonly EndedRun[]): string[] {
  const patterns = runs.flatMap((run) => [moverPatternOfMany(run), agentPattern(run)]);
  return [...new Set(patterns.filter((pattern) => pattern !== null))].sort();
}

function energyQuery({ source }: PrometheusClient, movers: RegExp, window: string): string {
  const metrics = Object.values(KEPLER_METRICS);
  return `${selectorOf(source, metrics, { pod_name: movers, zone: ZONES })}${window}`;
}

/** From the first start until now, in whole minutes and one more; two days at most. */
function windowOf(runs: readonly EndedRun[], until: Date): string {
  const from = runs.reduce((first, run) => Math.min(first, run.startedAt.getTime()), Infinity);
  const minutes = Math.max(1, Math.ceil((until.getTime() - from) / MINUTE_MS) + 1);
  return `[${Math.min(minutes, LONGEST_WINDOW_MINUTES)}m]`;
}

function nothingRead(near: readonly MetricSeries[]): MeterReading['readings'] {
  const meterVersion = versionOf(near);
  return { energy: [], pods: [], meterVersion, scrapeIntervalSeconds: USUAL_INTERVAL_SECONDS };
}

function versionOf(near: readonly MetricSeries[]): string | null {
  const labelsOf = (metric: string) =>
    near.find(({ labels }) => labels['__name__'] === metric && labels['version'])?.labels;
  return (labelsOf(BUILDS.new) ?? labelsOf(BUILDS.old))?.['version'] ?? null;
}

/** The usual distance of two samples of one series. */
function scrapeInterval(series: readonly MetricSeries[]): number {
  const gaps = series.flatMap(({ samples }) =>
    samples.slice(1).map(({ at }, index) => at.getTime() - (samples[index]?.at.getTime() ?? 0)),
  );
  const middle = gaps.sort((a, b) => a - b)[Math.floor(gaps.length / 2)];
  return middle === undefined ? USUAL_INTERVAL_SECONDS : middle / SECOND_MS;
}

/** Absence tells nothing then: a pod that is missing would count as one without a meter. */
function halfAnAnswer(url: string): AppError {
  return new AppError('source-unreachable', `${url} answered in part only`, {
    retryable: true,
    nextStep: 'It will be asked again; see its own warnings for the store that is missing.',
  });
}
