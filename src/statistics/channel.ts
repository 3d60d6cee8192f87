import { createExceptions, EXCEPTION_SLOTS } from './exceptions.ts';
import { SEASON_SLOTS, createSeasons } from './seasons.ts';
import type { Calendar } from './seasons.ts';
import { clampSlot, createSlotWindow } from './slot-window.ts';
import {
  LARGEST_EXCESS,
  LARGEST_SHARE,
  TAIL_FROM,
  TAIL_UNTIL,
  fittedTail,
  studentTail,
} from './tails.ts';
import type { TailFit } from './tails.ts';

/** Slots per unit of the logarithm: values are kept to 0.2 %. */
export const SLOTS_PER_UNIT = 500;

/** What similar series scatter like. */
export interface ChannelPrior {
  /** Spread assumed before any value was seen, log scale. */
  spread: number;
  /** The spread is never taken to be less. */
  floor: number;
  above: TailFit;
  below: TailFit;
}

/** How a value compares with what its series predicts, on the log scale. */
export interface Reading {
  expected: number;
  distance: number;
  /** Distance in predictive spreads. */
  z: number;
  /** Of a value at least this far out on its side; 1 below two spreads. */
  probability: number;
  /** Values the prediction rests on. */
  basis: number;
  /** What the calendar added to the level. */
  season: number;
  /** How far off it was expected to be at this time of the week or month, as it was before. */
  exception: number;
  /** What was known to move it. */
  shift: number;
  /** A day of this kind was seen before. */
  seasonKnown: boolean;
  /** So far out that it must not teach. */
  odd: boolean;
}

/** What a series tells others of its kind. */
export interface Contribution {
  count: number;
  spread: number;
  seen: number;
  above: { count: number; excess: number };
  below: { count: number; excess: number };
}

const LEVEL = 24;
const RESIDUALS = 36;
const PENDING = 8;
const HEADER = 12;
/** Slots of one channel that are stored, and those that are made again from them. */
export const CHANNEL_SLOTS = HEADER + LEVEL + RESIDUALS + PENDING + SEASON_SLOTS + EXCEPTION_SLOTS;
export const DERIVED_SLOTS = LEVEL + RESIDUALS;

/** The prior is worth this many values. */
const PRIOR_WEIGHT = 10;
/** A first value that the second contradicts was an exception, e.g. a first upload. */
const LEAST_BASIS = 2;
/** A value this far out teaches nothing, if it is also off by this factor (log scale). */
const ODD_Z = 4.5;
const ODD_PROBABILITY = 1e-4;
const ODD_DISTANCE = 0.6;
/** Residuals further out than this many spreads are taken in as this. */
const CLIP = 3;
/** Residuals from which on the level's lag behind a trend is taken to be known. */
const LAG_FROM = 12;
/** The class's tail is worth so many values, and so many of those far out. */
const TAIL_WEIGHT = 100;
const TAIL_FEW = 10;
/** Tail counters are halved beyond this many values. */
const TAIL_MEMORY = 1_024;
const EXCESS_SCALE = 16;
/** A level left behind is remembered for this many values. */
const OLD_FOR = 60;

export interface Channel {
  /** Null while nothing is known. `shift` is what is known to move the value, e.g. more work. */
  read(
    memory: Int16Array,
    value: number,
    at: Calendar,
    prior: ChannelPrior,
    shift: number,
  ): Reading | null;
  /** Takes the value in. `hold`: so many odd values in a row are the new level. Returns true when one is adopted. */
  learn(
    memory: Int16Array,
    value: number,
    at: Calendar,
    reading: Reading | null,
    hold: number,
  ): boolean;
  /** Takes the pending values' level at once; false when none is pending. */
  adopt(memory: Int16Array): boolean;
  /** Goes back to the level left behind; false when none is remembered. */
  revert(memory: Int16Array): boolean;
  /** Median of the newest values without season, log scale; NaN when empty. */
  recent(memory: Int16Array, count: number): number;
  /** What it is around now without season, log scale; NaN when empty. */
  usual(memory: Int16Array): number;
  /** How far above what is usual its exceptions at this time of the week or month were, log scale; 0 without any. */
  exceptional(memory: Int16Array, at: Calendar): number;
  /** Its own scatter, log scale. */
  spread(memory: Int16Array): number;
  contribution(memory: Int16Array): Contribution;
  /** Makes the derived slots anew; false when the stored ones cannot be a channel's. */
  restore(memory: Int16Array): boolean;
}

/** A series of logarithms at slots `at`, its derived slots at `derived`. Same values, same memory, byte for byte. */
export function createChannel(at: number, derived: number): Channel {
  const ring = at + HEADER;
  const level = createSlotWindow({ header: at, ring, sorted: derived, size: LEVEL });
  const residuals = createSlotWindow({
    header: at + 2,
    ring: ring + LEVEL,
    sorted: derived + LEVEL,
    size: RESIDUALS,
  });
  const pendingCount = at + 4;
  const oldShift = at + 5;
  const oldAge = at + 6;
  const tails = at + 7;
  const pending = ring + LEVEL + RESIDUALS;
  const seasons = createSeasons(pending + PENDING);
  const exceptions = createExceptions(pending + PENDING + SEASON_SLOTS);

  /** How far the level lags behind a trend, as the residuals show. */
  function lag(memory: Int16Array): number {
    const count = residuals.count(memory);
    return count < LAG_FROM ? 0 : residuals.quantile(memory, 0.5);
  }

  function ownSpread(memory: Int16Array): number {
    return residuals.spread(memory, lag(memory)) / SLOTS_PER_UNIT;
  }

  function predictiveSpread(memory: Int16Array, prior: ChannelPrior): number {
    const count = residuals.count(memory);
    const own = ownSpread(memory);
    const pooled = Math.sqrt(
      (PRIOR_WEIGHT * prior.spread ** 2 + count * own ** 2) / (PRIOR_WEIGHT + count),
    );
    // A median's variance is π/2 that of a mean.
    const uncertain = Math.sqrt(1 + Math.PI / 2 / Math.max(1, level.count(memory)));
    return Math.max(prior.floor, pooled) * uncertain;
  }

  function read(
    memory: Int16Array,
    value: number,
    calendar: Calendar,
    prior: ChannelPrior,
    shift: number,
  ): Reading | null {
    const basis = level.count(memory);
    if (basis === 0) return null;
    const season = seasons.effect(memory, calendar);
    const plain = (level.quantile(memory, 0.5) + lag(memory) + season) / SLOTS_PER_UNIT + shift;
    const exception = exceptionOf(memory, calendar, value - plain);
    const center = plain + exception;
    const distance = value - center;
    const z = distance / predictiveSpread(memory, prior);
    const far = Math.abs(z);
    const degrees = PRIOR_WEIGHT + residuals.count(memory) - 1;
    const probability =
      far < TAIL_FROM
        ? 1
        : Math.max(studentTail(far, degrees), fittedTail(tailOf(memory, z, prior), far));
    return {
      expected: center,
      distance,
      z,
      probability,
      basis,
      season: season / SLOTS_PER_UNIT,
      exception,
      shift,
      // What comes on such days may all have been exceptions, which teach no season.
      seasonKnown: seasons.known(memory, calendar) || exceptions.known(memory, calendar),
      odd: far >= ODD_Z && probability < ODD_PROBABILITY && Math.abs(distance) >= ODD_DISTANCE,
    };
  }

  /** In a run of odd values each is judged by the level, or a new level would pass for an exception. */
  function exceptionOf(memory: Int16Array, calendar: Calendar, distance: number): number {
    if (Math.abs(distance) < ODD_DISTANCE || memory[pendingCount]! > 0) return 0;
    return exceptions.near(memory, calendar, distance * SLOTS_PER_UNIT) / SLOTS_PER_UNIT;
  }

  /** The class's tail, and the series' own as far as it has shown one: some scatter wildly among calm ones. */
  function tailOf(memory: Int16Array, z: number, prior: ChannelPrior): TailFit {
    const { share, excess } = z > 0 ? prior.above : prior.below;
    const side = tails + (z > 0 ? 1 : 3);
    const count = memory[side]!;
    const own = memory[side + 1]! / EXCESS_SCALE;
    const ownShare = (count + TAIL_WEIGHT * share) / (memory[tails]! + TAIL_WEIGHT);
    const ownExcess = (own + TAIL_FEW * excess) / (count + TAIL_FEW);
    return {
      share: Math.min(Math.max(share, LARGEST_SHARE), ownShare),
      excess: Math.min(LARGEST_EXCESS, Math.max(excess, ownExcess)),
    };
  }

  function learn(
    memory: Int16Array,
    value: number,
    calendar: Calendar,
    reading: Reading | null,
    hold: number,
  ): boolean {
    if (reading === null) {
      level.push(memory, value * SLOTS_PER_UNIT);
      return false;
    }
    const slot = (value - reading.shift) * SLOTS_PER_UNIT;
    const season = reading.season * SLOTS_PER_UNIT;
    if (reading.basis < LEAST_BASIS && contradicts(reading)) level.clear(memory);
    else if (reading.odd && !returns(memory, reading)) {
      return hesitate(memory, slot - season, calendar, reading, hold);
    }
    memory[pendingCount] = 0;
    if (reading.exception !== 0) {
      const whole = (reading.distance + reading.exception) * SLOTS_PER_UNIT;
      exceptions.learn(memory, calendar, whole);
      return false;
    }
    memory[oldAge] = Math.min(OLD_FOR, memory[oldAge]! + 1);
    if (level.count(memory) === 0) {
      level.push(memory, slot);
      return false;
    }
    const center = level.quantile(memory, 0.5);
    const raw = slot - center - season;
    const usual = lag(memory);
    const reach = CLIP * Math.abs(reading.distance / (reading.z || 1)) * SLOTS_PER_UNIT || Infinity;
    countTail(memory, reading);
    seasons.learn(memory, calendar, slot - center - usual);
    residuals.push(memory, Math.max(usual - reach, Math.min(usual + reach, raw)));
    level.push(memory, slot - season);
    return false;
  }

  /** An odd value near the level left behind is no surprise: the level comes back with it. */
  function returns(memory: Int16Array, { distance, z }: Reading): boolean {
    const old = memory[oldShift]! / SLOTS_PER_UNIT;
    if (old === 0 || memory[oldAge]! >= OLD_FOR) return false;
    const spread = Math.abs(distance / z);
    return Math.abs(distance - old) <= Math.max(3 * spread, Math.abs(old) / 4) && revert(memory);
  }

  function hesitate(
    memory: Int16Array,
    value: number,
    calendar: Calendar,
    { distance }: Reading,
    hold: number,
  ): boolean {
    const count = memory[pendingCount]!;
    memory[pending + (count % PENDING)] = clampSlot(value);
    memory[pendingCount] = Math.min(LONGEST_HOLD, count + 1);
    if (count === 0) exceptions.learn(memory, calendar, distance * SLOTS_PER_UNIT);
    if (count + 1 < hold) return false;
    return adopt(memory);
  }

  function pendingLevel(memory: Int16Array): number {
    const count = Math.min(PENDING, memory[pendingCount]!);
    const values = memory.slice(pending, pending + count).sort();
    return (values[(count - 1) >> 1]! + values[count >> 1]!) / 2;
  }

  function adopt(memory: Int16Array): boolean {
    if (memory[pendingCount] === 0) return false;
    move(memory, pendingLevel(memory) - level.quantile(memory, 0.5) - lag(memory));
    memory[pendingCount] = 0;
    return true;
  }

  function move(memory: Int16Array, delta: number): void {
    level.shift(memory, delta);
    memory[oldShift] = clampSlot(-delta);
    memory[oldAge] = 0;
  }

  function revert(memory: Int16Array): boolean {
    const delta = memory[oldShift]!;
    if (delta === 0) return false;
    move(memory, delta);
    memory[oldShift] = 0;
    return true;
  }

  /** Slots: values, then count and excess above and below. */
  function countTail(memory: Int16Array, { z }: Reading): void {
    const far = Math.abs(z);
    const seen = memory[tails]! + 1;
    memory[tails] = seen;
    if (far > TAIL_FROM && far < TAIL_UNTIL) {
      const side = tails + (z > 0 ? 1 : 3);
      memory[side] = memory[side]! + 1;
      memory[side + 1] = clampSlot(memory[side + 1]! + (far - TAIL_FROM) * EXCESS_SCALE);
    }
    if (seen < TAIL_MEMORY) return;
    for (let slot = tails; slot < tails + 5; slot += 1) memory[slot] = memory[slot]! >> 1;
  }

  function contribution(memory: Int16Array): Contribution {
    return {
      count: residuals.count(memory),
      spread: ownSpread(memory),
      seen: memory[tails]!,
      above: { count: memory[tails + 1]!, excess: memory[tails + 2]! / EXCESS_SCALE },
      below: { count: memory[tails + 3]!, excess: memory[tails + 4]! / EXCESS_SCALE },
    };
  }

  return {
    read,
    learn,
    adopt,
    revert,
    contribution,
    usual: (memory) => (level.quantile(memory, 0.5) + lag(memory)) / SLOTS_PER_UNIT,
    exceptional: (memory, calendar) => exceptions.highest(memory, calendar) / SLOTS_PER_UNIT,
    spread: ownSpread,
    recent: (memory, count) => level.recent(memory, count) / SLOTS_PER_UNIT,
    restore: (memory) => level.restore(memory) && residuals.restore(memory),
  };
}

/** A count of odd values saturates here. */
const LONGEST_HOLD = 32_000;

function contradicts({ distance, z }: Reading): boolean {
  return Math.abs(distance) >= ODD_DISTANCE && Math.abs(z) >= 2;
}
