import { setTimeout as sleep } from 'node:timers/promises';
import { DAY_MS } from '../../domain/time.ts';

export interface PaceDeps {
  /** The world's time, in milliseconds. */
  now: () => number;
  /** Where the replay ends. */
  target: () => number;
  /** What the API last told as its time; null: nobody has asked yet. */
  toldAt: () => number | null;
}

const LEAST_LEAD_MS = DAY_MS;
/** Of what is left to play. */
const LEAD_SHARE = 0.2;
const LOOK_MS = 10;

/**
 * Holds a replay back, so that it never runs far ahead of the time its reader has asked for: some days at first, one
 * day near the end. A reader looks again only when it has judged what it took, so what lasts for days is seen to last,
 * as in a cluster whose clock does not race. One that has not asked for `patienceMs` is not waited for until it does.
 */
export function createPace({ now, target, toldAt }: PaceDeps, patienceMs: number) {
  let givenUp: number | null = null;
  return async (signal: AbortSignal): Promise<void> => {
    const begun = performance.now();
    for (;;) {
      const told = toldAt();
      if (told === null || told === givenUp || signal.aborted) return;
      if (now() - told < Math.max(LEAST_LEAD_MS, (target() - told) * LEAD_SHARE)) return;
      if (performance.now() - begun >= patienceMs) givenUp = told;
      await sleep(LOOK_MS, undefined, { ref: false });
    }
  };
}
