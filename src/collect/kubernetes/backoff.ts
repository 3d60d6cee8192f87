import { setTimeout as sleep } from 'node:timers/promises';

/** Exponential with full jitter on its upper half: of `minMs · 2ⁿ`, between 50 and 100 %, never above `maxMs`. */
export function backoffMs(
  failures: number,
  limits: { minMs: number; maxMs: number },
  random: () => number = Math.random,
): number {
  const full = Math.min(limits.maxMs, limits.minMs * 2 ** Math.min(failures, 30));
  return full * (0.5 + random() / 2);
}

/** Resolves early when the signal aborts; the process may end meanwhile. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => {});
}
