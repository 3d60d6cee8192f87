import { clampSlot } from './slot-window.ts';

/** When a value was taken, as far as calendars matter. */
export interface Calendar {
  /** 0 (Sunday) to 6. */
  weekday: number;
  /** 0 to 7: three hours each. */
  dayPart: number;
  /** 1 to 31. */
  monthDay: number;
}

/** Groups of buckets: seven weekdays, eight parts of the day, the first of the month. */
const GROUPS = 3;
const BUCKETS = 16;
/** Slots: mean and count of each bucket, then the mean error with and without each group. */
export const SEASON_SLOTS = 2 * BUCKETS + 2 * GROUPS;

/** The bucket of a group that a time falls into; -1: none. */
function bucketOf(group: number, { weekday, dayPart, monthDay }: Calendar): number {
  if (group === 0) return weekday;
  if (group === 1) return 7 + dayPart;
  return monthDay === 1 ? 15 : -1;
}

/** A bucket's mean counts for n / (n + this). */
const SHRINK = 3;
/** Values a bucket's mean looks back on. */
const MEMORY = 12;
/** A group is used once it lowers the mean error by more than a twentieth. */
const WORTH = 0.95;
/** Mean errors are kept in fractions of a slot. */
const ERROR_SCALE = 8;
const ERROR_MEMORY = 24;

export interface Seasons {
  /** What the calendar adds to the level, in slots. */
  effect(memory: Int16Array, calendar: Calendar): number;
  /** True when a value of each of this day's kinds was seen before. */
  known(memory: Int16Array, calendar: Calendar): boolean;
  /** Takes in a usual value's distance from the level without season. */
  learn(memory: Int16Array, calendar: Calendar, residual: number): void;
}

export function createSeasons(at: number): Seasons {
  const counts = at + BUCKETS;
  const errors = at + 2 * BUCKETS;

  function bucketEffect(memory: Int16Array, bucket: number): number {
    const seen = memory[counts + bucket]!;
    return (memory[at + bucket]! * seen) / (seen + SHRINK);
  }

  function isWorth(memory: Int16Array, group: number): boolean {
    const withIt = memory[errors + 2 * group]!;
    const without = memory[errors + 2 * group + 1]!;
    return without > 0 && withIt < WORTH * without;
  }

  function groupEffect(memory: Int16Array, group: number, calendar: Calendar): number {
    const bucket = bucketOf(group, calendar);
    return bucket < 0 || !isWorth(memory, group) ? 0 : bucketEffect(memory, bucket);
  }

  function effect(memory: Int16Array, calendar: Calendar): number {
    let sum = 0;
    for (let group = 0; group < GROUPS; group += 1) sum += groupEffect(memory, group, calendar);
    return sum;
  }

  function known(memory: Int16Array, calendar: Calendar): boolean {
    const first = bucketOf(2, calendar);
    return (
      memory[counts + bucketOf(0, calendar)]! > 0 && (first < 0 || memory[counts + first]! > 0)
    );
  }

  function learn(memory: Int16Array, calendar: Calendar, residual: number): void {
    const all = effect(memory, calendar);
    for (let group = 0; group < GROUPS; group += 1) {
      const bucket = bucketOf(group, calendar);
      if (bucket < 0) continue;
      const usual = bucketEffect(memory, bucket);
      const own = residual - (all - (isWorth(memory, group) ? usual : 0));
      if (memory[counts + bucket]! > 0) {
        blend(memory, errors + 2 * group, Math.abs(own - usual));
        blend(memory, errors + 2 * group + 1, Math.abs(own));
      }
      average(memory, bucket, own);
    }
  }

  function average(memory: Int16Array, bucket: number, value: number): void {
    const seen = memory[counts + bucket]!;
    const mean = memory[at + bucket]!;
    memory[at + bucket] = clampSlot(mean + (value - mean) / (seen + 1));
    memory[counts + bucket] = Math.min(MEMORY, seen + 1);
  }

  return { effect, known, learn };
}

/** Moves a kept mean error towards a new one, by at least a fraction of a slot. */
function blend(memory: Int16Array, slot: number, error: number): void {
  const scaled = clampSlot(error * ERROR_SCALE);
  const step = (scaled - memory[slot]!) / ERROR_MEMORY;
  memory[slot] = clampSlot(memory[slot]! + (step > 0 ? Math.ceil(step) : Math.floor(step)));
}
