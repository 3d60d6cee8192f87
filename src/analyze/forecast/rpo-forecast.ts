export interface RpoOutlook {
  /** ms; start of the newest good run; null: there is none. */
  lastGoodAt: number | null;
  rpoMs: number;
  now: number;
  until: number;
  /** Due times of runs that have not ended at `now`, ascending. */
  dues: readonly number[];
  /** How long after its due time a run starts: its copy is as old as its start. */
  delayMs: number;
  /** How long a run takes until it is good for something. */
  durationMs: number;
  /** P(the first of them fails or is missed). */
  first: number;
  /** The same for later runs, after a success and after a failure. */
  afterSuccess: number;
  afterFailure: number;
}

/**
 * The probability that the newest good copy becomes older than the target before `until`, when outcomes follow each
 * other as a two-state chain. 1 when it is older already or there is none.
 */
export function rpoBreakProbability(outlook: RpoOutlook): number {
  const { lastGoodAt, rpoMs, now, until } = outlook;
  if (lastGoodAt === null || lastGoodAt + rpoMs <= now) return 1;
  const dues = outlook.dues.filter((due) => due <= until);
  const safe: number[] = [];
  for (let i = dues.length - 1; i >= 0; i -= 1)
    safe[i] = safeFrom(
      dues[i]! + outlook.delayMs,
      i + 1,
      outlook.afterSuccess,
      dues,
      safe,
      outlook,
    );
  return 1 - safeFrom(lastGoodAt, 0, outlook.first, dues, safe, outlook);
}

/** P(no break) given that a copy of `copyAt` is the newest and the next run to come is `next`, failing with `fails`. */
function safeFrom(
  copyAt: number,
  next: number,
  fails: number,
  dues: readonly number[],
  safe: readonly number[],
  { rpoMs, delayMs, durationMs, afterFailure, until }: RpoOutlook,
): number {
  const end = copyAt + rpoMs;
  let reached = 1;
  let failing = fails;
  let sum = 0;
  for (let i = next; i < dues.length && dues[i]! + delayMs + durationMs <= end; i += 1) {
    sum += reached * (1 - failing) * safe[i]!;
    reached *= failing;
    failing = afterFailure;
  }
  return end > until ? sum + reached : sum;
}
