import { beforeEach, describe, expect, it } from 'vitest';
import type { DeliveryNews, DidWell, RaisedFinding, Traits } from '../../src/domain/delivery.ts';
import { deliverFindings } from '../../src/services/deliver-findings.ts';
import {
  aBatch,
  aClaim,
  aDraft,
  aJudgement,
  aPolicy,
  CLUSTER,
  minutes,
  T0,
} from './store-facts.ts';
import { aCluster, type ContractContext } from './store-context.ts';

const OTHER = 'cluster-b';
const bucket: Traits = {
  target: { value: 'BackupStorageLocation velero/main', clusterId: CLUSTER },
  startMinute: { value: '0 2 * * * UTC', clusterId: null },
};

const didWell: DidWell = { target: [0, 2, 5], cluster: [1, 2, 5] };

const node = (value: string): Traits => ({ node: { value, clusterId: CLUSTER } });

/** How findings are delivered: the desk, sizes over clusters, incidents, and who sees them. */
export function describeDelivery(context: ContractContext): void {
  const system = () => context.store.system;
  const as = (subject: string) => context.store.as({ tenantId: context.tenant, subject });
  const work = () => system().readDeliveryWork(context.tenant, minutes(60), 100);

  async function raise(
    minute: number,
    keys: readonly string[],
    parts: { traits?: Traits; clusterId?: string; namespace?: string } = {},
    news: Partial<DeliveryNews> = {},
  ): Promise<void> {
    const { traits = bucket, clusterId = CLUSTER, namespace = 'media' } = parts;
    const drafts = keys.map((key) =>
      aDraft(key, { kind: 'failed-run', subject: { ...aDraft(key).subject, namespace } }),
    );
    const raised = drafts.map(({ fingerprint, severity }, index): RaisedFinding => {
      const figures = { kind: 'failed-run' as const, severity, probability: null, factor: null };
      const shared = { traits, didWell, lastWellAt: minutes(1) };
      const raised = { ...figures, ...shared };
      return { fingerprint, at: minutes(minute), jobId: keys[index]!, raised, tests: 2 };
    });
    await system().saveJudgement(
      context.tenant,
      aJudgement({
        clusterId,
        judgedAt: minutes(minute),
        findings: drafts.map((finding) => ({ change: 'raised', at: minutes(minute), finding })),
        delivery: { raised, tested: [[minutes(minute).getTime(), 2]], sizes: null, ...news },
      }),
    );
  }
  const sizes = [
    { trait: 'target', value: 'BackupStorageLocation velero/main', bound: true, jobs: 8 },
    { trait: 'startMinute', value: '0 2 * * * UTC', bound: false, jobs: 8 },
    { trait: 'cluster', value: CLUSTER, bound: true, jobs: 20 },
  ] as const;

  describe('deliveries', () => {
    beforeEach(async () => {
      await system().saveCluster(context.tenant, { ...aCluster(OTHER), name: 'away' });
      const resources = [aClaim('photos'), aClaim('docs', { namespace: 'office' })];
      const batch = aBatch({ resources, policies: [aPolicy('photos')] });
      await system().saveFacts(context.tenant, batch);
      await system().saveFacts(context.tenant, { ...aBatch(), clusterId: OTHER });
      const quiet = { judgedAt: T0, delivery: { raised: [], tested: [], sizes: [...sizes] } };
      await system().saveJudgement(context.tenant, aJudgement(quiet));
      await system().saveJudgement(context.tenant, aJudgement({ ...quiet, clusterId: OTHER }));
    });

    it('wait until their tick, with what deciding them takes, summed over clusters', async () => {
      await raise(5, ['a', 'b']);
      const early = await system().readDeliveryWork(context.tenant, minutes(4), 100);
      expect(early).toMatchObject({ revision: 0, desk: null, due: [] });
      expect((await as('owner').listFindings({})).items[0]).toMatchObject({
        delivery: null,
        deliveryReason: null,
        incident: null,
      });
      const waiting = await work();
      expect(waiting.jobs).toBe(40);
      expect(waiting.tested).toEqual([[minutes(5).getTime(), 2]]);
      expect(new Set(waiting.due.map(({ jobId }) => jobId))).toEqual(new Set(['a', 'b']));
      expect(waiting.due[0]).toMatchObject({
        clusterId: CLUSTER,
        raisedAt: minutes(5),
        severity: 'high',
        probability: null,
        kind: 'failed-run',
        traits: bucket,
        didWell,
        lastWellAt: minutes(1),
        firstContact: false,
        tests: 2,
      });
      const [target, minute] = [bucket.target!, bucket.startMinute!];
      expect(waiting.sizes).toContainEqual({
        trait: 'target',
        ...target,
        clusterId: OTHER,
        jobs: 8,
      });
      expect(waiting.sizes).toContainEqual({ trait: 'target', ...target, jobs: 8 });
      expect(waiting.sizes).toContainEqual({ trait: 'startMinute', ...minute, jobs: 16 });
    });

    it('are decided once; who decides on an older desk is refused and changes nothing', async () => {
      await raise(5, ['a']);
      const { revision, due } = await work();
      const deliveries = due.map(({ findingId }) => ({
        findingId,
        as: 'page' as const,
        why: 'told' as const,
        incidentId: null,
      }));
      const decided = { desk: '{"n":1}', deliveries, linked: [], incidents: [] };
      const before = await as('owner').readRevision();
      expect(await system().saveDeliveries(context.tenant, revision, decided)).toBe(true);
      expect(await as('owner').readRevision()).not.toBe(before);
      const again = { ...decided, desk: '{"n":2}' };
      expect(await system().saveDeliveries(context.tenant, revision, again)).toBe(false);
      expect(await work()).toMatchObject({ revision: revision + 1, desk: '{"n":1}', due: [] });
      expect((await as('owner').listFindings({ delivery: 'page' })).items).toHaveLength(1);
      expect((await as('owner').listFindings({ delivery: 'digest' })).items).toEqual([]);
    });

    it('of several processes at once tell one incident, once', async () => {
      await raise(5, ['a', 'b']);
      await raise(10, ['c']);
      await raise(10, ['z'], { traits: {}, clusterId: OTHER });
      const deps = { store: system(), tenantId: context.tenant };
      await Promise.all([1, 2, 3].map(() => deliverFindings(deps, minutes(10))));
      const { items } = await as('owner').listFindings({});
      expect(items.map(({ delivery }) => delivery)).toEqual(['page', 'page', 'page', 'page']);
      const trips = items.map(({ incident }) => incident?.tripped ?? 0);
      expect(trips.toSorted((a, b) => a - b)).toEqual([0, 3, 3, 3]);
      const [incident] = (await as('owner').listIncidents({})).items;
      expect(incident).toEqual({
        incidentId: items.find((one) => one.incident !== null)?.incident?.id,
        shared: 'target',
        value: 'BackupStorageLocation velero/main',
        clusterId: CLUSTER,
        cluster: 'home',
        since: minutes(5).toISOString(),
        newestAt: minutes(10).toISOString(),
        tripped: 3,
        of: 8,
        kinds: ['failed-run'],
        severity: 'high',
        findings: 3,
        openFindings: 3,
        sentence:
          '3 of 8 jobs that write to BackupStorageLocation velero/main failed between 00:05 and 00:10 UTC on 2026-11-01: one cause is likelier than three',
      });
      const { incidentId } = incident!;
      expect((await as('owner').listFindings({ incidentId })).items).toHaveLength(3);
      await raise(15, ['d']);
      await deliverFindings(deps, minutes(15));
      expect((await as('owner').listFindings({ delivery: 'digest' })).items).toMatchObject([
        { deliveryReason: 'member', incident: { id: incidentId, tripped: 4, of: 8 } },
      ]);
    });

    it('mark what was there when a cluster was first judged', async () => {
      const fresh = 'cluster-c';
      await system().saveCluster(context.tenant, aCluster(fresh));
      await system().saveFacts(context.tenant, { ...aBatch(), clusterId: fresh });
      await raise(70, ['old'], { clusterId: fresh });
      expect((await work()).due).toMatchObject([{ clusterId: fresh, firstContact: true }]);
      await deliverFindings({ store: system(), tenantId: context.tenant }, minutes(60));
      expect((await as('owner').listFindings({})).items).toMatchObject([
        { delivery: 'digest', deliveryReason: 'first-contact' },
      ]);
    });

    it('page incidents newest first, and end them with their findings', async () => {
      const deps = { store: system(), tenantId: context.tenant };
      for (const [minute, name] of [
        [5, 'n1'],
        [10, 'n2'],
        [15, 'n3'],
      ] as const)
        await raise(
          minute,
          [1, 2, 3].map((index) => `${name}-${index}`),
          { traits: node(name) },
        );
      await deliverFindings(deps, minutes(15));
      const values: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<ReturnType<typeof as>['listIncidents']>> = await as(
          'owner',
        ).listIncidents({ limit: 1, ...(cursor !== null && { cursor }) });
        values.push(...page.items.map(({ value }) => value));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(values).toEqual(['n3', 'n2', 'n1']);
      const ended = [1, 2, 3].map((index) => aDraft(`n2-${index}`).fingerprint);
      await system().saveJudgement(
        context.tenant,
        aJudgement({
          judgedAt: minutes(20),
          findings: ended.map((fingerprint) => ({
            change: 'resolved',
            at: minutes(20),
            fingerprint,
            reason: 'a run succeeded',
          })),
        }),
      );
      const of = async (state: string) =>
        (await as('owner').listIncidents({ state })).items.map(({ value }) => value);
      expect([await of('open'), await of('ended'), await of('any')]).toEqual([
        ['n3', 'n1'],
        ['n2'],
        ['n3', 'n2', 'n1'],
      ]);
      const since = minutes(12).toISOString();
      expect((await as('owner').listIncidents({ since })).items).toHaveLength(1);
      expect((await as('owner').listIncidents({ clusterId: OTHER })).items).toEqual([]);
    });

    it('show an incident to who sees a finding of it, and to no other tenant', async () => {
      await raise(5, ['a', 'b', 'c'], { namespace: 'office' });
      await deliverFindings({ store: system(), tenantId: context.tenant }, minutes(5));
      await context.query(
        "insert into plimsoll.memberships (tenant_id, subject, role, all_namespaces) values ($1, 'in', 'viewer', false), ($1, 'out', 'viewer', false)",
        [context.tenant],
      );
      await context.query(
        "insert into plimsoll.namespace_grants (tenant_id, subject, cluster_id, namespace) values ($1, 'in', $2, 'office'), ($1, 'out', $2, 'media')",
        [context.tenant, CLUSTER],
      );
      expect((await as('in').listIncidents({})).items).toMatchObject([{ openFindings: 3 }]);
      expect((await as('out').listIncidents({})).items).toEqual([]);
      const other = `${context.tenant}-other`;
      await system().ensureTenant(other, 'owner');
      const stranger = context.store.as({ tenantId: other, subject: 'owner' });
      expect((await stranger.listIncidents({ state: 'any' })).items).toEqual([]);
    });
  });
}
