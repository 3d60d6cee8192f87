import type { RunFact } from '../../domain/facts.ts';
import type { MetricsSink } from '../port.ts';
import type { Reading, SeriesBook } from './series-book.ts';

/** Samples in one batch. */
const BATCH_SAMPLES = 5_000;

/** Saves what is news, or nothing; after a failed write everything counts as news again. */
export async function saveNews(
  sink: MetricsSink,
  clusterId: string,
  observedAt: Date,
  { book, readings, runs }: { book: SeriesBook; readings: Reading[]; runs: RunFact[] },
): Promise<void> {
  const { series, samples } = book.take(clusterId, readings);
  const byId = new Map(series.map((one) => [one.seriesId, one]));
  try {
    for (let at = 0; at < Math.max(samples.length, runs.length); at += BATCH_SAMPLES) {
      const part = samples.slice(at, at + BATCH_SAMPLES);
      const named = new Set(part.map(({ seriesId }) => seriesId));
      await sink.save({
        clusterId,
        observedAt,
        series: [...named].flatMap((seriesId) => byId.get(seriesId) ?? []),
        samples: part,
        runs: runs.slice(at, at + BATCH_SAMPLES),
        source: null,
      });
    }
  } catch (error) {
    book.clear();
    throw error;
  }
}
