import type { Schedule } from '../../domain/facts.ts';
import { DAY_MS } from '../../domain/time.ts';
import type { ForecastAbout } from '../../domain/words.ts';
import {
  dot,
  endDay,
  freshBelief,
  logit,
  observe,
  sigmoid,
} from '../../statistics/logistic-belief.ts';
import type { LogisticBelief } from '../../statistics/logistic-belief.ts';
import { fullness } from './features.ts';
import type { ForecastJob } from './features.ts';
import type { JobRecord } from './job-record.ts';
import { outlookDues } from './outlook-dues.ts';
import { OUTLOOK_PRIORS } from './outlook-prior.ts';
import {
  brokeWithin,
  followObjective,
  HORIZON_DAYS,
  isTimeForOutlook,
  takeOver,
} from './outlook-watch.ts';
import { count, drawn, shareOf } from './pool.ts';
import type { Pool } from './pool.ts';
import { rpoBreakProbability } from './rpo-forecast.ts';
import { addResult, tallyAt } from './tallies.ts';
import { usualOutlook } from './usual-outlook.ts';
import type { Verified } from './verified-days.ts';

/** How outlooks have turned out, by horizon. */
export interface OutlookModel {
  beliefs: LogisticBelief[];
}

export interface OutlookJob extends ForecastJob {
  schedule: Schedule;
  /** Null: no objective and no schedule. */
  rpoMs: number | null;
}

/** Where an outlook starts from. */
export interface Ahead {
  /** ms */
  now: number;
  /** ms; the first due time whose run has not ended yet. */
  due: number;
  /** ms; start of the newest good run; null: there is none. */
  copyAt: number | null;
  /** P(the run of `due` fails or is missed). */
  first: number;
}

/** That the newest good copy becomes older than the objective, 0..1; null: no copy or no objective is known. */
export interface RpoChances {
  withinDay: number | null;
  withinWeek: number | null;
}

/** What is stated, by horizon. */
const ABOUT: readonly ForecastAbout[] = ['rpo-within-day', 'rpo-within-week'];
const NONE: readonly Verified[] = [];
/** Nothing is taken for surer than this. */
const LEAST = 1e-3;
/** First guesses of how often an RPO breaks, by horizon. */
const FIRST_GUESS = [0.1, 0.3] as const;
/** Share of its earlier outlooks that each further one of a job leaves, and how many its class speaks for. */
const KEEP_OWN = 0.87;
const CLASS_WEIGHT = 2;

export function freshOutlooks(): OutlookModel {
  return { beliefs: OUTLOOK_PRIORS.map(freshBelief) };
}

export function endOutlooksDay({ beliefs }: OutlookModel, keep: number): void {
  beliefs.forEach((belief, horizon) => endDay(belief, OUTLOOK_PRIORS[horizon]!, keep));
}

export function outlookOf(
  model: OutlookModel,
  pool: Pool,
  record: JobRecord,
  job: OutlookJob,
  ahead: Ahead,
): RpoChances {
  const { now, copyAt } = ahead;
  if (copyAt === null || job.rpoMs === null) return { withinDay: null, withinWeek: null };
  if (copyAt + job.rpoMs <= now) return { withinDay: 1, withinWeek: 1 };
  const x = looksAhead(pool, record, job, { ...ahead, copyAt, rpoMs: job.rpoMs });
  const [withinDay, withinWeek] = statedFrom(model, x);
  return { withinDay: withinDay ?? 0, withinWeek: withinWeek ?? 0 };
}

/** What is stated of each horizon; never less than of a shorter one. Null: it certainly holds. */
function statedFrom({ beliefs }: OutlookModel, x: readonly (number[] | null)[]): (number | null)[] {
  let least = 0;
  return x.map((one, horizon) => {
    if (one === null) return null;
    least = Math.max(least, sigmoid(dot(beliefs[horizon]!.mean, one)));
    return least;
  });
}

/** Learns at the due time `at` from what was kept and is over by then; tells how that turned out. */
export function watchOutlook(
  model: OutlookModel,
  pool: Pool,
  record: JobRecord,
  job: OutlookJob,
  at: number,
): readonly Verified[] {
  followObjective(record.outlook, job.rpoMs);
  const taken = takeOver(record.outlook, at);
  if (taken.length === 0) return NONE;
  const verified: Verified[] = [];
  for (const over of taken)
    over.x.forEach((x, horizon) => {
      if (x === null) return;
      const broken = brokeWithin(over, horizon);
      observe(model.beliefs[horizon]!, x, broken);
      count(pool, keyOf(horizon), broken);
      count(pool, keyOf(horizon, job), broken);
      addResult(record.outlook.broken, horizon, broken, KEEP_OWN);
      const probability = over.stated[horizon]!;
      if (probability !== null)
        verified.push({ about: ABOUT[horizon]!, probability, cameTrue: broken === 1 });
    });
  return verified;
}

/** Keeps now and then what an outlook weighs and states at the due time `at`, so that it can be learnt from. */
export function keepOutlook(
  model: OutlookModel,
  pool: Pool,
  record: JobRecord,
  job: OutlookJob,
  at: number,
  first: number,
): void {
  const { copyAt, waiting } = record.outlook;
  const { rpoMs } = job;
  if (copyAt === null || rpoMs === null || copyAt + rpoMs <= at) return;
  if (!isTimeForOutlook(record.outlook, at)) return;
  const x = looksAhead(pool, record, job, { now: at, due: at, copyAt, first, rpoMs });
  if (x.every((one) => one === null)) return;
  waiting.push({ at, x, stated: statedFrom(model, x), brokenAt: null });
}

/** What is weighed, by horizon; null where the copy at hand lasts beyond it. */
function looksAhead(
  pool: Pool,
  record: JobRecord,
  job: OutlookJob,
  ahead: Ahead & { copyAt: number; rpoMs: number },
): (number[] | null)[] {
  const { now, due, copyAt, rpoMs, first } = ahead;
  const usual = usualOutlook(pool, record, job);
  const furthest = now + HORIZON_DAYS.at(-1)! * DAY_MS;
  if (copyAt + rpoMs > furthest) return HORIZON_DAYS.map(() => null);
  const seen = outlookDues(job.schedule, due, furthest);
  return HORIZON_DAYS.map((days, horizon) => {
    const end = now + days * DAY_MS;
    if (copyAt + rpoMs > end) return null;
    const until = Math.min(end, seen.until);
    const known = { now, until, dues: seen.dues, first, rpoMs, lastGoodAt: copyAt };
    const broken = rpoBreakProbability({ ...usual, ...known });
    // Beyond the due times looked at it goes on as it does among them, where a copy can get too old at all: else what
    // is known is how likely none of the runs succeeds until then.
    const beyond = copyAt + rpoMs > until;
    const runs = (seen.dues.length * (copyAt + rpoMs - now)) / (seen.until - now);
    const chain = beyond
      ? first * usual.afterFailure ** (runs - 1)
      : 1 - (1 - broken) ** ((end - now) / (until - now));
    return featuresOf(pool, record, job, horizon, { chain, first });
  });
}

function featuresOf(
  pool: Pool,
  record: JobRecord,
  job: OutlookJob,
  horizon: number,
  { chain, first }: { chain: number; first: number },
): number[] {
  const fleet = shareOf(pool, keyOf(horizon), FIRST_GUESS[horizon]!, 10);
  const alike = shareOf(pool, keyOf(horizon, job), fleet, 20);
  const own = drawn(tallyAt(record.outlook.broken, horizon), alike, CLASS_WEIGHT);
  const base = odds(alike);
  return [1, odds(chain), base, odds(own) - base, odds(first), fullness(record)].map(rounded);
}

/** The key of the pooled table of how often the RPO broke within a horizon, of all jobs or of those alike. */
function keyOf(horizon: number, job?: ForecastJob): string {
  const key = `broken in ${HORIZON_DAYS[horizon]}`;
  return job === undefined ? key : `${key} ${job.className}`;
}

function odds(share: number): number {
  return logit(Math.max(LEAST, Math.min(1 - LEAST, share)));
}

/** What is kept of a job is small; no weight needs more. */
function rounded(value: number): number {
  return Math.round(value * 1_000) / 1_000;
}
