import { beforeEach, describe, expect, it } from 'vitest';
import { aCluster, type ContractContext } from './store-context.ts';
import { aBatch, aClaim, aJudgement, aRisk, CLUSTER, minutes, T0 } from './store-facts.ts';

const HOUR = 3_600;
const none = { rpoSeconds: null, rtoSeconds: null, reason: null };
const rpo = (seconds: number, reason: string | null = null) => ({
  rpoSeconds: seconds,
  rtoSeconds: null,
  reason,
});

/** Objectives: who may set which, what the judge reads, and that every change is kept. */
export function describeObjectives(context: ContractContext): void {
  const as = (subject: string) => context.store.as({ tenantId: context.tenant, subject });
  const photos = aClaim('photos');
  const asked = async (cluster = CLUSTER) => {
    const input = await context.store.system.readJudgeInput(context.tenant, cluster, 0, 10);
    return input.inventory?.objectives ?? [];
  };
  const addMember = (subject: string, role: string, allNamespaces: boolean) =>
    context.query(
      'insert into plimsoll.memberships (tenant_id, subject, role, all_namespaces) values ($1, $2, $3, $4)',
      [context.tenant, subject, role, allNamespaces],
    );

  describe('objectives', () => {
    beforeEach(async () => {
      const office = aClaim('docs', { namespace: 'office' });
      await context.store.system.saveFacts(context.tenant, aBatch({ resources: [photos, office] }));
    });

    it('are read by the judge of every cluster they reach, as a change of the inventory', async () => {
      const owner = as('owner');
      await context.store.system.saveCluster(context.tenant, aCluster('other'));
      await context.store.system.saveFacts(context.tenant, {
        ...aBatch({ resources: [aClaim('far', { resourceId: 'far' })] }),
        clusterId: 'other',
      });
      const before = await context.store.system.readJudgeInput(context.tenant, 'other', 0, 10);
      await owner.setObjective({}, rpo(24 * HOUR), T0);
      await owner.setObjective({ clusterId: CLUSTER }, { ...none, rtoSeconds: 600 }, T0);
      await owner.setObjective({ clusterId: CLUSTER, namespace: 'media' }, rpo(4 * HOUR), T0);
      await owner.setObjective({ resourceId: photos.resourceId }, rpo(HOUR), T0);
      const tenant = { level: 'tenant', namespace: null, resourceId: null };
      expect(await asked('other')).toEqual([{ ...tenant, rpoSeconds: 86_400, rtoSeconds: null }]);
      expect(await asked()).toEqual([
        { ...tenant, rpoSeconds: 86_400, rtoSeconds: null },
        { ...tenant, level: 'cluster', rpoSeconds: null, rtoSeconds: 600 },
        { ...tenant, level: 'namespace', namespace: 'media', rpoSeconds: 14_400, rtoSeconds: null },
        {
          level: 'resource',
          namespace: 'media',
          resourceId: photos.resourceId,
          rpoSeconds: 3_600,
          rtoSeconds: null,
        },
      ]);
      const after = await context.store.system.readJudgeInput(context.tenant, 'other', 0, 10);
      expect(after.inventoryRevision).toBeGreaterThan(before.inventoryRevision);
      const levels = (await owner.listObjectives({})).items.map(({ level }) => level);
      expect(levels).toEqual(['tenant', 'cluster', 'namespace', 'resource']);
      const first = await owner.listObjectives({ limit: 3 });
      const rest = await owner.listObjectives({ cursor: first.nextCursor ?? '' });
      expect(rest.items.map(({ resource }) => resource)).toEqual(['photos']);
      const inMedia = await owner.listObjectives({ namespace: 'media', level: 'namespace' });
      expect(inMedia.items).toMatchObject([{ scope: `namespace/${CLUSTER}/media` }]);
    });

    it('keep who changed what, and setting the same again changes nothing', async () => {
      const owner = as('owner');
      await owner.setObjective({}, rpo(HOUR, 'the shop'), T0);
      const revision = await owner.readRevision();
      await owner.setObjective({}, rpo(HOUR, 'the shop'), minutes(1));
      expect(await owner.readRevision()).toBe(revision);
      await owner.setObjective({}, none, minutes(2));
      expect(await owner.readRevision()).not.toBe(revision);
      await owner.setObjective({}, none, minutes(3));
      expect((await owner.listObjectives({})).items).toEqual([]);
      expect(await asked()).toEqual([]);
      const [ended] = (await owner.listObjectives({ includeEnded: true })).items;
      expect(ended?.events).toEqual([
        { at: T0.toISOString(), actor: 'owner', ...rpo(HOUR, 'the shop') },
        { at: minutes(2).toISOString(), actor: 'owner', ...none },
      ]);
      await owner.setObjective({ resourceId: photos.resourceId }, none, T0);
      expect((await owner.listObjectives({ includeEnded: true })).items).toHaveLength(1);
    });

    it('are refused for places that are not there and for targets that make no sense', async () => {
      const owner = as('owner');
      for (const scope of [
        { clusterId: 'nowhere' },
        { clusterId: CLUSTER, namespace: 'mdeia' },
        { clusterId: 'nowhere', namespace: 'media' },
        { resourceId: 'nothing' },
      ])
        await expect(owner.setObjective(scope, rpo(HOUR), T0)).rejects.toMatchObject({
          code: 'not-found',
        });
      for (const targets of [rpo(0), rpo(-1), rpo(HOUR, '  ')])
        await expect(owner.setObjective({}, targets, T0)).rejects.toMatchObject({
          code: 'invalid-input',
        });
      expect((await owner.listObjectives({ includeEnded: true })).items).toEqual([]);
    });

    it('are set by those whose role and namespaces allow it', async () => {
      await addMember('reader', 'viewer', true);
      await addMember('ops', 'operator', false);
      await context.query(
        'insert into plimsoll.namespace_grants (tenant_id, subject, cluster_id, namespace) values ($1, $2, $3, $4)',
        [context.tenant, 'ops', CLUSTER, 'office'],
      );
      const reader = as('reader');
      const ops = as('ops');
      const forbidden = { code: 'forbidden' };
      await expect(reader.setObjective({}, rpo(HOUR), T0)).rejects.toMatchObject(forbidden);
      await expect(ops.setObjective({}, rpo(HOUR), T0)).rejects.toMatchObject(forbidden);
      await expect(ops.setObjective({ clusterId: CLUSTER }, rpo(HOUR), T0)).rejects.toMatchObject(
        forbidden,
      );
      const media = { clusterId: CLUSTER, namespace: 'media' };
      await expect(ops.setObjective(media, rpo(HOUR), T0)).rejects.toMatchObject({
        code: 'not-found',
      });
      await ops.setObjective({ clusterId: CLUSTER, namespace: 'office' }, rpo(HOUR), T0);
      await as('owner').setObjective(media, rpo(HOUR), T0);
      await as('owner').setObjective({}, rpo(2 * HOUR), T0);
      const seen = (await ops.listObjectives({})).items;
      expect(seen.map(({ level, namespace }) => [level, namespace])).toEqual([
        ['tenant', null],
        ['namespace', 'office'],
      ]);
      expect(seen.map(({ owner }) => owner)).toEqual(['owner', 'ops']);
      expect((await reader.listObjectives({})).items).toHaveLength(3);
    });

    it('show in a risk with the reason for each target', async () => {
      const risk = {
        ...aRisk(photos.resourceId, 10),
        rpoWhy: 'an objective for namespace media',
        rtoTargetSeconds: 600,
        rtoWhy: 'an objective for all clusters',
        ways: [
          {
            policyId: 'p',
            policy: 'media/photos',
            engine: 'velero' as const,
            repositoryId: 'r',
            repository: 'BackupStorageLocation velero/default',
            newestAt: T0,
            sameStorage: false,
          },
        ],
      };
      await context.store.system.saveJudgement(context.tenant, aJudgement({ risks: [risk] }));
      const [shown] = (await as('owner').listRisk({})).items;
      const { rpoWhy, rtoTargetSeconds, rtoWhy } = risk;
      const { impactTerms, ways } = risk;
      expect(shown).toMatchObject({ rpoWhy, rtoTargetSeconds, rtoWhy, impactTerms });
      expect(shown?.ways).toEqual([{ ...ways[0], newestAt: T0.toISOString() }]);
      const state = await context.store.system.readJudgeState(context.tenant, CLUSTER);
      expect(state.risks).toEqual([risk]);
      const standings = await as('owner').listStandings({ clusterId: CLUSTER });
      expect(standings).toMatchObject({
        items: [{ name: 'photos', storageClass: 'fast', coverage: 'unknown', ways: shown?.ways }],
        nextCursor: null,
      });
      expect(standings.items[0]?.judgedAt).toBe(T0.toISOString());
      expect((await as('owner').listStandings({ clusterId: 'other' })).items).toEqual([]);
      expect((await as('stranger').listStandings({})).items).toEqual([]);
    });
  });
}
