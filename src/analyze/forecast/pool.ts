import type { Tally } from './tallies.ts';

/** Tallies over many jobs, by key; what today adds counts from tomorrow on, so that the order within a day is free. */
export interface Pool {
  frozen: Record<string, Tally>;
  today: Record<string, Tally>;
  /** How many results a job's class speaks for: much where jobs of a class are alike, little where they differ. */
  strength: number;
  /** The same for what follows a success, and what follows a failure. */
  chainStrength: [number, number];
}

/** Half of a tally is forgotten in this many days. */
export const HALF_LIFE_DAYS = 60;
export const KEEP_A_DAY = 0.5 ** (1 / HALF_LIFE_DAYS);
/** Below this much weight a key is dropped. */
const LEAST_TOTAL = 0.5;

const FIRST_STRENGTH = 4;
const STRENGTHS = [1, 60] as const;
/** From this many jobs with this many results each the strength is estimated. */
const ENOUGH_JOBS = 8;
const ENOUGH_RESULTS = 8;

export function freshPool(): Pool {
  return {
    frozen: {},
    today: {},
    strength: FIRST_STRENGTH,
    chainStrength: [FIRST_STRENGTH, FIRST_STRENGTH],
  };
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

/** The strength of a beta prior by the method of moments: from how jobs' shares scatter beyond chance. */
export function strengthOf(tallies: Iterable<Tally>): number {
  const shares: number[] = [];
  let inverse = 0;
  for (const { failed, total } of tallies) {
    if (total < ENOUGH_RESULTS) continue;
    shares.push(failed / total);
    inverse += 1 / total;
  }
  if (shares.length < ENOUGH_JOBS) return FIRST_STRENGTH;
  const mean = shares.reduce((sum, share) => sum + share, 0) / shares.length;
  const scatter = shares.reduce((sum, share) => sum + (share - mean) ** 2, 0) / (shares.length - 1);
  const single = mean * (1 - mean);
  const between = scatter - (single * inverse) / shares.length;
  if (between <= 0 || single === 0) return STRENGTHS[1];
  return Math.max(STRENGTHS[0], Math.min(STRENGTHS[1], single / between - 1));
}
