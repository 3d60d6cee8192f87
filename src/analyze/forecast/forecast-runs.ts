import type { RunLine } from '../../domain/run-line.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { lastEvent, lastAnswered, readRunLines } from '../replay/read-run-lines.ts';
import type { ReadOptions } from '../replay/read-run-lines.ts';
import { scheduleOf } from '../replay/segments.ts';
import { createForecaster } from './forecaster.ts';
import type { Forecaster, KnownJob, Stated } from './forecaster.ts';
import { cadenceName, objectiveMs } from './known-job.ts';
import { causeKey, failedOf } from './run-outcome.ts';
import { reasonsOf } from './reasons.ts';
import { runSlots } from './run-slots.ts';
import type { RunSlot } from './run-slots.ts';

/** What was stated before one run, and what came of it. */
export interface ForecastLine {
  v: 1;
  cluster: string;
  resource: string | null;
  policy: string;
  engine: RunLine['engine'];
  /** The run's, as in its line; null: the due time was missed. */
  startedAt: string | null;
  dueAt: string | null;
  /** Nothing later than this was known. */
  statedAt: string;
  /** That the run fails or is missed, 0..1. */
  probability: number;
  /** Nine in ten: where the job's true rate lies. */
  interval: [low: number, high: number];
  /** That the newest good copy becomes older than the objective; null: no objective and no schedule. */
  rpoBrokenWithinDay: number | null;
  rpoBrokenWithinWeek: number | null;
  reasons: string[];
  /** Known only afterwards. */
  outcome: RunLine['outcome'] | 'missed';
  /** Null: the outcome says nothing (skipped, running, unknown). */
  failed: boolean | null;
}

export interface ForecastOptions extends ReadOptions {
  /** Also a line for each due time that no run answered. */
  missed?: boolean;
}

interface Played extends RunSlot {
  job: KnownJob;
  key: string;
}

interface Event {
  at: number;
  /** Statements come before outcomes of the same instant. */
  settles: boolean;
  slot: Played;
}

/**
 * States for every run, in event time, the probability that it fails or is missed, from what was known before it was
 * due. Each cluster learns from its own runs alone, as in production. Lines come in the order of the statements.
 */
export async function* forecastRuns(
  lines: Iterable<string> | AsyncIterable<string>,
  options: ForecastOptions = {},
): AsyncGenerator<ForecastLine> {
  const jobs = await readRunLines(lines, options);
  const until = lastEvent(jobs, options);
  if (until === null) return;
  const dueUntil = lastAnswered(jobs, until).getTime();
  const fleets = new Map<string, Played[]>();
  for (const [key, runs] of jobs) {
    const known = [...runs.values()].filter((run) => Date.parse(run.startedAt) <= until.getTime());
    for (const slot of runSlots(known, dueUntil)) {
      const { cluster } = slot.terms;
      const fleet = fleets.get(cluster) ?? [];
      fleet.push({ ...slot, key, job: knownJob(key, slot) });
      fleets.set(cluster, fleet);
    }
  }
  const told = [...fleets.values()].flatMap((slots) => playFleet(slots, options));
  told.sort((a, b) => (a.statedAt < b.statedAt ? -1 : a.statedAt > b.statedAt ? 1 : 0));
  yield* told;
}

function playFleet(slots: readonly Played[], { missed = false }: ForecastOptions): ForecastLine[] {
  const forecaster = createForecaster();
  const told: ForecastLine[] = [];
  for (const { slot, settles } of eventsOf(slots)) {
    if (settles) settle(forecaster, slot);
    else {
      const stated = forecaster.expect(slot.job, slot.at);
      if (slot.run !== null || missed) told.push(lineOf(forecaster, slot, stated));
    }
  }
  return told;
}

function eventsOf(slots: readonly Played[]): Event[] {
  const events = slots.flatMap((slot) => [
    { at: slot.at, settles: false, slot },
    { at: Math.max(slot.at, slot.knownAt), settles: true, slot },
  ]);
  return events.sort(
    (a, b) =>
      a.at - b.at ||
      Number(a.settles) - Number(b.settles) ||
      (a.slot.key < b.slot.key ? -1 : a.slot.key > b.slot.key ? 1 : a.slot.at - b.slot.at),
  );
}

function settle(forecaster: Forecaster, slot: Played): void {
  const { job, run, at, knownAt } = slot;
  const failed = failedOf(run);
  if (failed === null) return forecaster.drop(job, at);
  const started = run === null ? null : Date.parse(run.startedAt);
  const ended = run?.endedAt ?? null;
  forecaster.settle(job, {
    at: knownAt,
    dueAt: at,
    failed,
    missed: run === null,
    seconds: ended === null || started === null ? null : (Date.parse(ended) - started) / SECOND_MS,
    delaySeconds: started === null ? null : (started - at) / SECOND_MS,
    tries: run === null ? 0 : triesOf(run),
    bytes: run?.logicalBytes ?? null,
    cause: causeKey(run?.error ?? null),
  });
}

const TRIES = ['retries', 'failedAttempts', 'warnings', 'errors'] as const;

/** Lines may tell of failed tries and warnings in fields of their own. */
function triesOf(run: RunLine): number {
  const told = run as Record<string, unknown>;
  const figures = TRIES.map((name) => told[name]);
  if (typeof told['attempts'] === 'number') figures.push(told['attempts'] - 1);
  const sum = figures.reduce<number>(
    (total, value) => total + (typeof value === 'number' && value > 0 ? value : 0),
    0,
  );
  return Math.min(sum, 1_000);
}

const SHARED = ['node', 'target', 'repository', 'storageClass', 'credential', 'engineVersion'];

function knownJob(key: string, { terms, intervalSeconds }: RunSlot): KnownJob {
  const told = terms as Record<string, unknown>;
  const groups = [`namespace ${terms.policy.split('/')[0]}`, `engine ${terms.engine}`];
  for (const name of SHARED)
    if (typeof told[name] === 'string') groups.push(`${name} ${told[name]}`);
  const className = `${terms.engine} ${cadenceName(intervalSeconds)}`;
  const rpoMs = objectiveMs(terms.rpoSeconds, intervalSeconds);
  return { key, className, groups, schedule: scheduleOf(terms), rpoMs };
}

function lineOf(
  forecaster: Forecaster,
  slot: Played,
  { probability, low, high, x }: Stated,
): ForecastLine {
  const { run, terms, at, key } = slot;
  const record = forecaster.record(key)!;
  const weights = forecaster.state.model.belief.mean;
  const ahead = { now: at, due: at, copyAt: record.outlook.copyAt, first: probability };
  const { withinDay, withinWeek } = forecaster.outlook(slot.job, ahead);
  return {
    v: 1,
    cluster: terms.cluster,
    resource: terms.resource,
    policy: terms.policy,
    engine: terms.engine,
    startedAt: run?.startedAt ?? null,
    dueAt: run === null ? new Date(at).toISOString() : run.dueAt,
    statedAt: new Date(at).toISOString(),
    probability: rounded(probability),
    interval: [rounded(low), rounded(high)],
    rpoBrokenWithinDay: rounded(withinDay),
    rpoBrokenWithinWeek: rounded(withinWeek),
    reasons: reasonsOf(record, x, weights, at),
    outcome: run?.outcome ?? 'missed',
    failed: failedOf(run),
  };
}

function rounded(probability: number): number;
function rounded(probability: number | null): number | null;
function rounded(probability: number | null): number | null {
  return probability === null ? null : Number(probability.toPrecision(5));
}
