import type { Channel } from './channel.ts';
import { SLOTS_PER_UNIT } from './channel.ts';
import { clampSlot } from './slot-window.ts';
import { theilSen } from './theil-sen.ts';

/** Values in a block, at least: one of each weekday where there is one a day, so that a week's shape is no drift. */
export const BLOCK = 7;
/** Days in a block, at least: what creeps does so over weeks, and blocks of single days would not reach back so far. */
export const BLOCK_DAYS = 2;
const BLOCKS = 16;
/** Slots: blocks held, place of the oldest, values and first day of the current block, then the blocks' medians. */
export const DRIFT_SLOTS = 4 + BLOCKS;
/** Days are counted round a circle. */
const DAYS = 30_000;
/** Blocks that the reference, and what is compared with it, are the mean of. */
const REFERENCE = 2;
const LEAST_BLOCKS = 5;
/** Values a block's median is taken of, at most. */
const LONGEST = 24;

export interface DriftReading {
  /** ln(now / reference). */
  rise: number;
  /** Median rise a block, log scale. */
  perBlock: number;
  /** How surely it rises: Kendall's tau of the blocks. */
  agreement: number;
  /** Share of the rise that one step made. */
  largestStep: number;
  /** Blocks between the reference and now. */
  blocks: number;
}

/** Medians of blocks of values over a long time: what a level that follows its values cannot see. */
export interface Drift {
  /** Notes that the channel has one value more; a block ends with a day. */
  count(memory: Int16Array, channel: Channel, day: number): void;
  /** True when a block has just ended: only then can the reading have changed by much. */
  turned(memory: Int16Array): boolean;
  /** ln(now / reference); 0 while there is no reference. */
  rise(memory: Int16Array, channel: Channel): number;
  /** Null while fewer than about 35 values or five days were seen, or when the rise is less than `least`. */
  read(memory: Int16Array, channel: Channel, least: number): DriftReading | null;
}

export function createDrift(at: number): Drift {
  const ring = at + 4;

  function count(memory: Int16Array, channel: Channel, day: number): void {
    const today = day % DAYS;
    const days = (today - memory[at + 3]! + DAYS) % DAYS;
    if (memory[at + 2]! >= BLOCK && days >= BLOCK_DAYS) close(memory, channel);
    if (memory[at + 2] === 0) memory[at + 3] = today;
    memory[at + 2] = Math.min(LONGEST, memory[at + 2]! + 1);
  }

  /** The newest value is already of the next block; its weight in the median is small. */
  function close(memory: Int16Array, channel: Channel): void {
    const head = memory[at + 1]!;
    const size = Math.min(LONGEST, memory[at + 2]!);
    memory[ring + head] = clampSlot(channel.recent(memory, size) * SLOTS_PER_UNIT);
    memory[at + 1] = (head + 1) % BLOCKS;
    memory[at] = Math.min(BLOCKS, memory[at]! + 1);
    memory[at + 2] = 0;
  }

  function blocksOf(memory: Int16Array): number[] {
    const held = memory[at]!;
    const oldest = held < BLOCKS ? 0 : memory[at + 1]!;
    const blocks: number[] = [];
    for (let i = 0; i < held; i += 1) blocks.push(memory[ring + ((oldest + i) % BLOCKS)]!);
    return blocks;
  }

  /** From the lowest block on: what went down before is no part of a rise. */
  function risingOf(memory: Int16Array, channel: Channel): number[] {
    const blocks = blocksOf(memory);
    if (memory[at + 2]! >= BLOCK) blocks.push(channel.recent(memory, BLOCK) * SLOTS_PER_UNIT);
    return blocks.slice(blocks.lastIndexOf(Math.min(...blocks.slice(0, 1 - LEAST_BLOCKS))));
  }

  function rise(memory: Int16Array, channel: Channel): number {
    return memory[at]! < LEAST_BLOCKS ? 0 : riseOf(risingOf(memory, channel));
  }

  function read(memory: Int16Array, channel: Channel, least: number): DriftReading | null {
    if (memory[at]! < LEAST_BLOCKS) return null;
    const rising = risingOf(memory, channel);
    const risen = riseOf(rising);
    if (risen < least) return null;
    const { perStep, agreement, largestStep } = theilSen(rising);
    const perBlock = perStep / SLOTS_PER_UNIT;
    return { rise: risen, perBlock, agreement, largestStep, blocks: rising.length - REFERENCE };
  }

  const turned = (memory: Int16Array): boolean => memory[at + 2] === 1;
  return { count, read, rise, turned };
}

function riseOf(blocks: readonly number[]): number {
  const [first, last] = [blocks.slice(0, REFERENCE), blocks.slice(-REFERENCE)];
  return (mean(last) - mean(first)) / SLOTS_PER_UNIT;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
