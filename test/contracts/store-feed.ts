import { describe, expect, it } from 'vitest';
import type { Severity } from '../../src/domain/words.ts';
import {
  aBatch,
  aClaim,
  aDraft,
  aJudgement,
  aPolicy,
  aRisk,
  aRun,
  minutes,
  T0,
} from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

/** What the doors read: order, filters, stable paging, the status and its revision. */
export function describeFeed(context: ContractContext): void {
  const save = (parts: Parameters<typeof aBatch>[0]) =>
    context.store.system.saveFacts(context.tenant, aBatch(parts));
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });

  describe('the feed', () => {
    it('is empty, not broken, before anything was read', async () => {
      const status = await owner().readStatus();
      expect(status.counts).toMatchObject({
        resources: 0,
        runs: 0,
        findingsOpen: {},
        coverage: {},
      });
      expect(status.clusters[0]).toMatchObject({ name: 'home', observedAt: null, problems: [] });
      expect(await owner().showResource('media', 'photos', null)).toBeNull();
      expect(await owner().readFinding('none')).toBeNull();
    });

    it('lists runs newest first, each once, while new ones arrive', async () => {
      const runs = Array.from({ length: 25 }, (_, index) =>
        aRun(`${index}`, { startedAt: minutes(index - (index % 3)) }),
      );
      await save({ runs });
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await owner().listRuns({ limit: 7, ...(cursor && { cursor }) });
        seen.push(...page.items.map((each) => each.runId));
        cursor = page.nextCursor ?? undefined;
        await save({
          runs: [aRun(`new-${seen.length}`, { startedAt: minutes(1_000 + seen.length) })],
        });
      } while (cursor);
      expect(seen).toHaveLength(25);
      expect(new Set(seen)).toEqual(new Set(runs.map((run) => run.runId)));
      const all = (await owner().listRuns({ limit: 500 })).items.map((run) => run.startedAt);
      expect(all).toEqual([...all].sort().toReversed());
    });

    it('says an exact last page has no next', async () => {
      await save({ runs: [aRun('1'), aRun('2')] });
      expect((await owner().listRuns({ limit: 2 })).nextCursor).toBeNull();
    });

    it('filters runs by every field of the filter', async () => {
      const failed = aRun('2', {
        startedAt: minutes(200),
        outcome: 'failed',
        policyId: 'other',
        resourceId: null,
        namespace: 'office',
      });
      const volume = {
        runId: failed.runId,
        runDay: failed.runDay,
        resourceId: aClaim('music').resourceId,
        outcome: 'failed' as const,
        startedAt: null,
        endedAt: null,
        logicalBytes: null,
        addedBytes: null,
        snapshotId: null,
        message: null,
      };
      await save({
        resources: [aClaim('music')],
        policies: [aPolicy('photos')],
        runs: [aRun('1'), failed],
        runVolumes: [volume],
      });
      const names = async (filter: Parameters<ReturnType<typeof owner>['listRuns']>[0]) =>
        (await owner().listRuns(filter)).items.map((run) => run.name);
      expect(await names({ outcome: 'failed' })).toEqual(['photos-2']);
      expect(await names({ outcome: 'success' })).toEqual(['photos-1']);
      expect(await names({ policyId: 'other' })).toEqual(['photos-2']);
      expect(await names({ namespace: 'office' })).toEqual(['photos-2']);
      expect(await names({ resourceId: aClaim('photos').resourceId })).toEqual(['photos-1']);
      expect(await names({ resourceId: aClaim('music').resourceId })).toEqual(['photos-2']);
      expect(await names({ since: minutes(150).toISOString() })).toEqual(['photos-2']);
      expect(await names({ until: minutes(150).toISOString() })).toEqual(['photos-1']);
      expect(await names({ clusterId: 'elsewhere' })).toEqual([]);
      const [run] = (await owner().listRuns({ resourceId: aClaim('music').resourceId })).items;
      expect(run?.volumes[0]?.resource).toBe('media/music');
      expect((await owner().listRuns({ outcome: 'success' })).items[0]?.policy).toBe(
        'media/photos',
      );
    });

    it('takes instants and names as data', async () => {
      const evil = `a'; drop table plimsoll.runs; --`;
      await save({ runs: [aRun('1', { name: evil, namespace: evil })] });
      expect((await owner().listRuns({ namespace: evil })).items[0]?.name).toBe(evil);
      await expect(owner().listRuns({ since: 'yesterday-ish' })).rejects.toMatchObject({
        code: 'invalid-input',
      });
    });

    it('refuses a malformed cursor and one of another list', async () => {
      await save({ runs: [aRun('1'), aRun('2')], resources: [aClaim('a'), aClaim('b')] });
      const { nextCursor } = await owner().listResources({ limit: 1 });
      for (const cursor of ['%%%', 'bm90LWpzb24', '', nextCursor ?? 'none'])
        await expect(
          Promise.resolve().then(() => owner().listRuns({ cursor })),
        ).rejects.toMatchObject({
          code: 'invalid-input',
        });
      await expect(
        Promise.resolve().then(() => owner().listRuns({ limit: 501 })),
      ).rejects.toMatchObject({ code: 'invalid-input' });
    });

    it('ranks findings by severity, then newest; risk by score', async () => {
      const claims = ['a', 'b', 'c'].map((name) => aClaim(name));
      await save({ resources: claims });
      const draft = (key: string, severity: Severity, minute: number) => ({
        change: 'raised' as const,
        at: minutes(minute),
        finding: aDraft(key, {
          severity,
          subject: { ...aDraft(key).subject, resourceId: claims[0]?.resourceId ?? null },
        }),
      });
      const findings = [
        draft('1', 'low', 9),
        draft('2', 'critical', 1),
        draft('3', 'high', 2),
        draft('4', 'high', 3),
        draft('5', 'medium', 3),
      ];
      const risks = claims.map((claim, index) => aRisk(claim.resourceId, [10, 90, 50][index] ?? 0));
      await context.store.system.saveJudgement(context.tenant, aJudgement({ findings, risks }));
      const order: string[] = [];
      let cursor: string | undefined;
      do {
        const page = await owner().listFindings({ limit: 2, ...(cursor && { cursor }) });
        order.push(...page.items.map((each) => `${each.severity} ${each.raisedAt.slice(14, 16)}`));
        cursor = page.nextCursor ?? undefined;
      } while (cursor);
      expect(order).toEqual(['critical 01', 'high 03', 'high 02', 'medium 03', 'low 09']);
      expect((await owner().listFindings({ severity: 'high' })).items).toHaveLength(2);
      const first = await owner().listRisk({ limit: 1 });
      const rest = await owner().listRisk({ cursor: first.nextCursor ?? '' });
      expect([...first.items, ...rest.items].map((each) => each.score)).toEqual([90, 50, 10]);
      expect(rest.items[1]).toMatchObject({
        openFindings: 5,
        worstSeverity: 'critical',
        name: 'a',
      });
      expect((await owner().listRisk({ minScore: 50 })).items).toHaveLength(2);
      const status = await owner().readStatus();
      expect(status.worst.map((each) => each.name)).toEqual(['b', 'c', 'a']);
      expect(status.counts.findingsOpen).toEqual({ critical: 1, high: 2, medium: 1, low: 1 });
    });

    it('lets the newest copy grow older while its score stays as it was written', async () => {
      const claim = aClaim('a');
      await save({ resources: [claim] });
      const risks = [aRisk(claim.resourceId, 40)];
      await context.store.system.saveJudgement(context.tenant, aJudgement({ risks }));
      const [before] = (await owner().listRisk({})).items;
      expect(before?.rpoAchievedSeconds).toBe(90_000);
      await context.store.system.saveJudgement(
        context.tenant,
        aJudgement({ judgedAt: minutes(10), revision: 2 }),
      );
      const [after] = (await owner().listRisk({})).items;
      expect(after?.rpoAchievedSeconds).toBe(90_600);
    });

    it('has a revision that moves with every change a reader could see', async () => {
      const revisions = [await owner().readRevision()];
      await save({ resources: [aClaim('photos')] });
      revisions.push(await owner().readRevision());
      await save({ observedAt: minutes(1) });
      revisions.push(await owner().readRevision());
      const raised = { change: 'raised' as const, at: T0, finding: aDraft('f') };
      await context.store.system.saveJudgement(context.tenant, aJudgement({ findings: [raised] }));
      revisions.push(await owner().readRevision());
      const id = (await owner().listFindings({})).items[0]?.findingId ?? '';
      await owner().changeFinding(id, 'expected', null, T0);
      revisions.push(await owner().readRevision());
      expect(new Set(revisions).size).toBe(5);
      expect(await owner().readRevision()).toBe(revisions.at(-1));
    });
  });
}
