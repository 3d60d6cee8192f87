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
  'last-run-ok',
  'out-of-sync',
  'missed-intervals',
  'failures',
  'location-available',
  'archive-failing',
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

/** The value of a metric that ends in `-at` is an instant in Unix seconds. */
export interface SampleFact {
  seriesId: string;
  at: Date;
  /** Finite. */
  value: number;
}

/**
 * What one mover pod used over its life. A pod is found by its Job's name; `policyId` is null when the name leads to
 * no policy. Null figures were not measured: a pod that lived between two scrapes leaves none.
 */
export interface MoverFact {
  podUid: string;
  namespace: string;
  pod: string;
  job: string;
  engine: RunFact['engine'];
  policyId: string | null;
  node: string | null;
  startedAt: Date | null;
  /** Null while it runs, or when the end was not seen. */
  endedAt: Date | null;
  cpuSeconds: number | null;
  memoryPeakBytes: number | null;
  sentBytes: number | null;
  receivedBytes: number | null;
  /** Requested cores and memory, for models of energy and cost where nothing is measured. */
  requestedCores: number | null;
  requestedBytes: number | null;
}

/** Written by one call; twice the same batch changes nothing. `source` says how it stands after it. */
export interface MetricsBatch {
  clusterId: string;
  /** The instant of the questions, by the metrics store's clock. */
  observedAt: Date;
  series: SeriesFact[];
  samples: SampleFact[];
  movers: MoverFact[];
  /** Runs that metrics show; each has `endedWithinSeconds`. */
  runs: RunFact[];
  source: MetricsSourceState;
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
