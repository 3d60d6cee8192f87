import { beforeEach, describe, expect, it } from 'vitest';
import type { RecommendationDraft } from '../../src/domain/judgement.ts';
import type { RecommendationAction } from '../../src/domain/views.ts';
import type { ContractContext } from './store-context.ts';
import { anEntry, UNPRICED } from './store-ledger.ts';
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

const DAY = 1_440;

function anAdvice(parts: Partial<RecommendationDraft> = {}): RecommendationDraft {
  return {
    fingerprint: 'r1',
    kind: 'change-schedule',
    subject: aDraft('f').subject,
    title: 'Back up media/photos more often',
    current: 'schedule "0 2 * * *"',
    proposed: 'schedule "0 */6 * * *"',
    effects: [{ measure: 'rpo', text: 'younger', before: 172_800, after: 43_200, unit: 's' }],
    options: [{ proposed: 'schedule "0 * * * *"', effects: [], pareto: true, chosen: false }],
    confidence: 0.8,
    reason: 'an objective asks for it',
    findingFingerprints: [],
    evidence: 'e1',
    ...parts,
  };
}

/** What becomes of recommendations: dismissed until their evidence changes, merged and measured. */
export function describeAdvice(context: ContractContext): void {
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  const judge = (minute: number, recommendations: RecommendationDraft[]) =>
    context.store.system.saveJudgement(
      context.tenant,
      aJudgement({ judgedAt: minutes(minute), revision: 1, recommendations }),
    );
  const idOf = async () => (await owner().listRecommendations({})).items[0]?.recommendationId ?? '';
  const change = async (action: RecommendationAction, minute: number, id?: string) =>
    owner().changeRecommendation(id ?? (await idOf()), action, 'because', minutes(minute));
  const states = async (state: string) =>
    (await owner().listRecommendations({ state })).items.map(({ title }) => title);

  describe('recommendations', () => {
    beforeEach(async () => {
      await context.store.system.saveFacts(
        context.tenant,
        aBatch({ resources: [aClaim('photos')], policies: [aPolicy('photos')] }),
      );
    });

    it('that are dismissed stay away until their evidence changes', async () => {
      await judge(1, [anAdvice()]);
      const id = await idOf();
      const before = await owner().readRevision();
      expect(await change('dismiss', 2)).toMatchObject({ state: 'dismissed' });
      expect(await owner().readRevision()).not.toBe(before);
      await judge(3, [anAdvice({ reason: 'new figures' })]);
      await judge(4, []);
      await judge(5, [anAdvice()]);
      expect(await states('open')).toEqual([]);
      expect(await states('dismissed')).toHaveLength(1);
      await judge(6, [anAdvice({ evidence: 'e2' })]);
      const [opened] = (await owner().listRecommendations({})).items;
      expect(opened).toMatchObject({ recommendationId: id, state: 'open', ...optionsOf() });
      expect(opened?.events.map((one) => [one.change, one.actor, one.note])).toEqual([
        ['opened', 'plimsoll', null],
        ['dismiss', 'owner', 'because'],
        ['opened', 'plimsoll', 'its evidence has changed'],
      ]);
    });

    it('retire when they no longer hold, open again when they do, and are then not changed by hand', async () => {
      await judge(1, [anAdvice()]);
      const id = await idOf();
      await judge(2, []);
      expect(await states('retired')).toHaveLength(1);
      await expect(change('dismiss', 3, id)).rejects.toMatchObject({ code: 'conflict' });
      await expect(change('merge', 3, 'nothing')).rejects.toMatchObject({ code: 'not-found' });
      await judge(4, [anAdvice()]);
      const [again] = (await owner().listRecommendations({})).items;
      expect(again?.events.map((one) => one.change)).toEqual(['opened', 'retired', 'opened']);
      const same = await owner().listRecommendations({});
      await judge(5, [anAdvice()]);
      expect(await owner().listRecommendations({})).toEqual(same);
    });

    it('are changed by those alone whose role allows it', async () => {
      await judge(1, [anAdvice()]);
      await context.query(
        'insert into plimsoll.memberships (tenant_id, subject, role) values ($1, $2, $3)',
        [context.tenant, 'reader', 'viewer'],
      );
      const reader = context.store.as({ tenantId: context.tenant, subject: 'reader' });
      await expect(
        reader.changeRecommendation(await idOf(), 'dismiss', null, T0),
      ).rejects.toMatchObject({ code: 'forbidden' });
      const stranger = context.store.as({ tenantId: 'elsewhere', subject: 'owner' });
      await expect(
        stranger.changeRecommendation(await idOf(), 'dismiss', null, T0),
      ).rejects.toMatchObject({ code: 'not-found' });
      expect(await states('open')).toHaveLength(1);
    });

    it('that are merged are measured once after each number of days', async () => {
      const { system } = context.store;
      const { tenant } = context;
      const daily = (day: number, key: string) => {
        const startedAt = minutes(day * DAY + 60);
        return aRun(key, { startedAt, endedAt: startedAt });
      };
      const runs = [0, 1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13].map((day) => daily(day, `d${day}`));
      await system.saveFacts(tenant, aBatch({ runs }));
      const risks = [aRisk(aClaim('photos').resourceId, 40)];
      await system.saveJudgement(tenant, aJudgement({ risks, recommendations: [anAdvice()] }));
      const merged = await change('merge', 7 * DAY);
      expect(merged).toMatchObject({ state: 'merged', mergedAt: minutes(7 * DAY).toISOString() });
      const due = (day: number) =>
        system.readMergedAdvice(tenant, CLUSTER, minutes(day * DAY), [7, 30]);
      expect(await due(13)).toEqual([]);
      const [one, ...others] = await due(14);
      expect(others).toEqual([]);
      const nothing = { joules: null, grams: null, amount: null, currency: null };
      expect(one).toEqual({
        recommendationId: merged.recommendationId,
        mergedAt: minutes(7 * DAY),
        afterDays: 7,
        effects: anAdvice().effects,
        riskBefore: 40,
        riskAfter: 40,
        before: { runs: 7, longestGapSeconds: 86_400, ...nothing },
        after: { runs: 6, longestGapSeconds: 90_000, ...nothing },
      });
      const measure = { measure: 'rpo', unit: 's', before: 86_400, after: 90_000, predicted: 1 };
      const effect = {
        recommendationId: merged.recommendationId,
        mergedAt: minutes(7 * DAY),
        afterDays: 7,
        verdict: 'unchanged' as const,
        measures: [measure],
        measuredAt: minutes(14 * DAY),
      };
      await system.saveAdviceEffects(tenant, CLUSTER, [effect]);
      await system.saveAdviceEffects(tenant, CLUSTER, [{ ...effect, verdict: 'regressed' }]);
      expect(await due(20)).toEqual([]);
      expect((await due(37)).map(({ afterDays }) => afterDays)).toEqual([30]);
      await judge(15 * DAY, []);
      const [shown] = (await owner().listRecommendations({ state: 'merged' })).items;
      expect(shown?.measured).toEqual([
        {
          afterDays: 7,
          mergedAt: minutes(7 * DAY).toISOString(),
          verdict: 'unchanged',
          measures: [measure],
          measuredAt: minutes(14 * DAY).toISOString(),
        },
      ]);
      expect(shown?.events.map((each) => each.change)).toEqual(['opened', 'merge', 'measured']);
      expect(await change('reopen', 16 * DAY, merged.recommendationId)).toMatchObject({
        state: 'open',
        mergedAt: null,
      });
    });

    it('know what a run of a policy takes: the mean of those that are known', async () => {
      const { system } = context.store;
      const { tenant } = context;
      const runs = ['1', '2', '3'].map((key, at) => aRun(key, { startedAt: minutes(60 + at) }));
      const others = aRun('4', { policyId: aPolicy('music').policyId });
      await system.saveFacts(tenant, aBatch({ runs: [...runs, others] }));
      const figures = (since = T0) => system.readPolicyFigures(tenant, CLUSTER, since);
      expect(await figures()).toEqual([]);
      const entries = [
        anEntry(runs[0]!),
        anEntry(runs[1]!, { joules: 300, grams: null }),
        anEntry(runs[2]!, { joules: null, cost: UNPRICED }),
        anEntry(others, { joules: null, cost: UNPRICED, grams: null }),
      ];
      await system.saveLedger(tenant, { clusterId: CLUSTER, revision: 1, entries });
      const photos = { policyId: aPolicy('photos').policyId, joules: 200, grams: 3.2 };
      const nothing = { joules: null, grams: null, amount: null, currency: null };
      const known = [
        { ...photos, amount: 0.0574, currency: 'EUR' },
        { ...nothing, policyId: aPolicy('music').policyId },
      ];
      expect(await figures()).toEqual(
        known.toSorted((one, other) => (one.policyId < other.policyId ? -1 : 1)),
      );
      expect(await figures(minutes(40 * DAY))).toEqual([]);
      await judge(1, [anAdvice()]);
      await change('merge', 7 * DAY);
      const [due] = await system.readMergedAdvice(tenant, CLUSTER, minutes(14 * DAY), [7]);
      const { joules, grams } = photos;
      expect(due?.before).toMatchObject({
        runs: 3,
        joules,
        grams,
        amount: 0.0574,
        currency: 'EUR',
      });
      expect(due?.after).toEqual({ runs: 0, longestGapSeconds: null, ...nothing });
    });
  });
}

function optionsOf() {
  const { options, effects } = anAdvice();
  return { options, effects, measured: [], mergedAt: null };
}
