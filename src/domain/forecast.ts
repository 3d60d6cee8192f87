/** Forecasts as they are stored. */
import type { Engine, ForecastAbout } from './words.ts';

/** The probability stated for one job's next run. */
export interface ForecastRow {
  /** policyId, or policyId + resourceId for one volume of a run. */
  jobId: string;
  policyId: string | null;
  resourceId: string | null;
  namespace: string;
  /** `namespace/name`, for people. */
  policy: string | null;
  resource: string | null;
  engine: Engine;
  nextDueAt: Date;
  /** Of failing or being missed, 0..1. */
  probability: number;
  /** Between them the job's true rate lies nine times in ten. */
  low: number;
  high: number;
  /** That the newest good copy becomes older than the objective; null: no good copy or no objective is known. */
  rpoBrokenWithinDay: number | null;
  rpoBrokenWithinWeek: number | null;
  reasons: string[];
  /** How many outcomes of this job it rests on. */
  results: number;
  statedAt: Date;
}

/** A piece of the forecasts' memory; only `analyze` reads what is in it. */
export interface ForecastStateRow {
  key: string;
  state: string;
}

/** Where one bin of stated probabilities ends and the next begins. */
export const PROBABILITY_EDGES = [0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 0.9] as const;

/** Outcomes of forecasts in one bin of stated probability. */
export interface VerifiedBin {
  bin: number;
  count: number;
  /** Sum of the stated probabilities. */
  stated: number;
  /** How many came true: the run failed or was missed, or the RPO broke. */
  failed: number;
  /** Sum of squared errors. */
  squares: number;
}

/** What one pass says about the future; part of a judgement. */
export interface ForecastsJudged {
  rows: ForecastRow[];
  removedJobIds: string[];
  states: ForecastStateRow[];
  removedKeys: string[];
  /** The whole count so far of each day that outcomes came in on, and of each thing they were about. */
  verified: { day: string; about: ForecastAbout; bins: VerifiedBin[] }[];
}
