import type { AttemptFact, ObservedWindow, Schedule } from '../../domain/facts.ts';
import type { Engine, Outcome } from '../../domain/words.ts';
import type { FleetPriors } from './class-priors.ts';
import type { ExpectedMark } from './mark-expected.ts';

/** What is known of a job now; the history is in its state. */
export interface JobFacts {
  clusterId: string;
  jobId: string;
  /** `whole`: a policy's runs. `volume`: one resource's part in them; the policy's own job speaks for the rest. */
  scope: 'whole' | 'volume';
  engine: Engine;
  policyId: string | null;
  resourceId: string | null;
  repositoryId: string | null;
  /** `namespace/name`, for people. */
  policy: string | null;
  resource: string | null;
  namespace: string;
  /** Where its facts are read, e.g. `ReplicationSource media/photos`. */
  source: string;
  schedule: Schedule;
  /** Since when this schedule is in force: nothing was due before. */
  scheduleSince: Date;
  /** Null when not paused. */
  pausedSince: Date | null;
  removedAt: Date | null;
  /** The engine's own complaint about the policy. */
  problem: string | null;
  lastSuccessAt: Date | null;
  /** An objective's target; null: twice the interval. */
  rpoSeconds: number | null;
  /** When the claim it protects was created; tells a fresh, empty volume from a shrunken one. */
  claimCreatedAt: Date | null;
}

/** One run of a job, or one volume's part of it. */
export interface JobRun {
  runId: string;
  /** The row that shows it. */
  table: 'runs' | 'run_volumes';
  startedAt: Date;
  endedAt: Date | null;
  outcome: Outcome;
  durationSeconds: number | null;
  logicalBytes: number | null;
  addedBytes: number | null;
  files: number | null;
  /** Logical over stored; null: not known. */
  dedupRatio: number | null;
  errorText: string | null;
  fullRead: boolean;
  /** The due time it answers, when the source says so. */
  dueAt: Date | null;
  /** True when volumes failed in it that have jobs of their own: their findings name it. */
  volumesFailed: boolean;
}

export type JobAttempt = Pick<AttemptFact, 'runId' | 'attemptKey' | 'endedAt' | 'outcome' | 'log'>;

/** What is new for a job since it was last advanced. Rows may come late, twice and in any order. */
export interface JobInput {
  job: JobFacts;
  runs: readonly JobRun[];
  attempts: readonly JobAttempt[];
  /** When the kinds this job's facts come from were really watched. */
  observedWindows: readonly Pick<ObservedWindow, 'from' | 'until'>[];
  /** New marks of people; a mark counts from the first tick at or after it, once. */
  marks?: readonly ExpectedMark[];
  /** What similar jobs were like when the day of event time began; left out: what is assumed of any job. */
  priors?: FleetPriors;
  /** Nothing is due or found missing after it; left out: due times have no end. */
  dueUntil?: Date;
  /** `until` is the present: news is judged at once instead of at the next tick. Replays leave it out. */
  live?: boolean;
}
