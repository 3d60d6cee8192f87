import { CHANNEL_SLOTS, DERIVED_SLOTS, createChannel } from '../../statistics/channel.ts';
import type { Channel, ChannelPrior, Reading } from '../../statistics/channel.ts';
import { CONSECUTIVE_SLOTS, createConsecutive } from '../../statistics/consecutive.ts';
import { createDrift, DRIFT_SLOTS } from '../../statistics/drift.ts';
import { createPairs, PAIR_SLOTS } from '../../statistics/pairs.ts';
import type { Calendar } from '../../statistics/seasons.ts';
import { createOutcomes, OUTCOME_SLOTS } from './outcomes.ts';

/** What a run is measured by. */
export const CHANNELS = ['duration', 'logical', 'added', 'files', 'dedup'] as const;
export type ChannelName = (typeof CHANNELS)[number];

export type Readings = Partial<Record<ChannelName, Reading>>;
export type ChannelPriors = Readonly<Record<ChannelName, ChannelPrior>>;
export type Figures = Readonly<Record<ChannelName, number | null>>;

/**
 * What a job's runs were like, in one fixed block: 16-bit slots in native order (little-endian wherever Node runs),
 * of which the first `STORED` are kept and the rest are made again from them.
 */
export type Baseline = Int16Array;

const VERSION = 3;
/** Version and checksum. */
const HEADER = 2;
const drifts = HEADER + CHANNELS.length * CHANNEL_SLOTS;
const pairs = drifts + 2 * DRIFT_SLOTS;
const outcomesAt = pairs + PAIR_SLOTS;
const oddDurations = outcomesAt + OUTCOME_SLOTS;
const STORED = oddDurations + CONSECUTIVE_SLOTS;
const SLOTS = STORED + CHANNELS.length * DERIVED_SLOTS;
/** The version before knew of no odd durations in a row. */
const SECOND = { version: 2, stored: oddDurations };
/** Bytes of a stored baseline, for all channels together. */
export const BASELINE_BYTES = STORED * 2;

export const channels = Object.fromEntries(
  CHANNELS.map((name, index) => [
    name,
    createChannel(HEADER + index * CHANNEL_SLOTS, STORED + index * DERIVED_SLOTS),
  ]),
) as Record<ChannelName, Channel>;
/** Slots of a channel, stored ones and derived ones. */
function slotsOf(name: ChannelName): readonly [number, number][] {
  const index = CHANNELS.indexOf(name);
  const [stored, derived] = [HEADER + index * CHANNEL_SLOTS, STORED + index * DERIVED_SLOTS];
  return [
    [stored, stored + CHANNEL_SLOTS],
    [derived, derived + DERIVED_SLOTS],
  ];
}

/** Another engine stores and copies in its own way: the data stays what it was, all else is learnt anew. */
export function forgetEngine(baseline: Baseline): void {
  const own = (['duration', 'added', 'dedup'] as const).flatMap(slotsOf);
  const shared: [number, number][] = [
    [drifts, drifts + DRIFT_SLOTS],
    [pairs, outcomesAt],
    [oddDurations, STORED],
  ];
  for (const [from, until] of [...own, ...shared]) baseline.fill(0, from, until);
}

export const durationDrift = createDrift(drifts);
export const sizeDrift = createDrift(drifts + DRIFT_SLOTS);
/** How added bytes move the duration. */
export const addedAndDuration = createPairs(pairs);
export const outcomes = createOutcomes(outcomesAt);
/** Runs in a row that took far longer, or far shorter. */
export const durationsInARow = createConsecutive(oddDurations);

export function freshBaseline(): Baseline {
  const baseline = new Int16Array(SLOTS);
  baseline[0] = VERSION;
  return baseline;
}

export function encodeBaseline(baseline: Baseline): string {
  baseline[1] = checksumOf(baseline, STORED);
  return Buffer.from(baseline.buffer, baseline.byteOffset, BASELINE_BYTES).toString('base64');
}

/** Null when the text is of another version, cut or damaged. */
export function decodeBaseline(text: string): Baseline | null {
  const bytes = Buffer.from(text, 'base64');
  const length = bytes.length / 2;
  const version = length === STORED ? VERSION : length === SECOND.stored ? SECOND.version : null;
  if (version === null) return null;
  const baseline = new Int16Array(SLOTS);
  bytes.copy(new Uint8Array(baseline.buffer));
  if (baseline[0] !== version || baseline[1] !== checksumOf(baseline, length)) return null;
  baseline[0] = VERSION;
  return CHANNELS.every((name) => channels[name].restore(baseline)) ? baseline : null;
}

function checksumOf(baseline: Baseline, until: number): number {
  let sum = 0;
  for (let slot = HEADER; slot < until; slot += 1) sum = (sum * 31 + baseline[slot]!) | 0;
  return (sum << 16) >> 16;
}

/** Below these, relative changes mean nothing. */
const FLOORS: Record<ChannelName, number> = {
  duration: 10,
  logical: 1 << 20,
  added: 1 << 20,
  files: 20,
  dedup: 0.1,
};

export function logOf(name: ChannelName, value: number): number {
  return Math.log(value + FLOORS[name]);
}

/** Back from the log scale; never negative. */
export function figureOf(name: ChannelName, logarithm: number): number {
  return Math.max(0, Math.exp(logarithm) - FLOORS[name]);
}

/** Beyond e times more or less data no line through usual runs is to be trusted. */
const FARTHEST = 1;

/** How a run compares with the job's history; only channels it has figures for and that have a history. */
export function readRun(
  baseline: Baseline,
  figures: Figures,
  at: Calendar,
  priors: ChannelPriors,
): Readings {
  const readings: Readings = {};
  for (const name of CHANNELS) {
    if (name === 'duration') continue;
    const value = figures[name];
    if (value === null) continue;
    const reading = channels[name].read(baseline, logOf(name, value), at, priors[name], 0);
    if (reading !== null) readings[name] = reading;
  }
  if (figures.duration === null) return readings;
  const more = Math.max(-FARTHEST, Math.min(FARTHEST, readings.added?.distance ?? 0));
  const shift = addedAndDuration.slope(baseline) * more;
  const value = logOf('duration', figures.duration);
  const reading = channels.duration.read(baseline, value, at, priors.duration, shift);
  if (reading !== null) readings.duration = reading;
  return readings;
}

/** ln scatter assumed of durations at least, and the normal quantile of 99.5 %. */
const LEAST_SCATTER = 0.3;
const Q995 = 2.576;

/**
 * What 99.5 % of durations stay below, were they log-normal around what is usual now, or around what has come at such
 * a time of the week or month before; 0 without a history.
 */
export function longestUsual(baseline: Baseline, at?: Calendar): number {
  const usual = channels.duration.usual(baseline);
  if (Number.isNaN(usual)) return 0;
  const scatter = Math.max(LEAST_SCATTER, channels.duration.spread(baseline));
  const exception = at === undefined ? 0 : channels.duration.exceptional(baseline, at);
  return figureOf('duration', usual + exception + Q995 * scatter);
}

/** Takes a run in; `day` is its start's in days since 1970, `hold` how long an odd level must last. Returns the channels whose level was adopted with it. */
export function learnRun(
  baseline: Baseline,
  figures: Figures,
  at: Calendar,
  readings: Readings,
  { day, hold }: { day: number; hold: number },
): ChannelName[] {
  const adopted: ChannelName[] = [];
  for (const name of CHANNELS) {
    const value = figures[name];
    if (value === null) continue;
    const reading = readings[name] ?? null;
    const taken = channels[name].learn(baseline, logOf(name, value), at, reading, hold);
    if (taken) adopted.push(name);
  }
  const { duration, added, logical } = readings;
  if (duration && added && !duration.odd && !added.odd)
    addedAndDuration.learn(baseline, added.distance, duration.distance + duration.shift);
  if (duration) durationsInARow.learn(baseline, duration);
  if (duration && !duration.odd) durationDrift.count(baseline, channels.duration, day);
  if (logical && !logical.odd) sizeDrift.count(baseline, channels.logical, day);
  return adopted;
}
