import { clampSlot } from './slot-window.ts';
import type { Reading } from './channel.ts';

/**
 * Slots: how many readings in a row lay far out on one side (negative: below), the newest surprises (−ln P), then the
 * newest z, and the decayed means of z² and of neighbours' product.
 */
export const CONSECUTIVE_SLOTS = 7;
const KEPT = 3;
const SCALE = 200;
const Z_SCALE = 2_000;
const MEMORY = 32;
/** Chance alone makes so few values look this much alike. */
const BY_CHANCE = 0.15;

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
  /** What a reading says beside its neighbour: 1 when they are independent, 0 when each follows the one before. */
  independence(memory: Int16Array): number;
}

export function createConsecutive(at: number): Consecutive {
  function learn(memory: Int16Array, { z, probability }: Reading): void {
    const side = probability >= 1 ? 0 : Math.sign(z);
    const before = memory[at]!;
    const lasts = side !== 0 && Math.sign(before) === side;
    memory[at] = side === 0 ? 0 : lasts ? clampSlot(before + side) : side;
    memory.copyWithin(at + 2, at + 1, at + KEPT);
    memory[at + 1] = clampSlot(-Math.log(Math.max(1e-60, probability)) * SCALE);
    follow(memory, side === 0 ? z : 0);
  }

  /** Far readings teach nothing here: a fault that lasts would pass for a habit. */
  function follow(memory: Int16Array, z: number): void {
    const last = memory[at + 4]! / Z_SCALE;
    if (z === 0 || last === 0) {
      memory[at + 4] = clampSlot(z * Z_SCALE);
      return;
    }
    memory[at + 4] = clampSlot(z * Z_SCALE);
    blend(memory, at + 5, z * z);
    blend(memory, at + 6, z * last);
  }

  function independence(memory: Int16Array): number {
    const alike = memory[at + 6]! / Math.max(1, memory[at + 5]!);
    return Math.max(0, Math.min(1, 1 - 2 * (alike - BY_CHANCE)));
  }

  function read(memory: Int16Array): Together | null {
    const count = Math.abs(memory[at]!);
    if (count < 2) return null;
    const own = independence(memory);
    let surprise = memory[at + 1]! / SCALE;
    let least = 1;
    for (let k = 2; k <= Math.min(KEPT, count); k += 1) {
      surprise += (own * memory[at + k]!) / SCALE;
      least = Math.min(least, (KEPT - 1) * productTail(surprise, k));
    }
    return { count, probability: least };
  }

  return { learn, read, independence };
}

function blend(memory: Int16Array, slot: number, value: number): void {
  memory[slot] = clampSlot(memory[slot]! + (value * Z_SCALE - memory[slot]!) / MEMORY);
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
