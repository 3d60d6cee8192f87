import { beforeEach, describe, expect, it } from 'vitest';
import {
  aBatch,
  aClaim,
  aDraft,
  aJudgement,
  aPolicy,
  aRisk,
  aRun,
  CLUSTER,
  minutes,
  T0,
} from './store-facts.ts';
import { aCluster, type ContractContext } from './store-context.ts';

/** Who sees and may do what, and how people and scripts sign in. */
export function describeSecurity(context: ContractContext): void {
  const as = (subject: string, tenantId = context.tenant) =>
    context.store.as({ tenantId, subject });
  const addMember = (subject: string, role: string, allNamespaces = true) =>
    context.query(
      'insert into plimsoll.memberships (tenant_id, subject, role, all_namespaces) values ($1, $2, $3, $4)',
      [context.tenant, subject, role, allNamespaces],
    );

  describe('row security', () => {
    beforeEach(async () => {
      const office = aClaim('docs', { namespace: 'office' });
      const finding = aDraft('office', {
        subject: {
          ...aDraft('office').subject,
          namespace: 'office',
          resourceId: office.resourceId,
        },
      });
      await context.store.system.saveFacts(
        context.tenant,
        aBatch({
          resources: [aClaim('photos'), office],
          policies: [aPolicy('photos'), aPolicy('docs', { namespace: 'office' })],
          runs: [aRun('1'), aRun('2', { namespace: 'office', resourceId: office.resourceId })],
        }),
      );
      await context.store.system.saveJudgement(
        context.tenant,
        aJudgement({
          findings: [
            { change: 'raised', at: T0, finding: aDraft('media') },
            { change: 'raised', at: T0, finding },
          ],
          risks: [aRisk(aClaim('photos').resourceId, 10), aRisk(office.resourceId, 90)],
        }),
      );
    });

    it('shows a stranger and another tenant’s owner nothing', async () => {
      const other = `${context.tenant}-other`;
      await context.store.system.ensureTenant(other, 'owner');
      for (const user of [as('stranger'), as('owner', other)]) {
        expect((await user.listResources({})).items).toEqual([]);
        expect((await user.listRuns({})).items).toEqual([]);
        expect((await user.listFindings({})).items).toEqual([]);
        expect((await user.listClusters()).items).toEqual([]);
        expect((await user.readStatus()).counts).toMatchObject({ resources: 0, runs: 0 });
        await expect(user.exempt(aClaim('photos').resourceId, 'x', null, T0)).rejects.toMatchObject(
          { code: 'not-found' },
        );
      }
      await expect(as('stranger').whoAmI()).rejects.toMatchObject({ code: 'forbidden' });
    });

    it('keeps two tenants apart that read the same cluster', async () => {
      const other = `${context.tenant}-same`;
      await context.store.system.ensureTenant(other, 'owner');
      await context.store.system.saveCluster(other, aCluster());
      await context.store.system.saveFacts(other, aBatch({ runs: [aRun('1')] }));
      expect((await as('owner', other).listRuns({})).items).toHaveLength(1);
      expect((await as('owner').listRuns({})).items).toHaveLength(2);
    });

    it('lets a viewer and an auditor read and change nothing', async () => {
      for (const role of ['viewer', 'auditor']) {
        await addMember(role, role);
        const user = as(role);
        const [finding] = (await user.listFindings({})).items;
        expect(await user.whoAmI()).toEqual({ tenantId: context.tenant, subject: role, role });
        await expect(
          user.changeFinding(finding?.findingId ?? '', 'acknowledge', null, T0),
        ).rejects.toMatchObject({ code: 'forbidden' });
        await expect(user.exempt(aClaim('photos').resourceId, 'x', null, T0)).rejects.toMatchObject(
          { code: 'forbidden' },
        );
        expect((await user.readFinding(finding?.findingId ?? ''))?.state).toBe('open');
      }
    });

    it('shows a member of some namespaces those alone, and lets an operator act there', async () => {
      await addMember('ops', 'operator', false);
      const user = as('ops');
      expect((await user.listResources({})).items).toEqual([]);
      await context.query(
        'insert into plimsoll.namespace_grants (tenant_id, subject, cluster_id, namespace) values ($1, $2, $3, $4)',
        [context.tenant, 'ops', CLUSTER, 'office'],
      );
      expect((await user.listResources({})).items.map((each) => each.name)).toEqual(['docs']);
      expect((await user.listPolicies({})).items.map((each) => each.name)).toEqual(['docs']);
      expect((await user.listRuns({})).items.map((each) => each.namespace)).toEqual(['office']);
      expect((await user.listRisk({})).items.map((each) => each.score)).toEqual([90]);
      expect((await user.readStatus()).counts).toMatchObject({ resources: 1, runs: 1 });
      const [finding] = (await user.listFindings({})).items;
      const changed = await user.changeFinding(
        finding?.findingId ?? '',
        'acknowledge',
        'mine',
        minutes(1),
      );
      expect(changed.events.at(-1)?.actor).toBe('ops');
      const all = (await as('owner').listFindings({})).items;
      const hidden = all.find((each) => each.namespace === 'media')?.findingId ?? '';
      expect(await user.readFinding(hidden)).toBeNull();
      await expect(user.changeFinding(hidden, 'acknowledge', null, T0)).rejects.toMatchObject({
        code: 'not-found',
      });
    });
  });

  describe('sign-in', () => {
    it('finds a key by its hash alone, and a replaced key no more', async () => {
      const key = {
        keyId: 'k',
        name: 'script',
        hash: hashIn(context.tenant, 'a'),
        subject: 'owner',
      };
      await context.store.system.saveApiKey(context.tenant, key);
      await context.store.system.saveApiKey(context.tenant, key);
      const caller = { tenantId: context.tenant, subject: 'owner' };
      expect(await context.store.system.findApiKey(hashIn(context.tenant, 'a'))).toEqual(caller);
      await context.store.system.saveApiKey(context.tenant, {
        ...key,
        hash: hashIn(context.tenant, 'b'),
      });
      expect(await context.store.system.findApiKey(hashIn(context.tenant, 'a'))).toBeNull();
      expect(await context.store.system.findApiKey(hashIn(context.tenant, 'b'))).toEqual(caller);
    });

    it('spends a link once, in its time, for a session that ends', async () => {
      const { system } = context.store;
      const link = { hash: hashIn(context.tenant, 'c'), subject: 'owner', expiresAt: minutes(60) };
      await system.saveSignInLink(context.tenant, link);
      const session = { hash: hashIn(context.tenant, 'd'), expiresAt: minutes(100) };
      expect(
        await system.useSignInLink(hashIn(context.tenant, 'c'), session, minutes(61)),
      ).toBeNull();
      const caller = { tenantId: context.tenant, subject: 'owner' };
      expect(await system.useSignInLink(hashIn(context.tenant, 'c'), session, minutes(1))).toEqual(
        caller,
      );
      const second = { hash: hashIn(context.tenant, 'e'), expiresAt: minutes(100) };
      expect(
        await system.useSignInLink(hashIn(context.tenant, 'c'), second, minutes(2)),
      ).toBeNull();
      expect(await system.findSession(hashIn(context.tenant, 'd'), minutes(99))).toEqual(caller);
      expect(await system.findSession(hashIn(context.tenant, 'd'), minutes(100))).toBeNull();
      expect(await system.findSession(hashIn(context.tenant, 'e'), minutes(2))).toBeNull();
      await system.endSession(hashIn(context.tenant, 'd'));
      expect(await system.findSession(hashIn(context.tenant, 'd'), minutes(2))).toBeNull();
    });

    it('gives no key to somebody who is no member', async () => {
      const key = { keyId: 'x', name: 'x', hash: hashIn(context.tenant, 'f'), subject: 'nobody' };
      await expect(context.store.system.saveApiKey(context.tenant, key)).rejects.toMatchObject({
        code: 'conflict',
      });
    });
  });
}

/** 64 characters as a SHA-256 has, another in each tenant. */
function hashIn(tenant: string, letter: string): string {
  return letter.repeat(56) + tenant.padStart(8, '0').slice(-8);
}
