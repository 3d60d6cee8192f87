import type { Calendar } from './seasons.ts';
import { clampSlot } from './slot-window.ts';

/** Exceptions remembered at once. */
const KEPT = 4;
/** Slots of an exception: when it came, how far it was off, how often it was seen. */
const EACH = 3;
export const EXCEPTION_SLOTS = KEPT * EACH;

/** Values off by much at calendar times: a full backup on Sundays or on the first of a month. */
export interface Exceptions {
  /** How far off a value at this time was before, nearest to `distance`; 0 when none was like it. */
  near(memory: Int16Array, at: Calendar, distance: number): number;
  /** How far above the others a value at this time was at most; 0 when none was. */
  highest(memory: Int16Array, at: Calendar): number;
  /** True when one came at such a time before; for a first of the month, when one came on another. */
  known(memory: Int16Array, at: Calendar): boolean;
  /** Takes in an exception; one that came at such a time before is confirmed, the least confirmed is forgotten. */
  learn(memory: Int16Array, at: Calendar, distance: number): void;
}

/** Off by about as much as before. */
const LEAST_ALIKE = 0.6;

export function createExceptions(start: number): Exceptions {
  const slotsOf = (entry: number): number => start + entry * EACH;

  function find(memory: Int16Array, at: Calendar, distance: number): number | null {
    for (let entry = 0; entry < KEPT; entry += 1) {
      const slot = slotsOf(entry);
      const before = memory[slot + 1]!;
      const unused = memory[slot + 2] === 0;
      if (unused || Math.sign(before) !== Math.sign(distance)) continue;
      const alike = Math.min(before / distance, distance / before);
      if (alike >= LEAST_ALIKE && sameTime(memory[slot]!, at)) return slot;
    }
    return null;
  }

  function near(memory: Int16Array, at: Calendar, distance: number): number {
    const slot = find(memory, at, distance);
    return slot === null ? 0 : memory[slot + 1]!;
  }

  function highest(memory: Int16Array, at: Calendar): number {
    let most = 0;
    for (let entry = 0; entry < KEPT; entry += 1) {
      const slot = slotsOf(entry);
      const known = memory[slot + 2] !== 0 && sameTime(memory[slot]!, at);
      if (known) most = Math.max(most, memory[slot + 1]!);
    }
    return most;
  }

  function known(memory: Int16Array, at: Calendar): boolean {
    for (let entry = 0; entry < KEPT; entry += 1) {
      const stamp = memory[slotsOf(entry)]!;
      const used = memory[slotsOf(entry) + 2] !== 0 && sameTime(stamp, at);
      if (used && (at.monthDay !== 1 || monthDayOf(stamp) === 1)) return true;
    }
    return false;
  }

  function learn(memory: Int16Array, at: Calendar, distance: number): void {
    const known = find(memory, at, distance);
    if (known !== null) {
      memory[known] = stampOf(at);
      memory[known + 1] = clampSlot((memory[known + 1]! + distance) / 2);
      memory[known + 2] = Math.min(100, memory[known + 2]! + 1);
      return;
    }
    let least = slotsOf(0);
    for (let entry = 1; entry < KEPT; entry += 1)
      if (memory[slotsOf(entry) + 2]! < memory[least + 2]!) least = slotsOf(entry);
    // Those confirmed once give way first, the oldest of them before the others.
    memory.copyWithin(least, least + EACH, start + EXCEPTION_SLOTS);
    const last = slotsOf(KEPT - 1);
    memory[last] = stampOf(at);
    memory[last + 1] = clampSlot(distance);
    memory[last + 2] = 1;
  }

  return { near, highest, known, learn };
}

function stampOf({ weekday, dayPart, monthDay }: Calendar): number {
  return (monthDay * 7 + weekday) * 8 + dayPart;
}

const monthDayOf = (stamp: number): number => Math.floor(stamp / 56);

/** Days of the month that lie closer than this may be of one week. */
const NEXT_WEEK_DAYS = 5;

/** The same part of the same weekday in another week, or the same day of another month; never the same day again. */
function sameTime(stamp: number, at: Calendar): boolean {
  const dayPart = stamp % 8;
  const weekday = Math.floor(stamp / 8) % 7;
  const monthDay = monthDayOf(stamp);
  if (monthDay === at.monthDay) return weekday !== at.weekday;
  const apart = Math.abs(dayPart + 8 * weekday - at.dayPart - 8 * at.weekday);
  const days = Math.abs(monthDay - at.monthDay);
  return Math.min(apart, 56 - apart) <= 1 && Math.min(days, 31 - days) >= NEXT_WEEK_DAYS;
}
