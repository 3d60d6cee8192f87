import { setTimeout as sleep } from 'node:timers/promises';
import { DAY_MS, MINUTE_MS, type Clock } from '../domain/time.ts';
import type { HouseLimits, SystemStore } from '../store/port.ts';

export interface KeepHouseDeps {
  store: Pick<SystemStore, 'keepHouse'>;
  tenantId: string;
  clock: Clock;
  limits: Omit<HouseLimits, 'rows'>;
  onTrouble: (error: unknown) => void;
  /** Before the first look; the first minutes belong to reading. */
  firstAfterMs?: number;
}

/** Rows of one table that one call removes: calls of others get in between. */
const ROWS = 20_000;

/** Once a day removes what has outlived its limit, until the signal aborts. What fails is tried again the next day. */
export async function keepHouse(deps: KeepHouseDeps, signal: AbortSignal): Promise<void> {
  let waitMs = deps.firstAfterMs ?? 5 * MINUTE_MS;
  while (await pause(waitMs, signal)) {
    waitMs = DAY_MS;
    try {
      await tidy(deps, signal);
    } catch (error) {
      deps.onTrouble(error);
    }
  }
}

async function tidy({ store, tenantId, clock, limits }: KeepHouseDeps, signal: AbortSignal) {
  for (let more = true; more && !signal.aborted;)
    ({ more } = await store.keepHouse(tenantId, clock.now(), { ...limits, rows: ROWS }));
}

/** False when the signal ended the pause. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal, ref: false }).catch(() => false);
}
