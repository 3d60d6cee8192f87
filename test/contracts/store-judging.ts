import { beforeEach, describe, expect, it } from 'vitest';
import type { FindingChange } from '../../src/domain/judgement.ts';
import {
  aBatch,
  aClaim,
  aDraft,
  aJudgement,
  aPoint,
  aPolicy,
  aRisk,
  CLUSTER,
  minutes,
  T0,
} from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

const sorted = (ids: readonly string[]): string[] => ids.toSorted();

/** Judgements: the life of a finding, the state of jobs, what replaces what. */
export function describeJudging(context: ContractContext): void {
  const judge = (parts: Parameters<typeof aJudgement>[0]) =>
    context.store.system.saveJudgement(context.tenant, aJudgement(parts));
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  describe('judgements', () => {
    beforeEach(async () => {
      await context.store.system.saveFacts(
        context.tenant,
        aBatch({ resources: [aClaim('photos')], policies: [aPolicy('photos')] }),
      );
    });

    it('keep the state of each job', async () => {
      const job = { jobId: 'j', policyId: 'p', resourceId: null, state: '{"n":1}', wakeAt: T0 };
      const risks = [aRisk(aClaim('photos').resourceId, 40)];
      await judge({
        judgedAt: minutes(5),
        revision: 1,
        jobStates: [job],
        findings: [raised(5)],
        risks,
      });
      const state = await context.store.system.readJudgeState(context.tenant, CLUSTER);
      expect(state).toEqual({
        judgedAt: minutes(5),
        revision: 1,
        jobs: [job],
        risks,
        openFingerprints: [aDraft('f').fingerprint],
      });
      await judge({
        judgedAt: minutes(10),
        revision: 2,
        removedJobIds: ['j'],
        removedRiskResourceIds: [risks[0]?.resourceId ?? ''],
      });
      const after = await context.store.system.readJudgeState(context.tenant, CLUSTER);
      expect(after).toMatchObject({ jobs: [], risks: [] });
    });

    it('start from all that is stored, however many pages it fills', async () => {
      const names = Array.from({ length: 2_001 }, (_, index) => `app-${index}`);
      const claims = names.map((name) => aClaim(name));
      const policies = names.map((name) => aPolicy(name));
      const points = names.map((name, index) =>
        aPoint(name, {
          // One of no policy and no claim, some of a policy alone, some of a claim alone.
          policyId: index % 5 === 0 ? null : (policies[index]?.policyId ?? null),
          resourceId: index % 7 === 0 ? null : (claims[index]?.resourceId ?? null),
        }),
      );
      const newest = points.filter(
        ({ policyId, resourceId }, index) =>
          index === 0 || policyId !== null || resourceId !== null,
      );
      await context.store.system.saveFacts(
        context.tenant,
        aBatch({ resources: claims, policies, restorePoints: newest }),
      );
      const jobs = names.map((jobId) => ({
        jobId,
        policyId: null,
        resourceId: null,
        state: '{}',
        wakeAt: null,
      }));
      // The same score over and over: pages go on after the claim.
      const risks = claims.map(({ resourceId }, index) => aRisk(resourceId, 40 + (index % 3)));
      await judge({ jobStates: jobs, risks });
      const { inventory } = await context.store.system.readJudgeInput(
        context.tenant,
        CLUSTER,
        0,
        1,
      );
      expect(sorted(inventory!.resources.map((one) => one.resourceId))).toEqual(
        sorted([...claims.map((one) => one.resourceId), aClaim('photos').resourceId]),
      );
      expect(sorted(inventory!.policies.map((one) => one.policyId))).toEqual(
        sorted([...policies.map((one) => one.policyId), aPolicy('photos').policyId]),
      );
      expect(sorted(inventory!.newestPoints.map((one) => one.restorePointId))).toEqual(
        sorted(newest.map((one) => one.restorePointId)),
      );
      const state = await context.store.system.readJudgeState(context.tenant, CLUSTER);
      expect(state.jobs.map(({ jobId }) => jobId)).toEqual(names.toSorted());
      expect(sorted(state.risks.map((one) => one.resourceId))).toEqual(
        sorted(claims.map((one) => one.resourceId)),
      );
    });

    it('are refused when a later one is stored, and then change nothing', async () => {
      await judge({ judgedAt: minutes(10), revision: 5, findings: [raised(5)] });
      const before = await context.store.system.readJudgeState(context.tenant, CLUSTER);
      for (const stale of [
        { judgedAt: minutes(5), revision: 5 },
        { judgedAt: minutes(15), revision: 4 },
      ])
        await expect(judge({ ...stale, findings: [resolved(12)] })).rejects.toMatchObject({
          code: 'conflict',
          nextStep: expect.stringContaining('judge from there') as string,
        });
      const after = await context.store.system.readJudgeState(context.tenant, CLUSTER);
      expect(after).toEqual(before);
      expect((await owner().listFindings({})).items).toMatchObject([{ state: 'open' }]);
      await judge({ judgedAt: minutes(10), revision: 5, findings: [resolved(12)] });
    });

    it('raise, refresh and resolve a finding in event time', async () => {
      await judge({ findings: [raised(5)] });
      const worse = aDraft('f', { severity: 'critical', sentence: 'Two runs did not start.' });
      await judge({ findings: [{ change: 'refreshed', at: minutes(10), finding: worse }] });
      const [open] = (await owner().listFindings({})).items;
      expect(open).toMatchObject({
        state: 'open',
        severity: 'critical',
        sentence: 'Two runs did not start.',
        raisedAt: minutes(5).toISOString(),
        lastSeenAt: minutes(10).toISOString(),
        cluster: 'home',
      });
      await judge({ findings: [resolved(15)] });
      expect((await owner().listFindings({})).items).toEqual([]);
      const closed = await owner().readFinding(open?.findingId ?? '');
      expect(closed).toMatchObject({
        state: 'resolved',
        resolvedAt: minutes(15).toISOString(),
        resolvedBy: 'plimsoll',
      });
      expect(closed?.events.map((each) => [each.change, each.actor, each.note])).toEqual([
        ['raised', 'plimsoll', null],
        ['refreshed', 'plimsoll', 'severity critical, was high'],
        ['resolved', 'plimsoll', 'a run succeeded'],
      ]);
    });

    it('link a recurrence to the life before', async () => {
      await judge({ findings: [raised(5), resolved(10), raised(15)] });
      const [second] = (await owner().listFindings({})).items;
      const [first] = (await owner().listFindings({ state: 'resolved' })).items;
      expect(second?.previousFindingId).toBe(first?.findingId);
      expect(second?.findingId).not.toBe(first?.findingId);
    });

    it('saved twice tell nothing twice', async () => {
      const findings = [raised(5), resolved(10), raised(15)];
      await judge({ findings });
      const before = [
        await owner().listFindings({}),
        await owner().listFindings({ state: 'resolved' }),
      ];
      await judge({ findings });
      expect([
        await owner().listFindings({}),
        await owner().listFindings({ state: 'resolved' }),
      ]).toEqual(before);
    });

    it('leave what a person decided until the finding is resolved', async () => {
      await judge({ findings: [raised(5)] });
      const id = (await owner().listFindings({})).items[0]?.findingId ?? '';
      const acknowledged = await owner().changeFinding(id, 'acknowledge', 'on it', minutes(6));
      expect(acknowledged.state).toBe('acknowledged');
      expect(acknowledged.events.at(-1)).toEqual({
        at: minutes(6).toISOString(),
        actor: 'owner',
        change: 'acknowledge',
        note: 'on it',
      });
      await judge({ findings: [{ change: 'refreshed', at: minutes(10), finding: aDraft('f') }] });
      expect((await owner().readFinding(id))?.state).toBe('acknowledged');
      expect((await owner().changeFinding(id, 'expected', null, minutes(11))).state).toBe(
        'expected',
      );
      expect((await owner().changeFinding(id, 'reopen', null, minutes(12))).state).toBe('open');
      await judge({ findings: [resolved(15)] });
      await expect(owner().changeFinding(id, 'reopen', null, minutes(16))).rejects.toMatchObject({
        code: 'conflict',
      });
      await expect(owner().changeFinding('no', 'reopen', null, T0)).rejects.toMatchObject({
        code: 'not-found',
      });
    });

    it('replace coverage, protections and recommendations as a whole', async () => {
      const { resourceId } = aClaim('photos');
      const { policyId } = aPolicy('photos');
      const recommendation = {
        fingerprint: 'r1',
        kind: 'fix-cause' as const,
        subject: aDraft('f').subject,
        title: 'Unlock the repository',
        current: 'locked',
        proposed: 'unlock',
        effects: [{ measure: 'risk', text: 'lower', before: 40, after: 10, unit: '1' }],
        options: [],
        evidence: 'e1',
        confidence: 0.8,
        reason: 'the log says so',
        findingFingerprints: [aDraft('f').fingerprint],
      };
      const [dueAt, decidedAt, runId] = [minutes(2), minutes(5), 'run-1'];
      await judge({
        findings: [raised(5)],
        protections: [{ policyId, resourceId }],
        coverage: [
          {
            resourceId,
            state: 'protected',
            reason: 'ran',
            policyIds: [policyId],
            lastSuccessAt: T0,
          },
        ],
        recommendations: [recommendation],
        expectedRuns: [
          { jobId: policyId, policyId, dueAt: T0, state: 'missed', runId: null, decidedAt },
          { jobId: `${policyId}:${resourceId}`, policyId, dueAt, state: 'met', runId, decidedAt },
          {
            jobId: `${policyId}:another`,
            policyId,
            dueAt,
            state: 'missed',
            runId: null,
            decidedAt,
          },
        ],
      });
      const whole = await owner().showResource('media', 'photos', null);
      expect(whole).toMatchObject({
        resource: { name: 'photos', storageClass: 'fast', capacityBytes: 2_000 },
        coverage: { state: 'protected', policyIds: [policyId], lastSuccessAt: T0.toISOString() },
        policies: [{ policyId, schedule: '0 2 * * *', timeZone: 'UTC', resourceIds: [resourceId] }],
        expectedRuns: [
          { policyId, state: 'met', dueAt: dueAt.toISOString(), runId },
          { policyId, state: 'missed', dueAt: T0.toISOString() },
        ],
        findings: [{ kind: 'missed-run' }],
        recommendations: [{ title: 'Unlock the repository', state: 'open' }],
      });
      expect(whole?.recommendations[0]?.findingIds).toEqual([whole?.findings[0]?.findingId]);
      await judge({ judgedAt: minutes(9), protections: [], coverage: [], recommendations: [] });
      expect((await owner().listCoverage({})).items).toEqual([]);
      expect((await owner().listRecommendations({})).items).toEqual([]);
      expect((await owner().listRecommendations({ state: 'retired' })).items).toHaveLength(1);
      await judge({ judgedAt: minutes(10), recommendations: [recommendation] });
      expect((await owner().listRecommendations({})).items[0]).toMatchObject({
        createdAt: T0.toISOString(),
        updatedAt: minutes(10).toISOString(),
      });
    });

    it('see exemptions, and a person’s exemption is a new revision', async () => {
      const { resourceId } = aClaim('photos');
      const before = await owner().readRevision();
      await owner().exempt(resourceId, 'a cache', null, T0);
      expect(await owner().readRevision()).not.toBe(before);
      const input = await context.store.system.readJudgeInput(context.tenant, CLUSTER, 1, 10);
      expect(input.inventory?.exemptions).toEqual([
        { resourceId, reason: 'a cache', expiresAt: null },
      ]);
      await owner().exempt(resourceId, null, null, T0);
      const after = await context.store.system.readJudgeInput(context.tenant, CLUSTER, 2, 10);
      expect(after.inventory?.exemptions).toEqual([]);
      const { system } = context.store;
      const { inventoryRevision } = after;
      const known = await system.readJudgeInput(context.tenant, CLUSTER, 0, 10, inventoryRevision);
      expect(known.inventory).toBeNull();
      await expect(owner().exempt('nothing', 'x', null, T0)).rejects.toMatchObject({
        code: 'not-found',
      });
      await expect(owner().exempt(resourceId, '  ', null, T0)).rejects.toMatchObject({
        code: 'invalid-input',
      });
    });
  });
}

function raised(minute: number, key = 'f'): FindingChange {
  return { change: 'raised', at: minutes(minute), finding: aDraft(key) };
}

function resolved(minute: number, key = 'f'): FindingChange {
  const { fingerprint } = aDraft(key);
  return { change: 'resolved', at: minutes(minute), fingerprint, reason: 'a run succeeded' };
}
