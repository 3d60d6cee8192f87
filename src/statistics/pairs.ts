import { clampSlot } from './slot-window.ts';

/** Slots: pairs seen, then the mean of x², xy and y². */
export const PAIR_SLOTS = 4;
const SCALE = 3_000;
const MEMORY = 24;
const LEAST_PAIRS = 8;
const LEAST_EXPLAINED = 0.3;
const STEEPEST = 1.2;

/** How one residual follows another, over about the last two dozen pairs. */
export interface Pairs {
  learn(memory: Int16Array, x: number, y: number): void;
  /** Rise of y with x through the origin; 0 unless x explains more than 30 % of y. */
  slope(memory: Int16Array): number;
}

export function createPairs(at: number): Pairs {
  function learn(memory: Int16Array, x: number, y: number): void {
    const seen = Math.min(MEMORY, memory[at]! + 1);
    memory[at] = seen;
    average(memory, at + 1, x * x, seen);
    average(memory, at + 2, x * y, seen);
    average(memory, at + 3, y * y, seen);
  }

  function slope(memory: Int16Array): number {
    if (memory[at]! < LEAST_PAIRS) return 0;
    const xx = memory[at + 1]!;
    const xy = memory[at + 2]!;
    const yy = memory[at + 3]!;
    if (xx <= 0 || yy <= 0 || xy <= 0) return 0;
    const explained = (xy * xy) / (xx * yy);
    return explained > LEAST_EXPLAINED ? Math.min(STEEPEST, xy / xx) : 0;
  }

  return { learn, slope };
}

function average(memory: Int16Array, slot: number, product: number, seen: number): void {
  const mean = memory[slot]!;
  memory[slot] = clampSlot(mean + (product * SCALE - mean) / seen);
}
