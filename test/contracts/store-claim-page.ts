import { describe, expect, it } from 'vitest';
import type {
  PolicyFact,
  RestorePointFact,
  RunFact,
  RunVolumeFact,
} from '../../src/domain/facts.ts';
import {
  aBatch,
  aClaim,
  aDraft,
  aJudgement,
  aPart,
  aPoint,
  aPolicy,
  aRun,
  minutes,
} from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

const db = [aClaim('db-1'), aClaim('db-2')];
const [first, second] = db.map(({ resourceId }) => resourceId) as [string, string];
const nightly = aPolicy('db', {
  engine: 'cnpg',
  kind: 'ScheduledBackup',
  selection: { type: 'labels', namespace: 'media', matchLabels: { db: 'yes' } },
});
const manyClaims = aPolicy('all', {
  engine: 'velero',
  kind: 'Schedule',
  selection: {
    type: 'namespaces',
    include: ['media'],
    exclude: [],
    labelSelectors: [],
    excludeLabels: {},
    claimsIncluded: true,
    volumes: 'native',
  },
});

const together = (key: string, minute: number, parts: Partial<RunFact> = {}) =>
  aRun(key, {
    startedAt: minutes(minute),
    policyId: nightly.policyId,
    resourceId: null,
    unlistedVolumes: null,
    name: key,
    ...parts,
  });
const ofSchedule = (key: string, minute: number, parts: Partial<RunFact> = {}) =>
  together(key, minute, { policyId: manyClaims.policyId, engine: 'velero', ...parts });
const pointOf = (run: RunFact, parts: Partial<RestorePointFact> = {}) =>
  aPoint(run.name, {
    policyId: run.policyId,
    resourceId: null,
    runId: run.runId,
    takenAt: run.startedAt,
    ...parts,
  });

const names = (items: { name: string }[]) => items.map(({ name }) => name);
const handles = (items: { handle: string }[]) => items.map(({ handle }) => handle);

/** A claim whose backups name it nowhere still has them: through the policies that take it. */
export function describeClaimPage(context: ContractContext): void {
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });

  const findingsOf = async (name: string) =>
    (await owner().showResource('media', name, null))?.findings.map((one) => one.fingerprint);

  async function given(
    policies: PolicyFact[],
    facts: { runs: RunFact[]; runVolumes?: RunVolumeFact[]; restorePoints?: RestorePointFact[] },
  ) {
    const { system } = context.store;
    await system.saveFacts(context.tenant, aBatch({ resources: db, policies, ...facts }));
    const protections = policies.flatMap(({ policyId }) =>
      db.map(({ resourceId }) => ({ policyId, resourceId })),
    );
    await system.saveJudgement(context.tenant, aJudgement({ protections }));
  }

  describe('a claim’s page', () => {
    it('shows runs and points of a policy that takes all its claims together', async () => {
      const runs = [
        together('monday', 10),
        together('tuesday', 20),
        together('wednesday', 30, { outcome: 'failed' }),
      ];
      const restorePoints = runs.slice(0, 2).map((run) => pointOf(run));
      await given([nightly], { runs, restorePoints });
      for (const name of ['db-1', 'db-2']) {
        const whole = await owner().showResource('media', name, null);
        expect(names(whole?.runs ?? [])).toEqual(['wednesday', 'tuesday', 'monday']);
        expect(handles(whole?.restorePoints ?? [])).toEqual(['tuesday', 'monday']);
      }
    });

    it('shows what is wrong with a policy for each claim that it takes, while it is', async () => {
      await given([nightly], { runs: [] });
      const ofPolicy = { policyId: nightly.policyId, resourceId: null, resource: null };
      const drafts = [
        aDraft('own', { subject: { ...aDraft('own').subject, resourceId: first } }),
        aDraft('stopped', { subject: { ...aDraft('stopped').subject, ...ofPolicy } }),
        aDraft('over', { subject: { ...aDraft('over').subject, ...ofPolicy } }),
      ];
      const raised = drafts.map((finding) => ({
        change: 'raised' as const,
        at: minutes(1),
        finding,
      }));
      await context.store.system.saveJudgement(context.tenant, aJudgement({ findings: raised }));
      const over = {
        change: 'resolved' as const,
        at: minutes(2),
        fingerprint: drafts[2]!.fingerprint,
      };
      await context.store.system.saveJudgement(
        context.tenant,
        aJudgement({ findings: [{ ...over, reason: 'it runs again' }] }),
      );
      expect(await findingsOf('db-1')).toEqual(drafts.slice(0, 2).map((one) => one.fingerprint));
      expect(await findingsOf('db-2')).toEqual([drafts[1]!.fingerprint]);
    });

    it('puts runs of every kind in one order, each once, page after page', async () => {
      const parted = ofSchedule('with-volumes', 25);
      const runs = [
        together('monday', 10),
        together('own', 15, { resourceId: first }),
        together('tuesday', 20),
        parted,
        together('wednesday', 30),
        together('of-the-other', 35, { resourceId: second }),
        aRun('by-hand', {
          name: 'by-hand',
          startedAt: minutes(40),
          policyId: null,
          resourceId: null,
        }),
      ];
      const volumes = [aPart(parted, first), aPart(parted, second), aPart(runs.at(-1)!, first)];
      const points = [...runs.filter((run) => run !== parted), parted].map((run) =>
        pointOf(run, { resourceId: run.resourceId }),
      );
      await given([nightly, manyClaims], { runs, runVolumes: volumes, restorePoints: points });
      const seen: string[] = [];
      const found: string[] = [];
      let cursor: string | null = null;
      do {
        const page = await owner().listRuns({
          resourceId: first,
          limit: 2,
          ...(cursor && { cursor }),
        });
        seen.push(...names(page.items));
        cursor = page.nextCursor;
      } while (cursor !== null);
      const order = ['by-hand', 'wednesday', 'with-volumes', 'tuesday', 'own', 'monday'];
      expect(seen).toEqual(order);
      do {
        const page = await owner().listRestorePoints({
          resourceId: first,
          limit: 2,
          ...(cursor && { cursor }),
        });
        found.push(...handles(page.items));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(found).toEqual(order);
      const since = minutes(18).toISOString();
      const some = await owner().listRuns({
        resourceId: first,
        since,
        until: minutes(28).toISOString(),
      });
      expect(names(some.items)).toEqual(['with-volumes', 'tuesday']);
      const failed = await owner().listRuns({ resourceId: first, outcome: 'failed' });
      expect(failed.items).toEqual([]);
    });

    it('leaves out a run that took other claims, and points nobody knows to hold it', async () => {
      const skipped = ofSchedule('skipped', 10, { unlistedVolumes: 'not-taken' });
      const unseen = ofSchedule('unseen', 20, { unlistedVolumes: 'unknown' });
      const running = ofSchedule('running', 30, { outcome: 'running', endedAt: null });
      const runs = [skipped, unseen, running];
      const restorePoints = [skipped, unseen].map((run) => pointOf(run));
      await given([manyClaims], { runs, runVolumes: [aPart(skipped, second)], restorePoints });
      expect(names((await owner().listRuns({ resourceId: first })).items)).toEqual([
        'running',
        'unseen',
      ]);
      expect((await owner().listRestorePoints({ resourceId: first })).items).toEqual([]);
      expect(handles((await owner().listRestorePoints({ resourceId: second })).items)).toEqual([
        'skipped',
      ]);
    });

    it('moves a run that turns out to have begun later', async () => {
      const runs = [ofSchedule('queued', 10), ofSchedule('other', 20)];
      await given([manyClaims], { runs, runVolumes: runs.map((run) => aPart(run, first)) });
      const begun = { ...runs[0]!, startedAt: minutes(30) };
      await context.store.system.saveFacts(context.tenant, aBatch({ runs: [begun] }));
      const newest = await owner().listRuns({ resourceId: first, limit: 1 });
      expect(names(newest.items)).toEqual(['queued']);
      const cursor = newest.nextCursor ?? '';
      expect(names((await owner().listRuns({ resourceId: first, cursor })).items)).toEqual([
        'other',
      ]);
    });

    it('shows points that are gone when asked', async () => {
      const run = together('monday', 10);
      await given([nightly], { runs: [run], restorePoints: [pointOf(run)] });
      const { system } = context.store;
      const removedRestorePointIds = [pointOf(run).restorePointId];
      await system.saveFacts(
        context.tenant,
        aBatch({ removedRestorePointIds, observedAt: minutes(50) }),
      );
      expect((await owner().listRestorePoints({ resourceId: first })).items).toEqual([]);
      const all = await owner().listRestorePoints({ resourceId: first, includeGone: true });
      expect(handles(all.items)).toEqual(['monday']);
    });
  });
}
