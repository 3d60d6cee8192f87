import { createObjectStore } from '../../src/world/api/object-store.ts';
import type { WorldFrame } from '../../src/world/home/world-event.ts';
import { createMetricsApi } from '../../src/world/metrics/metrics-api.ts';
import { samplesIn } from '../../src/world/metrics/live-series.ts';
import { createWorldMetrics, type WorldMetrics } from '../../src/world/metrics/world-metrics.ts';
import { createSimulation } from '../../src/world/playback/simulation.ts';
import type { WorldScript } from '../../src/world/playback/world-script.ts';
import type { GivenSeries } from './prometheus.ts';

export interface PlayedMetrics {
  metrics: WorldMetrics;
  /** Of the simulator's API. */
  url: string;
  close(): Promise<void>;
}

/** The metrics of a world whose history has played to its anchor, behind the simulator's API. */
export async function playMetrics(
  script: WorldScript,
  seed: number,
  anchor: number,
): Promise<PlayedMetrics> {
  const frame: WorldFrame = { seed, anchor, begin: anchor - script.historyMs - script.warmUpMs };
  const plan = script.metrics?.(frame);
  if (plan === undefined) throw new Error(`${script.name} has no metrics`);
  const metrics = createWorldMetrics(frame, plan);
  const lives = metrics.listen(script.lives(frame));
  createSimulation(frame, createObjectStore(), { lives: () => lives }).advance(anchor);
  const api = createMetricsApi(metrics, { now: () => new Date(anchor) });
  return { metrics, url: await api.listen(), close: () => api.close() };
}

/** Every sample of a window (milliseconds since 1970), as a scraper would have stored it. */
export function scraped(metrics: WorldMetrics, from: number, until: number): GivenSeries[] {
  return metrics.select([], from, until).map((series) => {
    const { __name__: name = '', ...labels } = series.labels;
    const points = samplesIn(series, from, until);
    return { name, labels, points: points.map(([at, value]) => [at / 1_000, value] as const) };
  });
}
