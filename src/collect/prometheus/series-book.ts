import { idOf } from '../../domain/id.ts';
import type { Metric, MetricValue, SampleFact, SeriesFact } from '../../domain/metrics.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';

/** A value as read, before it is known whether it is news. */
export type Reading = Omit<SeriesFact, 'seriesId'> & Omit<SampleFact, 'seriesId'>;

/** Remembers what was written last of each series, so that what says nothing new is not written. */
export interface SeriesBook {
  /** The series and samples worth writing; they count as written. Older readings than the last are none. */
  take(
    clusterId: string,
    readings: readonly Reading[],
  ): { series: SeriesFact[]; samples: SampleFact[] };
  /** Forgets everything: a write has failed. */
  clear(): void;
}

/** A quiet value is written again after so long: then a stretch without samples means that nothing was measured. */
const REPEAT_MS: Partial<Record<Metric, number>> = {
  'volume-used-bytes': 6 * HOUR_MS,
  'volume-used-inodes': 6 * HOUR_MS,
};
const REPEAT_OTHER_MS = DAY_MS;
/** A volume's fill changes all the time; less than this part of the value is no news. */
const SMALLEST_CHANGE = 0.002;

function seriesIdOf(clusterId: string, named: Pick<Reading, 'metric' | 'subjectId'>): string {
  return idOf('series', clusterId, named.metric, named.subjectId);
}

/** Readings as what they say now. */
export function valuesOf(clusterId: string, readings: readonly Reading[]): MetricValue[] {
  return readings.map((reading) => {
    const { metric, subject, subjectId, origin, at, value } = reading;
    return {
      seriesId: seriesIdOf(clusterId, reading),
      metric,
      subject,
      subjectId,
      origin,
      at,
      value,
    };
  });
}

export function createSeriesBook(): SeriesBook {
  const last = new Map<string, SampleFact>();
  return {
    take(clusterId, readings) {
      const series = new Map<string, SeriesFact>();
      const samples: SampleFact[] = [];
      for (const { at, value, ...named } of readings) {
        const seriesId = seriesIdOf(clusterId, named);
        const sample = { seriesId, at, value };
        const before = last.get(seriesId);
        if (before !== undefined && !isNews(named.metric, before, sample)) continue;
        last.set(seriesId, sample);
        series.set(seriesId, { seriesId, ...named });
        samples.push(sample);
      }
      return { series: [...series.values()], samples };
    },
    clear: () => last.clear(),
  };
}

function isNews(metric: Metric, before: SampleFact, now: SampleFact): boolean {
  const elapsed = now.at.getTime() - before.at.getTime();
  if (elapsed <= 0) return false;
  if (metric.startsWith('mover-') || elapsed >= (REPEAT_MS[metric] ?? REPEAT_OTHER_MS)) return true;
  const change = Math.abs(now.value - before.value);
  return metric.startsWith('volume-used-')
    ? change > SMALLEST_CHANGE * Math.max(before.value, now.value)
    : change > 0;
}
