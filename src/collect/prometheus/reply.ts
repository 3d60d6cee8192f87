import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';

/** Finite: NaN and infinity are left out and counted. */
export interface MetricSample {
  at: Date;
  value: number;
}

export interface MetricSeries {
  /** With `__name__` where the expression keeps it. */
  labels: Record<string, string>;
  /** Oldest first; one for an instant. */
  samples: MetricSample[];
}

/** What a query brought. A series that is absent is absent, never zero. */
export interface QueryReply {
  series: MetricSeries[];
  warnings: string[];
  /** The store says, or its warnings mean, that data are missing: absence tells nothing then. */
  partial: boolean;
  /** Samples left out because they were NaN or infinite. */
  notNumbers: number;
  /** The store's own clock (`Date` header, whole seconds); null when a proxy took it away. */
  date: Date | null;
}

const Pair = z.tuple([z.number(), z.string()]);
const Series = z.object({
  metric: z.record(z.string(), z.string()).default({}),
  value: Pair.optional(),
  values: z.array(Pair).optional(),
});

/** The body of a successful answer to a query; histograms are not read, `scalar` is a series without labels. */
export const QueryBody = z.object({
  status: z.literal('success'),
  data: z.union([
    z.object({ resultType: z.enum(['vector', 'matrix']), result: z.array(Series) }),
    z.object({ resultType: z.literal('scalar'), result: Pair }),
  ]),
  warnings: z.array(z.string()).default([]),
  isPartial: z.boolean().default(false),
});

export function readReply(body: z.infer<typeof QueryBody>, date: Date | null): QueryReply {
  const counter = { notNumbers: 0 };
  const { data, warnings } = body;
  const rows = data.resultType === 'scalar' ? [{ metric: {}, value: data.result }] : data.result;
  const series = rows
    .map((row) => ({ labels: row.metric, samples: samplesOf(row, counter) }))
    .filter(({ samples }) => samples.length > 0);
  return {
    series,
    warnings: [...new Set(warnings)],
    partial: body.isPartial || warnings.some(meansMissing),
    notNumbers: counter.notNumbers,
    date,
  };
}

function samplesOf(
  row: Pick<z.infer<typeof Series>, 'value' | 'values'>,
  counter: { notNumbers: number },
): MetricSample[] {
  const pairs = row.values ?? (row.value === undefined ? [] : [row.value]);
  const samples: MetricSample[] = [];
  for (const [seconds, text] of pairs) {
    const value = sampleValue(text);
    if (Number.isFinite(value)) samples.push({ at: new Date(seconds * SECOND_MS), value });
    else counter.notNumbers += 1;
  }
  return samples;
}

/** Go's spelling of numbers: `Number` does not know `+Inf`. */
export function sampleValue(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity;
  return text.trim() === '' ? Number.NaN : Number(text);
}

/** Hints about the expression (`PromQL info`) come as warnings too and mean no missing data. */
function meansMissing(warning: string): boolean {
  return !/^PromQL (info|warning)/i.test(warning);
}
