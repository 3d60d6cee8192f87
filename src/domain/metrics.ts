/**
 * What a metrics store says about a cluster, in our words. A value that is missing, NaN or infinite is no sample:
 * unknown is never zero.
 */
import type { CollectProblem, RunFact } from './facts.ts';

/** The closed list of what is kept as series; the unit is the last word of the name where there is one. */
export const METRICS = [
  'volume-used-bytes',
  'volume-capacity-bytes',
  'volume-used-inodes',
  'volume-capacity-inodes',
  'last-success-at',
  'last-failure-at',
  'last-run-ok',
  'out-of-sync',
  'missed-intervals',
  'failures',
  'location-available',
  'mover-cpu-seconds',
  'mover-memory-peak-bytes',
  'mover-sent-bytes',
  'mover-received-bytes',
] as const;
export type Metric = (typeof METRICS)[number];

/** One quantity of one thing over time. */
export interface SeriesFact {
  seriesId: string;
  metric: Metric;
  /** What is measured: a claim, a policy, a repository. */
  subject: 'resource' | 'policy' | 'repository';
  subjectId: string;
  namespace: string;
  /** The name of the series in the metrics store: the witness's own words. */
  origin: string;
}

/**
 * The value of a metric that ends in `-at` is an instant in Unix seconds; those of `mover-…` are of one pod's whole life,
 * told at its end.
 */
export interface SampleFact {
  seriesId: string;
  at: Date;
  /** Finite. */
  value: number;
}

/** The newest sample of a series. */
export interface MetricValue extends Omit<SeriesFact, 'namespace'>, SampleFact {}

/** Written by one call; twice the same batch changes nothing. */
export interface MetricsBatch {
  clusterId: string;
  /** The instant of the questions, by the metrics store's clock. */
  observedAt: Date;
  series: SeriesFact[];
  samples: SampleFact[];
  /** Runs that metrics show; each has `endedWithinSeconds`. */
  runs: RunFact[];
  /** How the source stands now; null: unchanged. */
  source: MetricsSourceState | null;
}

export const METRICS_STATES = ['answers', 'partial', 'unreachable', 'refused', 'invalid'] as const;
export type MetricsState = (typeof METRICS_STATES)[number];

/** How a metrics store stands for one cluster. */
export interface MetricsSourceState {
  /** Without credentials. */
  url: string;
  /** `partial`: it answers, but says or shows that something is missing. */
  state: MetricsState;
  /** Up to when its samples were read without a failure; null: never. */
  observedAt: Date | null;
  /** How far back its history was taken over; null until that has succeeded. */
  historyFrom: Date | null;
  problems: CollectProblem[];
}

export function emptyMetrics(clusterId: string, observedAt: Date): MetricsBatch {
  return { clusterId, observedAt, series: [], samples: [], runs: [], source: null };
}
