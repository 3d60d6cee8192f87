import type { DeliveriesDecided, DueFinding, IncidentNoted } from '../../src/domain/delivery.ts';
import type { Judgement } from '../../src/domain/judgement.ts';
import type { SystemStore } from '../../src/store/port.ts';

/** How one finding's life was delivered; null: not decided. */
export interface FakeDelivery extends DueFinding {
  delivery: { as: 'page' | 'digest'; why: string } | null;
  incidentId: string | null;
}

/** The delivery side of a store, in memory, for one tenant. */
export interface FakeDeliveries extends Pick<SystemStore, 'readDeliveryWork' | 'saveDeliveries'> {
  readonly findings: ReadonlyMap<string, FakeDelivery>;
  readonly incidents: ReadonlyMap<string, IncidentNoted>;
  /** Calls of both functions, to see that nobody asks for nothing. */
  calls(): number;
  /** The next write is refused, as if another process had decided. */
  refuseNext(): void;
  note(judgement: Pick<Judgement, 'clusterId' | 'delivery'>, isFirst: boolean): void;
}

export function createFakeDeliveries(): FakeDeliveries {
  const findings = new Map<string, FakeDelivery>();
  const incidents = new Map<string, IncidentNoted>();
  const sizes = new Map<string, { clusterId: string; sizes: NonNullable<Sizes> }>();
  const tested = new Map<number, number>();
  let desk: string | null = null;
  let revision = 0;
  let calls = 0;
  let refused = false;

  function note(
    { clusterId, delivery }: Pick<Judgement, 'clusterId' | 'delivery'>,
    firstContact: boolean,
  ): void {
    if (delivery === null) return;
    for (const { fingerprint, at, jobId, raised, tests } of delivery.raised) {
      const findingId = `${fingerprint} ${at.toISOString()}`;
      const due = { findingId, fingerprint, clusterId, jobId, raisedAt: at, firstContact, tests };
      if (!findings.has(findingId))
        findings.set(findingId, { ...due, ...raised, delivery: null, incidentId: null });
    }
    for (const [tick, runs] of delivery.tested) tested.set(tick, (tested.get(tick) ?? 0) + runs);
    if (delivery.sizes !== null) sizes.set(clusterId, { clusterId, sizes: delivery.sizes });
  }

  function allSizes() {
    const sums = new Map<string, Sized>();
    for (const { clusterId, sizes: own } of sizes.values())
      for (const { trait, value, bound, jobs } of own) {
        const within = bound ? clusterId : null;
        const key = `${trait} ${within} ${value}`;
        const known = sums.get(key)?.jobs ?? 0;
        sums.set(key, { trait, value, clusterId: within, jobs: known + jobs });
      }
    return [...sums.values()];
  }

  return {
    findings,
    incidents,
    calls: () => calls,
    refuseNext: () => void (refused = true),
    note,
    readDeliveryWork: async (_tenant, until, limit) => {
      calls += 1;
      const due = [...findings.values()]
        .filter((one) => one.delivery === null && (one.raisedAt <= until || one.firstContact))
        .sort((a, b) => a.raisedAt.getTime() - b.raisedAt.getTime())
        .slice(0, limit);
      const known = allSizes();
      const jobs = known.filter(({ trait }) => trait === 'cluster');
      const sum = jobs.reduce((all, one) => all + one.jobs, 0);
      return structuredClone({ revision, desk, jobs: sum, due, sizes: known, tested: [...tested] });
    },
    saveDeliveries: async (_tenant, seen, decided: DeliveriesDecided) => {
      calls += 1;
      if (refused || seen !== revision) {
        refused = false;
        return false;
      }
      revision += 1;
      desk = decided.desk;
      for (const incident of decided.incidents) incidents.set(incident.incidentId, incident);
      for (const { findingId, as, why, incidentId } of decided.deliveries)
        Object.assign(findings.get(findingId)!, { delivery: { as, why }, incidentId });
      for (const { findingId, incidentId } of decided.linked) {
        const own = findings.get(findingId)!;
        own.incidentId ??= incidentId;
      }
      return true;
    },
  };
}

type Sizes = NonNullable<Judgement['delivery']>['sizes'];
type Sized = Awaited<ReturnType<SystemStore['readDeliveryWork']>>['sizes'][number];
