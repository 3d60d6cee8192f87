import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import {
  dot,
  endDay,
  freshBelief,
  logitVariance,
  observe,
  precisionFactor,
  sigmoid,
  logit,
} from '../../statistics/logistic-belief.ts';
import type { LogisticBelief } from '../../statistics/logistic-belief.ts';
import { classRate, featuresOf, plainRates, teachPool, usualRate } from './features.ts';
import { freshRecord, noteResult } from './job-record.ts';
import type { JobRecord, Result } from './job-record.ts';
import { endPoolDay, freshPool, KEEP_A_DAY, strengthOf } from './pool.ts';
import type { Pool } from './pool.ts';
import { endOutlooksDay, freshOutlooks, keepOutlook, outlookOf, watchOutlook } from './outlooks.ts';
import type { Ahead, OutlookJob, OutlookModel, RpoChances } from './outlooks.ts';
import { noteCopy } from './outlook-watch.ts';
import { PRIOR } from './prior.ts';
import {
  endRecalibrationDay,
  freshRecalibration,
  noteOutcome,
  recalibrated,
} from './recalibration.ts';
import type { Recalibration } from './recalibration.ts';
import { tallyAt } from './tallies.ts';
import { FADES, freshShared, noteShared } from './shared-record.ts';
import type { SharedRecord } from './shared-record.ts';
import type { Verified } from './verified-days.ts';

/** What a cluster's jobs have in common; everything else is in their records. */
export interface FleetModel {
  /** Days since 1970 that are learnt from; −1: none yet. */
  day: number;
  pool: Pool;
  belief: LogisticBelief;
  recalibration: Recalibration;
  outlooks: OutlookModel;
  /** How much better the jobs' plain rates have stated their runs than the weighted features, in nats, fading. */
  edges: { frozen: [number, number]; today: [number, number] };
}

export interface FleetState {
  model: FleetModel;
  jobs: Map<string, JobRecord>;
  /** By what is shared, e.g. `namespace media`; the empty key is the whole cluster. */
  shared: Map<string, SharedRecord>;
}

export interface KnownJob extends OutlookJob {
  /** Keys of what it shares with other jobs. */
  groups: readonly string[];
}

export interface Stated {
  /** Of failing or being missed, 0..1. */
  probability: number;
  /** Between them the job's true rate lies nine times in ten. */
  low: number;
  high: number;
  x: number[];
  /** By the weighted features, by the job's plain rates, and all mixed; before recalibration. */
  weighted: number;
  plain: [number, number];
  raw: number;
}

export interface Expected extends Stated {
  /** Earlier statements about the job's RPO whose time is over by now. */
  over: readonly Verified[];
}

/**
 * Forecasts the runs of one cluster in event time. `expect` states the probability for a due time from what was known
 * before it and keeps it; `settle` takes the outcome. Calls must come in the order of their instants; within one
 * instant, `expect` first. Weights, pooled tables and recalibration change at midnight UTC only, so that the order of
 * results within a day does not matter to other jobs' weights.
 */
export interface Forecaster {
  /** What would be stated now for a run due at `at`, however far ahead; keeps nothing. */
  look(job: KnownJob, at: number): Stated;
  /** How likely the RPO breaks, seen from `ahead.now`; keeps nothing. */
  outlook(job: KnownJob, ahead: Ahead): RpoChances;
  /** States and keeps. */
  expect(job: KnownJob, at: number): Expected;
  /** The outcome of the run that was expected at `result.dueAt`; without `expect` before, it teaches rates only. */
  settle(job: KnownJob, result: Result): void;
  /** Drops a forecast whose run says nothing: skipped, unknown. */
  drop(job: KnownJob, dueAt: number): void;
  /** What was said about the RPO is held against nobody: the job has been paused. */
  forgetOutlooks(key: string): void;
  /** Lets days end up to this instant. */
  advance(at: number): void;
  record(key: string): JobRecord | undefined;
  readonly state: FleetState;
}

export function freshFleet(): FleetState {
  return {
    model: {
      day: -1,
      pool: freshPool(),
      belief: freshBelief(PRIOR),
      recalibration: freshRecalibration(),
      outlooks: freshOutlooks(),
      edges: { frozen: [0, 0], today: [0, 0] },
    },
    jobs: new Map(),
    shared: new Map(),
  };
}

/** A job that has missed or failed this often in a row no longer teaches the fleet. */
const HOPELESS = 30;
const KEPT_PENDING = 4;
const LOWEST = 1e-4;
const Z90 = 1.645;
/** A plain rate must have been better by this many nats to weigh as much as the features. */
const HANDICAPS = [3, 0.5] as const;

export function createForecaster(state: FleetState = freshFleet()): Forecaster {
  const { model, jobs, shared } = state;
  let factor: number[] | null = null;

  function recordOf(key: string): JobRecord {
    const known = jobs.get(key);
    if (known) return known;
    const fresh = freshRecord(FADES.length);
    jobs.set(key, fresh);
    return fresh;
  }

  function groupOf(key: string): SharedRecord {
    const known = shared.get(key);
    if (known) return known;
    const fresh = freshShared();
    shared.set(key, fresh);
    return fresh;
  }

  function advance(at: number): void {
    const today = Math.floor(at / DAY_MS);
    if (model.day >= today) return;
    const days = model.day < 0 ? 1 : today - model.day;
    const keep = KEEP_A_DAY ** days;
    endDay(model.belief, PRIOR, keep);
    endPoolDay(model.pool, keep);
    model.pool.strength = strengthOf(everOf(jobs));
    model.pool.chainStrength = [strengthOf(afterOf(jobs, 0)), strengthOf(afterOf(jobs, 1))];
    endRecalibrationDay(model.recalibration, keep);
    endOutlooksDay(model.outlooks, keep);
    for (const i of [0, 1] as const) {
      model.edges.frozen[i] = keep * model.edges.frozen[i] + model.edges.today[i];
      model.edges.today[i] = 0;
    }
    model.day = today;
    factor = null;
  }

  function look(job: KnownJob, at: number): Stated {
    const record = recordOf(job.key);
    const around = { pool: model.pool, cluster: groupOf(''), groups: job.groups.map(groupOf) };
    const x = featuresOf(job, record, around, at);
    const weighted = bounded(sigmoid(dot(model.belief.mean, x)));
    const plain = plainRates(record, model.pool, classRate(model.pool, job));
    const raw = bounded(mixed(weighted, plain, model.edges.frozen));
    const probability = bounded(recalibrated(model.recalibration, raw));
    factor ??= precisionFactor(model.belief, PRIOR);
    const own = ownVariance(record, classRate(model.pool, job));
    const spread = Z90 * Math.sqrt(logitVariance(factor, x) + own);
    const odds = logit(probability);
    return {
      probability,
      low: sigmoid(odds - spread),
      high: sigmoid(odds + spread),
      x,
      raw,
      weighted,
      plain,
    };
  }

  return {
    state,
    look,
    advance,
    record: (key) => jobs.get(key),
    outlook: (job, ahead) => outlookOf(model.outlooks, model.pool, recordOf(job.key), job, ahead),
    expect(job, at) {
      advance(at);
      const record = recordOf(job.key);
      const over = watchOutlook(model.outlooks, model.pool, record, job, at);
      const stated = look(job, at);
      const { pending } = record;
      const { x, raw, weighted, plain, probability } = stated;
      keepOutlook(model.outlooks, model.pool, record, job, at, probability);
      pending.push({ at, x, raw, weighted, plain, probability });
      if (pending.length > KEPT_PENDING) pending.shift();
      return { ...stated, over };
    },
    forgetOutlooks(key) {
      const record = jobs.get(key);
      if (record) record.outlook.waiting = [];
    },
    drop(job, dueAt) {
      const record = recordOf(job.key);
      record.pending = record.pending.filter((one) => one.at !== dueAt);
    },
    settle(job, result) {
      advance(result.at);
      const record = recordOf(job.key);
      const failed = result.failed ? 1 : 0;
      if (!result.failed)
        noteCopy(record.outlook, result.dueAt + (result.delaySeconds ?? 0) * SECOND_MS, result.at);
      const waiting = record.pending.find((one) => one.at === result.dueAt);
      const teaches = record.streak < HOPELESS || !record.lastFailed || !result.failed;
      if (teaches) {
        teachPool(model.pool, job, record, failed, result.dueAt);
        if (waiting) {
          observe(model.belief, waiting.x, failed);
          noteOutcome(model.recalibration, waiting.raw, failed);
          const { plain, weighted } = waiting;
          for (const i of [0, 1] as const)
            model.edges.today[i] += loss(weighted, failed) - loss(bounded(plain[i]), failed);
        }
      }
      const usual = usualRate(record, model.pool, classRate(model.pool, job));
      const groups = ['', ...job.groups].map(groupOf);
      noteShared(groups, record, result.failed, usual, result.at);
      noteResult(record, result);
      record.pending = record.pending.filter((one) => one.at > result.dueAt);
    },
  };
}

function* everOf(jobs: ReadonlyMap<string, JobRecord>) {
  for (const { rates } of jobs.values()) yield tallyAt(rates, 3);
}

function* afterOf(jobs: ReadonlyMap<string, JobRecord>, failed: 0 | 1) {
  for (const { after } of jobs.values()) yield tallyAt(after, failed);
}

/** Variance of the log-odds of a rate seen only so often: the beta's, by the delta method. */
function ownVariance(record: JobRecord, rate: number): number {
  const { failed, total } = tallyAt(record.rates, 2);
  const [a, b] = [failed + 5 * rate, total - failed + 5 * (1 - rate)];
  return Math.min(4, 1 / (a + 0.5) + 1 / (b + 0.5));
}

/** Each way of stating has the weight that its past has earned (Bayesian model averaging). */
function mixed(
  weighted: number,
  plain: readonly [number, number],
  edges: readonly [number, number],
): number {
  const odds = edges.map((edge, i) => edge - HANDICAPS[i]!);
  const most = Math.max(0, ...odds);
  const shares = odds.map((value) => Math.exp(value - most));
  const own = Math.exp(-most);
  const sum = shares.reduce((total, share) => total + share, own);
  return (own * weighted + shares[0]! * plain[0] + shares[1]! * plain[1]) / sum;
}

/** Surprise in nats. */
function loss(probability: number, failed: number): number {
  return -Math.log(failed === 1 ? probability : 1 - probability);
}

function bounded(probability: number): number {
  return Math.max(LOWEST, Math.min(1 - LOWEST, probability));
}
