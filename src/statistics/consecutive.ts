import { clampSlot } from './slot-window.ts';
import type { Reading } from './channel.ts';

/** Slots: how many readings in a row lay far out on one side (negative: below), then the newest surprises, −ln P. */
export const CONSECUTIVE_SLOTS = 4;
const KEPT = 3;
const SCALE = 200;

export interface Together {
  /** Readings in a row that are far out on the same side, the newest included. */
  count: number;
  /** How often chance gives as many so far out, were they independent. */
  probability: number;
}

/** Readings that are odd one after the other: each may be chance, all of them seldom are. */
export interface Consecutive {
  learn(memory: Int16Array, reading: Reading): void;
  /** What the newest two or three say together; null while the newest stands alone. */
  read(memory: Int16Array): Together | null;
}

export function createConsecutive(at: number): Consecutive {
  function learn(memory: Int16Array, { z, probability }: Reading): void {
    const side = probability >= 1 ? 0 : Math.sign(z);
    const before = memory[at]!;
    const lasts = side !== 0 && Math.sign(before) === side;
    memory[at] = side === 0 ? 0 : lasts ? clampSlot(before + side) : side;
    memory.copyWithin(at + 2, at + 1, at + KEPT);
    memory[at + 1] = clampSlot(-Math.log(Math.max(1e-60, probability)) * SCALE);
  }

  function read(memory: Int16Array): Together | null {
    const count = Math.abs(memory[at]!);
    if (count < 2) return null;
    let surprise = memory[at + 1]! / SCALE;
    let least = 1;
    for (let k = 2; k <= Math.min(KEPT, count); k += 1) {
      surprise += memory[at + k]! / SCALE;
      least = Math.min(least, (KEPT - 1) * productTail(surprise, k));
    }
    return { count, probability: least };
  }

  return { learn, read };
}

/** P(the product of `k` independent uniform numbers ≤ e^−s): the tail of Fisher's combination (1932). */
export function productTail(s: number, k: number): number {
  let term = Math.exp(-s);
  let sum = term;
  for (let j = 1; j < k; j += 1) {
    term *= s / j;
    sum += term;
  }
  return sum;
}
