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

/** Instants are given as numbers of Unix seconds by some sources; `value` of `last-success-at` is one. */
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

/** A run that only metrics show. Dropped when the store has the same run from an object. */
export interface MetricRunFact {
  run: RunFact;
  /** The run ended within so many seconds of `run.endedAt`: the distance of two samples. */
  toleranceSeconds: number;
}

/** Written by one call; twice the same batch changes nothing. */
export interface MetricsBatch {
  clusterId: string;
  /** The instant of the questions, by the metrics store's clock. */
  observedAt: Date;
  series: SeriesFact[];
  samples: SampleFact[];
  movers: MoverFact[];
  runs: MetricRunFact[];
  /** How the source stands now; null: unchanged. */
  source: MetricsSourceState | null;
}

/** A metrics store as one cluster sees it. */
export interface MetricsSourceState {
  /** Without credentials. */
  url: string;
  state: 'answers' | 'partial' | 'unreachable' | 'refused' | 'invalid';
  /** Up to when its history was taken over; null until that is done. */
  backfilledFrom: Date | null;
  problems: CollectProblem[];
}
