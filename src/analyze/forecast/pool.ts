import type { Tally } from './job-record.ts';

/** Tallies over many jobs, by key; what today adds counts from tomorrow on, so that the order within a day is free. */
export interface Pool {
  frozen: Record<string, Tally>;
  today: Record<string, Tally>;
}

/** Half of a tally is forgotten in this many days. */
export const HALF_LIFE_DAYS = 60;
export const KEEP_A_DAY = 0.5 ** (1 / HALF_LIFE_DAYS);
/** Below this much weight a key is dropped. */
const LEAST_TOTAL = 0.5;

export function freshPool(): Pool {
  return { frozen: {}, today: {} };
}

export function count(pool: Pool, key: string, failed: number): void {
  const one = (pool.today[key] ??= { failed: 0, total: 0 });
  one.failed += failed;
  one.total += 1;
}

/** The share of failures under a key, drawn towards `prior` as if that had been seen `weight` times. */
export function shareOf(pool: Pool, key: string, prior: number, weight: number): number {
  const one = pool.frozen[key];
  return drawn(one, prior, weight);
}

export function drawn(one: Tally | undefined, prior: number, weight: number): number {
  if (one === undefined) return prior;
  return (one.failed + weight * prior) / (one.total + weight);
}

export function endPoolDay(pool: Pool, keep: number): void {
  for (const [key, one] of Object.entries(pool.frozen)) {
    one.failed *= keep;
    one.total *= keep;
    if (one.total < LEAST_TOTAL && pool.today[key] === undefined) delete pool.frozen[key];
  }
  for (const [key, { failed, total }] of Object.entries(pool.today)) {
    const one = (pool.frozen[key] ??= { failed: 0, total: 0 });
    one.failed += failed;
    one.total += total;
  }
  pool.today = {};
}
