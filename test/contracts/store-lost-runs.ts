import { describe, expect, it } from 'vitest';
import type { RunFact } from '../../src/domain/facts.ts';
import { aBatch, aClaim, aPart, aPolicy, aRun, minutes } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

/** Runs that ended, or went, while nobody watched. */
export function describeLostRuns(context: ContractContext): void {
  const save = (parts: Parameters<typeof aBatch>[0]) =>
    context.store.system.saveFacts(context.tenant, aBatch(parts));
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });

  describe('complete lists', () => {
    it('end runs under way whose objects went while nobody watched, as unknown and once', async () => {
      const running = { outcome: 'running' as const, endedAt: null, durationSeconds: null };
      const runs = [
        aRun('gone', { ...running, engine: 'velero' }),
        aRun('still there', { ...running, engine: 'velero' }),
        aRun('elsewhere', { ...running, engine: 'velero', namespace: 'office' }),
        aRun('of another engine', { ...running, engine: 'k8up' }),
        aRun('over', { engine: 'velero' }),
      ];
      const [gone, there] = runs as [RunFact, RunFact];
      const { resourceId } = aClaim('photos');
      const volume = (run: RunFact) => ({ ...aPart(run, resourceId), outcome: 'running' as const });
      await save({ runs, runVolumes: [volume(gone), volume(there)] });
      const list = {
        table: 'runs' as const,
        engine: 'velero' as const,
        kind: 'Backup',
        namespace: 'media',
        ids: [there.runId],
      };
      const outcomes = async () => {
        const { items } = await owner().listRuns({});
        return Object.fromEntries(
          items.map((run) => [run.name.slice('photos-'.length), run.outcome]),
        );
      };
      const before = await outcomes();
      const saved = await save({ observedAt: minutes(200), completeLists: [list] });
      expect(saved.changed).toBe(true);
      expect(await outcomes()).toEqual({ ...before, gone: 'unknown' });
      const again = await save({ observedAt: minutes(201), completeLists: [list] });
      expect(again.changed).toBe(false);
      const { items } = await owner().listRuns({ outcome: 'unknown' });
      expect(items.map((run) => run.volumes.map(({ outcome }) => outcome))).toEqual([['unknown']]);
      await save({
        observedAt: minutes(202),
        completeLists: [{ ...list, namespace: null, ids: [] }],
      });
      expect(await outcomes()).toMatchObject({ elsewhere: 'unknown', 'still there': 'unknown' });
      expect(await outcomes()).toMatchObject({ over: 'success', 'of another engine': 'running' });
    });

    it('end a run under way with its policy, of an engine whose runs have no objects', async () => {
      const run = aRun('1', { outcome: 'running', endedAt: null });
      await save({ policies: [aPolicy('photos'), aPolicy('music')], runs: [run] });
      const { kind, engine, policyId } = aPolicy('photos');
      const list = { table: 'policies' as const, kind, engine, namespace: null };
      const ids = [policyId, aPolicy('music').policyId];
      await save({ observedAt: minutes(1), completeLists: [{ ...list, ids }] });
      expect((await owner().listRuns({ outcome: 'running' })).items).toHaveLength(1);
      await save({ observedAt: minutes(2), completeLists: [{ ...list, ids: ids.slice(1) }] });
      expect((await owner().listRuns({ outcome: 'unknown' })).items).toHaveLength(1);
    });
  });
}
