import { beforeEach, describe, expect, it } from 'vitest';
import { RuleSource } from '../../src/domain/rule.ts';
import { aBatch, aClaim, aPolicy, aRun, CLUSTER, minutes, T0 } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

const big = RuleSource.parse({ name: 'big', when: 'addedBytes > 1 GiB', severity: 'high' });
const slow = RuleSource.parse({ name: 'slow', when: 'duration > 2 h' });

/** Rules, settings and the history they are tried on: who may change what, what the judge reads, what is kept. */
export function describeRules(context: ContractContext): void {
  const as = (subject: string) => context.store.as({ tenantId: context.tenant, subject });
  const judged = () => context.store.system.readJudgeRules(context.tenant);
  const addMember = (subject: string, role: string, allNamespaces: boolean) =>
    context.query(
      'insert into plimsoll.memberships (tenant_id, subject, role, all_namespaces) values ($1, $2, $3, $4)',
      [context.tenant, subject, role, allNamespaces],
    );

  describe('rules and settings of judgement', () => {
    it('begin with none', async () => {
      expect(await judged()).toEqual({ settings: {}, rules: [] });
      const none = { settings: {}, changedAt: null, changedBy: null, rules: [] };
      expect(await as('owner').readRules()).toEqual(none);
    });

    it('are read by the judge as they were saved, and every change is kept', async () => {
      const owner = as('owner');
      await owner.saveRule(slow, T0);
      await owner.saveRule(big, minutes(1));
      await owner.saveRule(big, minutes(2));
      await owner.saveRule({ ...big, severity: 'low' }, minutes(3));
      await owner.saveJudgeSettings({ 'size-drop': { leastLoss: 0.5 } }, minutes(4));
      await owner.removeRule('slow', minutes(5));
      expect(await judged()).toEqual({
        settings: { 'size-drop': { leastLoss: 0.5 } },
        rules: [{ ...big, severity: 'low' }],
      });
      expect(await owner.readRules()).toEqual({
        settings: { 'size-drop': { leastLoss: 0.5 } },
        changedAt: minutes(4).toISOString(),
        changedBy: 'owner',
        rules: [
          { ...big, severity: 'low', changedAt: minutes(3).toISOString(), changedBy: 'owner' },
        ],
      });
      const { items, nextCursor } = await owner.listRuleChanges({ limit: 3 });
      expect(
        items.map(({ subject, name, before, after }) => [subject, name, before, after]),
      ).toEqual([
        ['rule', 'slow', slow, null],
        ['settings', null, {}, { 'size-drop': { leastLoss: 0.5 } }],
        ['rule', 'big', big, { ...big, severity: 'low' }],
      ]);
      const rest = await owner.listRuleChanges({ limit: 3, cursor: nextCursor! });
      expect(rest.items.map(({ name, before }) => [name, before])).toEqual([
        ['big', null],
        ['slow', null],
      ]);
      expect(rest.nextCursor).toBeNull();
    });

    it('change the revision that readers see', async () => {
      await context.store.system.saveFacts(context.tenant, aBatch());
      const before = await as('owner').readRevision();
      await as('owner').saveRule(big, T0);
      expect(await as('owner').readRevision()).not.toBe(before);
    });

    it('are changed by those alone who may change and see all namespaces', async () => {
      await as('owner').saveRule(big, T0);
      await addMember('reader', 'viewer', true);
      await addMember('some', 'operator', false);
      await addMember('all', 'operator', true);
      for (const subject of ['reader', 'some']) {
        const member = as(subject);
        const refused = { code: 'forbidden' };
        await expect(member.saveRule(slow, T0)).rejects.toMatchObject(refused);
        await expect(member.removeRule('big', T0)).rejects.toMatchObject(refused);
        await expect(member.saveJudgeSettings({}, T0)).rejects.toMatchObject(refused);
        expect((await member.readRules()).rules.map(({ name }) => name)).toEqual(['big']);
      }
      await as('all').removeRule('big', T0);
      await expect(as('all').removeRule('big', T0)).rejects.toMatchObject({ code: 'not-found' });
      expect((await judged()).rules).toEqual([]);
    });

    it('stay with their tenant', async () => {
      await as('owner').saveRule(big, T0);
      const other = `${context.tenant}-other`;
      await context.store.system.ensureTenant(other, 'owner');
      const stranger = context.store.as({ tenantId: other, subject: 'owner' });
      expect((await stranger.readRules()).rules).toEqual([]);
      expect((await stranger.listRuleChanges({})).items).toEqual([]);
      await expect(stranger.removeRule('big', T0)).rejects.toMatchObject({ code: 'not-found' });
    });

    it('are at most fifty rules', async () => {
      for (let i = 0; i < 50; i += 1) await as('owner').saveRule({ ...big, name: `rule-${i}` }, T0);
      await expect(as('owner').saveRule(big, T0)).rejects.toMatchObject({ code: 'conflict' });
      await as('owner').saveRule({ ...slow, name: 'rule-7' }, T0);
    });
  });

  describe('the history that rules are tried on', () => {
    beforeEach(async () => {
      const resources = [aClaim('photos'), aClaim('music')];
      const runs = [1, 2, 3].map((hour) => aRun(`${hour}`, { startedAt: minutes(hour * 60) }));
      const whole = aRun('whole', { startedAt: minutes(30), resourceId: null, policyId: null });
      const { runId, runDay } = whole;
      const part = {
        runId,
        runDay,
        resourceId: aClaim('music').resourceId,
        outcome: 'failed' as const,
        startedAt: minutes(31),
        endedAt: null,
        logicalBytes: 5,
        addedBytes: null,
        snapshotId: null,
        message: 'no space',
      };
      const observedWindows = [{ kind: 'ReplicationSource', from: T0, until: minutes(200) }];
      const policies = [aPolicy('photos')];
      const facts = {
        resources,
        policies,
        runs: [...runs, whole],
        runVolumes: [part],
        observedWindows,
      };
      await context.store.system.saveFacts(context.tenant, aBatch(facts));
    });

    it('comes newest first, page by page, with the schedule and each volume’s part', async () => {
      const first = await as('owner').listRunHistory({ limit: 3 });
      expect(first.items.map(({ startedAt }) => startedAt)).toEqual(
        [180, 120, 60].map((minute) => minutes(minute).toISOString()),
      );
      expect(first.items[0]).toMatchObject({
        clusterId: CLUSTER,
        policy: 'media/photos',
        resource: 'media/photos',
        schedule: aPolicy('photos').schedule,
        addedBytes: 1_000,
        files: 12,
        volumes: [],
      });
      const rest = await as('owner').listRunHistory({ limit: 3, cursor: first.nextCursor! });
      expect(rest.nextCursor).toBeNull();
      expect(rest.items).toMatchObject([
        {
          policy: null,
          resource: null,
          schedule: null,
          volumes: [
            {
              resource: 'media/music',
              startedAt: minutes(31).toISOString(),
              endedAt: null,
              outcome: 'failed',
              logicalBytes: 5,
              addedBytes: null,
              message: 'no space',
            },
          ],
        },
      ]);
    });

    it('of a range, and when it was watched', async () => {
      const range = { since: minutes(60).toISOString(), until: minutes(180).toISOString() };
      const { items } = await as('owner').listRunHistory(range);
      expect(items).toHaveLength(2);
      expect(await as('owner').listObservedWindows(minutes(100))).toEqual([
        {
          clusterId: CLUSTER,
          kind: 'ReplicationSource',
          from: T0.toISOString(),
          until: minutes(200).toISOString(),
        },
      ]);
      expect(await as('owner').listObservedWindows(minutes(201))).toEqual([]);
    });
  });
}
