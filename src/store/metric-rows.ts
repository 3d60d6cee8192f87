/** Metrics as they are sent and come back. */
import { z } from 'zod';
import { METRICS_STATES, type MetricsBatch } from '../domain/metrics.ts';
import { ProblemRow } from './judge-rows.ts';

const instant = z.iso.datetime().transform((text) => new Date(text));

export const MetricsStateRow = z
  .object({
    url: z.string(),
    state: z.enum(METRICS_STATES),
    observedAt: instant.nullable(),
    historyFrom: instant.nullable(),
    problems: z.array(ProblemRow),
  })
  .nullable();

/** One statement must not touch a row twice: of rows with the same key the last one wins. */
export function toMetricRows(batch: MetricsBatch): MetricsBatch {
  const runs = new Map(batch.runs.map((run) => [run.runId, run]));
  const series = new Map(batch.series.map((one) => [one.seriesId, one]));
  return { ...batch, series: [...series.values()], runs: [...runs.values()] };
}
