import { MAD_TO_SIGMA } from './robust.ts';

/** Between the 20 % and the 80 % quantile lie this many standard deviations of a normal distribution. */
const QUINTILES_TO_SIGMA = 1.683;
const LARGEST = 32_767;

/** Where a window lies in a memory of 16-bit slots. */
export interface WindowPlace {
  /** Slot of the number of values held; the next slot holds the place of the oldest. */
  header: number;
  /** First slot of the values in order of arrival. */
  ring: number;
  /** First slot of the same values in ascending order; it can be made again from the ring. */
  sorted: number;
  size: number;
}

/** The last `size` values, kept sorted: a push costs O(log size) comparisons, a quantile O(1). */
export interface SlotWindow {
  count(memory: Int16Array): number;
  push(memory: Int16Array, value: number): void;
  /** By linear interpolation; NaN when empty. */
  quantile(memory: Int16Array, q: number): number;
  /** The larger of the MAD's and the quintiles' estimate of a standard deviation around `center`; 0 below two values. */
  spread(memory: Int16Array, center: number): number;
  /** Median of the newest `count` values; NaN when empty. */
  recent(memory: Int16Array, count: number): number;
  clear(memory: Int16Array): void;
  /** Adds `delta` to every value. */
  shift(memory: Int16Array, delta: number): void;
  /** Makes the sorted slots anew from the ring; false when the header makes no sense. */
  restore(memory: Int16Array): boolean;
}

export function clampSlot(value: number): number {
  return Math.max(-LARGEST, Math.min(LARGEST, Math.round(value)));
}

export function createSlotWindow({ header, ring, sorted, size }: WindowPlace): SlotWindow {
  const count = (memory: Int16Array): number => memory[header]!;

  /** The first sorted slot whose value is not below `value`. */
  function place(memory: Int16Array, value: number): number {
    let low = sorted;
    let high = sorted + count(memory);
    while (low < high) {
      const middle = (low + high) >> 1;
      if (memory[middle]! < value) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  function push(memory: Int16Array, given: number): void {
    const value = clampSlot(given);
    const head = memory[header + 1]!;
    if (count(memory) === size) {
      const gone = place(memory, memory[ring + head]!);
      memory.copyWithin(gone, gone + 1, sorted + size);
      memory[header] = size - 1;
    }
    const end = sorted + count(memory);
    const at = place(memory, value);
    memory.copyWithin(at + 1, at, end);
    memory[at] = value;
    memory[ring + head] = value;
    memory[header] = count(memory) + 1;
    memory[header + 1] = (head + 1) % size;
  }

  function quantile(memory: Int16Array, q: number): number {
    const held = count(memory);
    if (held === 0) return Number.NaN;
    const position = (held - 1) * q;
    const whole = Math.floor(position);
    const low = memory[sorted + whole]!;
    const high = memory[sorted + Math.min(held - 1, whole + 1)]!;
    return low + (high - low) * (position - whole);
  }

  /** The median of |value − center|: the nearest half lies side by side, and a search finds where. */
  function deviation(memory: Int16Array, center: number): number {
    const held = count(memory);
    const half = (held + 1) >> 1;
    const end = sorted + held;
    let from = sorted;
    let until = end - half;
    while (from < until) {
      const middle = (from + until) >> 1;
      if (memory[middle + half]! - center < center - memory[middle]!) from = middle + 1;
      else until = middle;
    }
    const last = Math.max(center - memory[from]!, memory[from + half - 1]! - center);
    if (held % 2 === 1) return last;
    const below = from === sorted ? Infinity : center - memory[from - 1]!;
    const above = from + half === end ? Infinity : memory[from + half]! - center;
    return (last + Math.min(below, above)) / 2;
  }

  function spread(memory: Int16Array, center: number): number {
    if (count(memory) < 2) return 0;
    const quintiles = (quantile(memory, 0.8) - quantile(memory, 0.2)) / QUINTILES_TO_SIGMA;
    return Math.max(MAD_TO_SIGMA * deviation(memory, center), quintiles);
  }

  function recent(memory: Int16Array, wanted: number): number {
    const held = Math.min(wanted, count(memory));
    const values = new Float64Array(held);
    const head = memory[header + 1]!;
    for (let i = 0; i < held; i += 1) values[i] = memory[ring + ((head - 1 - i + size) % size)]!;
    values.sort();
    return (values[(held - 1) >> 1]! + values[held >> 1]!) / 2;
  }

  function clear(memory: Int16Array): void {
    memory[header] = 0;
    memory[header + 1] = 0;
  }

  function shift(memory: Int16Array, delta: number): void {
    for (const start of [ring, sorted])
      for (let i = 0; i < count(memory); i += 1)
        memory[start + i] = clampSlot(memory[start + i]! + delta);
  }

  function restore(memory: Int16Array): boolean {
    const head = memory[header + 1]!;
    const held = count(memory);
    if (held < 0 || held > size || head !== (held < size ? held : (head + size) % size))
      return false;
    memory.copyWithin(sorted, ring, ring + size);
    memory.subarray(sorted, sorted + held).sort();
    return true;
  }

  return { count, push, quantile, spread, recent, clear, shift, restore };
}
