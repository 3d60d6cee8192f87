import type { Workload } from '../engines/workload.ts';

/** A gauge that has told the same since an instant (milliseconds since 1970), whatever happens. */
export interface StuckGauge {
  metric: string;
  /** `namespace/name` of the policy, or a storage location's name. */
  of: string;
  since: number;
  /** Null: what it told then. */
  value: number | null;
}

/** What one simulated cluster's Prometheus scrapes. */
export interface MetricsPlan {
  /** What runs, sizes and pods of this cluster are drawn from. */
  seed: number;
  /** When it was set up, in milliseconds since 1970: nothing is known of the time before. */
  since: number;
  /** Null: its nodes have no meter. */
  kepler: 'new' | 'old' | null;
  /** Currency of a core for an hour, as OpenCost tells it; null: it has no OpenCost. */
  corePrice: number | null;
  /** As a cloud names it; null: at home. */
  region: string | null;
  /** The apps' data: how much of each claim is in use. */
  workloads: readonly Workload[];
  stuck: readonly StuckGauge[];
  /** Velero Schedules that are gone and whose series are not, with their last success. */
  ghosts: readonly { schedule: string; lastSuccess: number }[];
}
