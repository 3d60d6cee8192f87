import type { FactSink } from '../collect/port.ts';
import type { FactBatch, ObservedWindow } from '../domain/facts.ts';
import { TICK_MS } from '../domain/time.ts';
import type { SystemStore } from '../store/port.ts';

/** Stretches watched that are not in the store yet, and how to put them there. */
export interface UnstoredWindows {
  windows(): ObservedWindow[];
  /** Resolves when they are durable; at once when there are none. */
  store(): Promise<void>;
}

/** Where a watching reader's facts go: a cycle that read nothing new writes nothing. */
export type FactKeeper = FactSink & UnstoredWindows;

/** A gap as long as this is bridged when windows are joined, so that a crash loses nothing that was watched. */
const LONGEST_HELD_MS = 2 * TICK_MS;

/**
 * Batches are saved as they come, save those that say only that someone was watching: these wait for the next batch
 * that says more, or for `store`, at most two ticks of the cluster's time.
 */
export function createFactKeeper(
  store: Pick<SystemStore, 'saveFacts'>,
  tenantId: string,
): FactKeeper {
  let held: FactBatch | null = null;
  let savedAt: Date | null = null;

  async function write(batch: FactBatch): Promise<void> {
    await store.saveFacts(tenantId, batch);
    held = null;
    savedAt = batch.observedAt;
  }

  const isFresh = (at: Date): boolean =>
    savedAt !== null && at.getTime() - savedAt.getTime() < LONGEST_HELD_MS;

  return {
    async save(batch) {
      const whole = held === null ? batch : withWindows(batch, held.observedWindows);
      if (saysMore(batch) || !isFresh(batch.observedAt)) await write(whole);
      else held = whole;
    },
    windows: () => held?.observedWindows ?? [],
    async store() {
      if (held !== null) await write(held);
    },
  };
}

function saysMore({ problems, observedWindows: _windows, ...lists }: FactBatch): boolean {
  return (
    problems !== null || Object.values(lists).some((list) => Array.isArray(list) && list.length > 0)
  );
}

/** A stretch that goes on where an earlier one ended becomes one with it. */
function withWindows(batch: FactBatch, earlier: readonly ObservedWindow[]): FactBatch {
  const joined = [...earlier];
  for (const window of batch.observedWindows) {
    const index = joined.findIndex(
      ({ kind, until }) => kind === window.kind && until.getTime() === window.from.getTime(),
    );
    const before = joined[index];
    if (before === undefined) joined.push(window);
    else joined[index] = { ...before, until: window.until };
  }
  return { ...batch, observedWindows: joined };
}
