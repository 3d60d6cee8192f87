/** Failures among results, each fading with every further result. */
export interface Tally {
  failed: number;
  total: number;
}

/** Several tallies as plain numbers, `failed` and `total` of each in turn: every job has some twenty. */
export type Tallies = number[];

export function freshTallies(count: number): Tallies {
  return Array.from({ length: 2 * count }, () => 0);
}

/** The tally at an index as it is now; both are 0 where there is none. */
export function tallyAt(tallies: Tallies, index: number): Tally {
  return { failed: tallies[2 * index] ?? 0, total: tallies[2 * index + 1] ?? 0 };
}

/** A lasting tally still forgets beyond this many results. */
const LONGEST_MEMORY = 400;

/** Adds a result, 1 for a failure, to the tally at an index; of what was there the share `keep` stays. */
export function addResult(tallies: Tallies, index: number, failed: 0 | 1, keep: number): void {
  const one = tallyAt(tallies, index);
  const kept = one.total > LONGEST_MEMORY ? Math.min(keep, 1 - 1 / LONGEST_MEMORY) : keep;
  tallies[2 * index] = kept * one.failed + failed;
  tallies[2 * index + 1] = kept * one.total + 1;
}
