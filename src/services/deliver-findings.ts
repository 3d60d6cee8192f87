import { defaultDelivery } from '../analyze/fleet/deliver.ts';
import { deliverDue, newScratch } from '../analyze/fleet/deliver-due.ts';
import type { Judgement } from '../domain/judgement.ts';
import { TICK_MS, tickAtOrAfter } from '../domain/time.ts';
import type { SystemStore } from '../store/port.ts';

export interface DeliverDeps {
  store: Pick<SystemStore, 'readDeliveryWork' | 'saveDeliveries'>;
  tenantId: string;
}

/** Findings decided on at a time. */
const BATCH = 5_000;

/**
 * Decides how the findings of a tenant are delivered whose tick is over by `until`, whichever process raised them. The
 * tenant's desk is in the store: of two who decide at once one is refused, reads what the other did, and decides on the
 * rest. What one leaves undecided, by whatever end, the next one decides.
 */
export async function deliverFindings(deps: DeliverDeps, until: Date): Promise<void> {
  const { store, tenantId } = deps;
  const tick = new Date(Math.floor(until.getTime() / TICK_MS) * TICK_MS);
  let scratch = newScratch();
  for (;;) {
    const work = await store.readDeliveryWork(tenantId, tick, BATCH);
    if (work.due.length === 0) return;
    const decided = deliverDue(work, defaultDelivery, scratch);
    const stored = await store.saveDeliveries(tenantId, work.revision, decided);
    if (!stored) scratch = newScratch();
    else if (work.due.length < BATCH) return;
  }
}

/** Delivers after a cluster's judgements; a pass after which nothing waits asks nothing. */
export interface Deliverer {
  /** After a judgement is durable. A delivery that fails is made up for at the next call. */
  after(judgement: Pick<Judgement, 'delivery' | 'judgedAt'>): Promise<void>;
  /** Decides on all that waits now: nobody will look at the tick's end. */
  finish(): Promise<void>;
}

export function createDeliverer(deps: DeliverDeps): Deliverer {
  /** Ticks with findings that wait; what an earlier process left is not known. */
  const waiting = new Set([-Infinity]);
  return {
    async after({ delivery, judgedAt }) {
      for (const { at } of delivery?.raised ?? []) waiting.add(tickAtOrAfter(at).getTime());
      const over = [...waiting].filter((tick) => tick <= judgedAt.getTime());
      if (over.length === 0) return;
      await deliverFindings(deps, judgedAt);
      for (const tick of over) waiting.delete(tick);
    },
    async finish() {
      const last = Math.max(...waiting);
      if (last > -Infinity) await deliverFindings(deps, new Date(last));
      waiting.clear();
    },
  };
}
