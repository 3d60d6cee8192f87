import { createHash } from 'node:crypto';

/** Numbers that depend on nothing but the keys: whoever asks, in whatever order, gets the same. */
export interface Random {
  /** In [0, 1). */
  next(): number;
  /** Whole number in [low, high]. */
  int(low: number, high: number): number;
  /** In [low, high). */
  between(low: number, high: number): number;
  /** Standard normal. */
  normal(): number;
  /** Median 1, spread as the standard deviation of its logarithm. */
  lognormal(sigma: number): number;
  chance(probability: number): boolean;
  hex(digits: number): string;
  /** A new array in random order. */
  shuffled<T>(items: readonly T[]): T[];
}

export type Key = string | number;

function digest(keys: readonly Key[]): Buffer {
  return createHash('sha256').update(JSON.stringify(keys)).digest();
}

/** A version 4 UUID made of the keys. */
export function uuidOf(...keys: Key[]): string {
  const hex = digest(['uid', ...keys]).toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-4${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A generator of the sfc32 family, seeded by SHA-256 of the keys. */
export function createRandom(...keys: Key[]): Random {
  const seed = digest(keys);
  let a = seed.readInt32LE(0);
  let b = seed.readInt32LE(4);
  let c = seed.readInt32LE(8);
  let counter = seed.readInt32LE(12);

  function bits(): number {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = ((c << 21) | (c >>> 11)) + sum;
    return sum >>> 0;
  }

  const next = (): number => bits() / 2 ** 32;
  const between = (low: number, high: number): number => low + (high - low) * next();
  const int = (low: number, high: number): number => low + Math.floor((high - low + 1) * next());
  const normal = (): number =>
    Math.sqrt(-2 * Math.log(1 - next())) * Math.cos(2 * Math.PI * next());
  return {
    next,
    int,
    between,
    normal,
    lognormal: (sigma) => Math.exp(sigma * normal()),
    chance: (probability) => next() < probability,
    hex: (digits) => Array.from({ length: digits }, () => int(0, 15).toString(16)).join(''),
    shuffled: (items) =>
      items
        .map((item) => ({ item, place: next() }))
        .sort((left, right) => left.place - right.place)
        .map(({ item }) => item),
  };
}
