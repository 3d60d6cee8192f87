import type { DeliveriesDecided, DeliveryWork, DueFinding } from '../../domain/delivery.ts';
import { TICK_MS } from '../../domain/time.ts';
import { deliverTick } from './deliver.ts';
import type { Delivery, DeliverySettings, FleetTick, Raised } from './deliver.ts';
import { emptyDesk, readDesk, writeDesk } from './desk.ts';
import type { Desk } from './desk.ts';
import { noGroups } from './cause-groups.ts';
import type { CauseGroups } from './cause-groups.ts';
import type { SizeOf } from './likely-cause.ts';
import type { SharedCause } from './shared-cause.ts';
import { thingKey } from './trait-sizes.ts';
import { troubleOf } from './trouble.ts';

/** What goes on from page to page of one delivery and is then forgotten. */
export interface Scratch {
  /** By cluster, the desk of what was there when it was first judged. */
  firstContacts: Map<string, Desk>;
  /** Incidents of clusters that catch up. */
  late: CauseGroups;
}

export const newScratch = (): Scratch => ({ firstContacts: new Map(), late: noGroups() });

/**
 * Decides on all that waits, tick by tick; a finding belongs to the tick at or after its instant. What was there when a
 * cluster was first judged disturbs nobody and uses up nobody's budget: it is delivered on a desk of its own, to the
 * digest.
 */
export function deliverDue(
  work: DeliveryWork,
  settings: DeliverySettings,
  scratch: Scratch,
): DeliveriesDecided {
  const desk = readDesk(work.desk);
  const decided: Decided = { deliveries: new Map(), linked: new Map(), incidents: new Map() };
  const sizes = new Map(work.sizes.map((one) => [thingKey(one.trait, one), one.jobs]));
  const sizeOf: SizeOf = (trait, thing) => sizes.get(thingKey(trait, thing)) ?? 0;
  const tested = new Map(work.tested);
  for (const [place, due] of byDesk(work.due)) {
    const own = place === null ? desk : firstDesk(scratch, place);
    for (const [at, raised] of byTick(due)) {
      const tests = Math.max(tested.get(at) ?? 0, testsOf(raised));
      const tick: FleetTick = {
        at: new Date(at),
        raised: raised.map(asRaised),
        tests,
        jobs: work.jobs,
        sizeOf,
      };
      take(decided, deliverTick(own, tick, settings, scratch.late), place !== null);
    }
  }
  return { desk: writeDesk(desk), ...listed(decided) };
}

interface Decided {
  deliveries: Map<string, Delivery>;
  linked: Map<string, SharedCause>;
  incidents: Map<string, SharedCause>;
}

/** By the cluster whose first contact it is; null: the tenant's own desk. */
function byDesk(due: readonly DueFinding[]): Map<string | null, DueFinding[]> {
  return Map.groupBy(due, ({ firstContact, clusterId }) => (firstContact ? clusterId : null));
}

function byTick(due: readonly DueFinding[]): [number, DueFinding[]][] {
  const ticks = Map.groupBy(
    due,
    ({ raisedAt }) => Math.ceil(raisedAt.getTime() / TICK_MS) * TICK_MS,
  );
  return [...ticks].sort(([a], [b]) => a - b);
}

function firstDesk({ firstContacts }: Scratch, clusterId: string): Desk {
  const known = firstContacts.get(clusterId) ?? emptyDesk();
  firstContacts.set(clusterId, known);
  return known;
}

/** Each cluster's own count, once. */
function testsOf(raised: readonly DueFinding[]): number {
  const counts = new Map<string, number>();
  for (const { clusterId, tests } of raised)
    counts.set(clusterId, Math.max(tests, counts.get(clusterId) ?? 0));
  return [...counts.values()].reduce((sum, count) => sum + count, 0);
}

function asRaised(due: DueFinding): Raised {
  const { findingId: key, fingerprint, jobId, severity, probability, factor } = due;
  const { traits, didWell, lastWellAt } = due;
  const trip = { key, jobId, trouble: troubleOf(due.kind), traits, didWell, lastWellAt };
  return { ...trip, fingerprint, severity, probability, factor };
}

function take(
  decided: Decided,
  { deliveries, linked }: ReturnType<typeof deliverTick>,
  isFirst: boolean,
): void {
  for (const delivery of deliveries) {
    const { key, incident } = delivery;
    const first = { key, incident, as: 'digest', why: 'first-contact' } as const;
    decided.deliveries.set(key, isFirst ? first : delivery);
    if (incident !== null) decided.incidents.set(incident.incidentId, incident);
  }
  for (const [key, incident] of linked) {
    const own = decided.deliveries.get(key);
    if (own === undefined) decided.linked.set(key, incident);
    else own.incident = incident;
    decided.incidents.set(incident.incidentId, incident);
  }
}

function listed({ deliveries, linked, incidents }: Decided): Omit<DeliveriesDecided, 'desk'> {
  return {
    deliveries: [...deliveries.values()].map(({ key, as, why, incident }) => ({
      findingId: key,
      as,
      why,
      incidentId: incident?.incidentId ?? null,
    })),
    linked: [...linked].map(([findingId, { incidentId }]) => ({ findingId, incidentId })),
    incidents: [...incidents.values()].map(
      ({ incidentId, trait, value, clusterId, since, newest, tripped, of }) => ({
        incidentId,
        shared: trait,
        value,
        clusterId,
        since,
        newestAt: newest,
        tripped,
        of,
      }),
    ),
  };
}
