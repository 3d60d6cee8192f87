/** Metrics as they are sent and come back. */
import { z } from 'zod';
import { METRICS, METRICS_STATES, type MetricsBatch } from '../domain/metrics.ts';
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

export const MetricValueRow = z.object({
  seriesId: z.string(),
  metric: z.enum(METRICS),
  subject: z.enum(['resource', 'policy', 'repository']),
  subjectId: z.string(),
  origin: z.string(),
  at: instant,
  value: z.number(),
});

/** One statement must not touch a row twice: of rows with the same key the last one wins. */
export function toMetricRows(batch: MetricsBatch): MetricsBatch {
  const runs = new Map(batch.runs.map((run) => [run.runId, run]));
  const series = new Map(batch.series.map((one) => [one.seriesId, one]));
  return { ...batch, series: [...series.values()], runs: [...runs.values()] };
}
