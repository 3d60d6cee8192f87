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
    [x * x, x * y, y * y].forEach((product, i) => {
      const mean = memory[at + 1 + i]!;
      const step = (product * SCALE - mean) / seen;
      memory[at + 1 + i] = clampSlot(mean + step);
    });
  }

  function slope(memory: Int16Array): number {
    const [seen, xx, xy, yy] = memory.subarray(at, at + PAIR_SLOTS) as unknown as number[];
    if (seen! < LEAST_PAIRS || xx! <= 0 || yy! <= 0 || xy! <= 0) return 0;
    const explained = (xy! * xy!) / (xx! * yy!);
    return explained > LEAST_EXPLAINED ? Math.min(STEEPEST, xy! / xx!) : 0;
  }

  return { learn, slope };
}
