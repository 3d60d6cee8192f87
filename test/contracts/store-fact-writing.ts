import { describe, expect, it } from 'vitest';
import { aBatch, aClaim, aPoint, aPolicy, aRun, CLUSTER, minutes, T0 } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

/** Writing facts: idempotent, counted by revisions, nothing forgotten. */
export function describeFacts(context: ContractContext): void {
  const save = (parts: Parameters<typeof aBatch>[0]) =>
    context.store.system.saveFacts(context.tenant, aBatch(parts));
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  const read = (after = 0, limit = 100) =>
    context.store.system.readJudgeInput(context.tenant, CLUSTER, after, limit);

  describe('facts', () => {
    it('come back as they were saved', async () => {
      const volume = {
        runId: aRun('1').runId,
        runDay: '2026-11-01',
        resourceId: aClaim('photos').resourceId,
        outcome: 'partial' as const,
        startedAt: T0,
        endedAt: minutes(3),
        logicalBytes: 5,
        addedBytes: null,
        snapshotId: null,
        message: 'two files vanished',
      };
      const attempt = {
        runId: aRun('1').runId,
        runDay: '2026-11-01',
        attemptKey: 'job-1',
        policyId: aPolicy('photos').policyId,
        endedAt: minutes(121),
        outcome: 'failed' as const,
        log: 'Fatal: <lock> 🔒',
      };
      const repository = {
        repositoryId: 'repo-1',
        engine: 'velero' as const,
        kind: 'BackupStorageLocation',
        namespace: 'velero',
        name: 'default',
        uid: 'u',
        availability: 'available' as const,
        message: null,
        checkedAt: T0,
        readOnly: false,
      };
      const restoreRun = {
        restoreRunId: 'rr-1',
        engine: 'volsync' as const,
        kind: 'ReplicationDestination',
        namespace: 'media',
        name: 'photos-dst',
        uid: 'u',
        resourceId: aClaim('photos').resourceId,
        outcome: 'success' as const,
        imageTakenAt: T0,
        startedAt: T0,
        endedAt: minutes(1),
        restoredBytes: 7,
        message: null,
      };
      const problem = {
        source: 'velero.io/backups',
        code: 'forbidden' as const,
        message: 'no right',
        nextStep: 'Grant it.',
        namespaces: null,
        since: T0,
      };
      await save({
        resources: [aClaim('photos')],
        policies: [aPolicy('photos', { memory: '{"a":1}' })],
        repositories: [repository],
        runs: [aRun('1')],
        runVolumes: [volume],
        attempts: [attempt],
        restorePoints: [aPoint('old', { takenAt: T0 }), aPoint('new')],
        restoreRuns: [restoreRun],
        observedWindows: [{ kind: 'ReplicationSource', from: T0, until: minutes(5) }],
        problems: [problem],
      });
      const input = await read();
      expect(input).toMatchObject({ revision: 1, observedAt: T0, more: false });
      expect(input.runs).toEqual([aRun('1')]);
      expect(input.runVolumes).toEqual([volume]);
      expect(input.attempts).toEqual([attempt]);
      expect(input.inventory?.resources).toEqual([aClaim('photos')]);
      expect(input.inventory?.policies).toEqual([
        {
          ...aPolicy('photos', { memory: '{"a":1}' }),
          scheduleSince: T0,
          pausedSince: null,
          removedAt: null,
        },
      ]);
      expect(input.inventory?.repositories).toEqual([{ ...repository, availabilitySince: T0 }]);
      expect(input.inventory?.newestPoints).toEqual([aPoint('new')]);
      expect(input.inventory?.restoreRuns).toEqual([restoreRun]);
      expect(input.inventory?.problems).toEqual([problem]);
    });

    it('saved twice change nothing and write no row', async () => {
      const facts = {
        resources: [aClaim('photos'), aClaim('music', { claim: null })],
        edges: [
          {
            fromResourceId: aClaim('photos').resourceId,
            toResourceId: aClaim('music').resourceId,
            kind: 'binds' as const,
          },
        ],
        policies: [aPolicy('photos', { memory: 'm' })],
        runs: [aRun('1'), aRun('2', { startedAt: minutes(60 * 24 * 40) })],
        restorePoints: [aPoint('a')],
        observedWindows: [{ kind: 'Pod', from: T0, until: minutes(1) }],
        problems: [],
        completeLists: [
          {
            table: 'resources' as const,
            kind: 'PersistentVolumeClaim',
            namespace: null,
            ids: [aClaim('photos').resourceId, aClaim('music').resourceId],
          },
        ],
      };
      expect(await save(facts)).toEqual({ revision: 1, changed: true });
      const before = await versionsOf(context);
      expect(await save(facts)).toEqual({ revision: 1, changed: false });
      expect(await versionsOf(context)).toEqual(before);
      expect(before.length).toBeGreaterThan(6);
    });

    it('count as changed when one value differs, and only that row', async () => {
      await save({ runs: [aRun('1'), aRun('2')] });
      const changed = aRun('2', { outcome: 'failed', errorText: 'locked' });
      expect(await save({ runs: [aRun('1'), changed] })).toEqual({ revision: 2, changed: true });
      expect((await read(1)).runs).toEqual([changed]);
      expect((await read(1)).inventory).toBeNull();
    });

    it('keep the last of several rows with one key', async () => {
      await save({ runs: [aRun('1', { outcome: 'running', endedAt: null }), aRun('1')] });
      expect((await read()).runs).toEqual([aRun('1')]);
    });

    it('are read by whole revisions when many changed', async () => {
      for (const key of ['1', '2', '3']) await save({ runs: [aRun(`${key}a`), aRun(`${key}b`)] });
      const first = await read(0, 3);
      expect(first.runs).toHaveLength(2);
      expect(first).toMatchObject({ revision: 1, more: true });
      const rest = await read(first.revision, 100);
      expect(rest.runs).toHaveLength(4);
      expect(rest).toMatchObject({ revision: 3, more: false });
      expect((await read(1, 1)).runs).toHaveLength(2);
    });

    it('touch a run when only its attempts changed', async () => {
      await save({ runs: [aRun('1')] });
      const attempt = {
        runId: aRun('1').runId,
        runDay: aRun('1').runDay,
        attemptKey: 'late',
        policyId: null,
        endedAt: minutes(125),
        outcome: 'failed' as const,
        log: null,
      };
      await save({ attempts: [attempt] });
      expect((await read(1)).runs).toEqual([aRun('1')]);
      expect((await read(1)).attempts).toEqual([attempt]);
    });

    it('take bytes up to 2^53 − 1 exactly and refuse more', async () => {
      const most = Number.MAX_SAFE_INTEGER;
      await save({ runs: [aRun('1', { logicalBytes: most })] });
      expect((await read()).runs[0]?.logicalBytes).toBe(most);
      expect((await owner().listRuns({})).items[0]?.logicalBytes).toBe(most);
      await expect(save({ runs: [aRun('2', { logicalBytes: most + 1 })] })).rejects.toMatchObject({
        code: 'invalid-input',
      });
      expect((await read()).runs).toHaveLength(1);
    });

    it('refuse a negative count and lose nothing of the batch before', async () => {
      await save({ runs: [aRun('1')] });
      await expect(
        save({ resources: [aClaim('photos')], runs: [aRun('2', { files: -1 })] }),
      ).rejects.toMatchObject({ code: 'invalid-input' });
      expect((await read()).runs).toEqual([aRun('1')]);
      expect((await owner().listResources({})).items).toEqual([]);
    });

    it('are refused for a cluster nobody announced', async () => {
      await expect(
        context.store.system.saveFacts(context.tenant, { ...aBatch(), clusterId: 'unknown' }),
      ).rejects.toMatchObject({ code: 'not-found' });
    });

    it('come in batches of a thousand, over many months', async () => {
      const runs = Array.from({ length: 1_000 }, (_, index) =>
        aRun(`bulk-${index}`, { startedAt: minutes(index * 60 * 10) }),
      );
      expect(await save({ runs })).toEqual({ revision: 1, changed: true });
      expect(await save({ runs })).toEqual({ revision: 1, changed: false });
      expect((await owner().readStatus()).counts.runs).toBe(1_000);
      const input = await read(0, 5_000);
      expect(input.runs).toEqual(runs);
    });

    it('mark what is gone and keep a recreated object in its row', async () => {
      const photos = aClaim('photos');
      await save({ resources: [photos, aClaim('music')], policies: [aPolicy('photos')] });
      await save({ observedAt: minutes(1), removedResourceIds: [photos.resourceId] });
      expect((await owner().listResources({})).items.map((each) => each.name)).toEqual(['music']);
      const all = await owner().listResources({ includeRemoved: true, name: 'photos' });
      expect(all.items[0]?.removedAt).toBe(minutes(1).toISOString());
      await save({ observedAt: minutes(2), resources: [aClaim('photos', { uid: 'second-life' })] });
      const back = (await owner().listResources({ name: 'photos' })).items;
      expect(back).toHaveLength(1);
      expect(back[0]).toMatchObject({ resourceId: photos.resourceId, removedAt: null });
    });

    it('mark what a complete list leaves out, in its scope only', async () => {
      const other = aClaim('docs', { namespace: 'office' });
      await save({ resources: [aClaim('photos'), aClaim('music'), other] });
      const list = { table: 'resources' as const, kind: 'PersistentVolumeClaim' };
      const ids = [aClaim('photos').resourceId];
      await save({ observedAt: minutes(1), completeLists: [{ ...list, namespace: 'media', ids }] });
      expect((await owner().listResources({})).items.map((each) => each.name)).toEqual([
        'photos',
        'docs',
      ]);
      await save({
        observedAt: minutes(2),
        completeLists: [{ ...list, namespace: null, ids: [] }],
      });
      expect((await owner().listResources({})).items).toEqual([]);
    });

    it('leave other engines’ policies of the same kind alone', async () => {
      await save({ policies: [aPolicy('photos')] });
      const { kind, engine } = aPolicy('photos');
      const list = { table: 'policies' as const, kind, namespace: null, ids: [] };
      await save({ observedAt: minutes(1), completeLists: [{ ...list, engine: 'k8up' as const }] });
      expect((await owner().listPolicies({})).items).toHaveLength(1);
      await save({ observedAt: minutes(2), completeLists: [{ ...list, engine }] });
      expect((await owner().listPolicies({})).items).toEqual([]);
    });

    it('mark restore points that are gone', async () => {
      await save({ restorePoints: [aPoint('a'), aPoint('b')] });
      const ids = [aPoint('a').restorePointId];
      const list = { table: 'restore_points' as const, kind: 'Backup', namespace: null, ids };
      await save({ observedAt: minutes(9), completeLists: [list] });
      expect((await owner().listRestorePoints({})).items.map((each) => each.handle)).toEqual(['a']);
      const all = await owner().listRestorePoints({ includeGone: true });
      expect(all.items.find((each) => each.handle === 'b')?.goneAt).toBe(minutes(9).toISOString());
      await save({ observedAt: minutes(10), completeLists: [{ ...list, ids: [] }] });
      expect((await owner().listRestorePoints({})).items).toHaveLength(1);
      const ofEngine = { ...list, engine: 'volsync' as const, ids: [] };
      await save({ observedAt: minutes(11), completeLists: [ofEngine] });
      expect((await owner().listRestorePoints({})).items).toEqual([]);
    });

    it('remember since when a schedule and a pause have been seen', async () => {
      await save({ policies: [aPolicy('photos')] });
      const policy = aPolicy('photos', { paused: true });
      await save({ observedAt: minutes(1), policies: [policy] });
      await save({ observedAt: minutes(2), policies: [{ ...policy, problem: 'x' }] });
      expect((await read()).inventory?.policies[0]).toMatchObject({
        scheduleSince: T0,
        pausedSince: minutes(1),
      });
      const hourly = { type: 'interval' as const, seconds: 3_600 };
      await save({ observedAt: minutes(3), policies: [aPolicy('photos', { schedule: hourly })] });
      expect((await read()).inventory?.policies[0]).toMatchObject({
        schedule: hourly,
        scheduleSince: minutes(3),
        pausedSince: null,
      });
    });

    it('keep a policy’s memory without calling it a change', async () => {
      await save({ policies: [aPolicy('photos', { memory: 'one' })] });
      const second = await save({ policies: [aPolicy('photos', { memory: 'two' })] });
      expect(second).toEqual({ revision: 1, changed: false });
      const memory = await context.store.system.readPolicyMemory(context.tenant, CLUSTER);
      expect(memory).toEqual(new Map([[aPolicy('photos').policyId, 'two']]));
      await expect(
        save({ policies: [aPolicy('photos', { memory: 'x'.repeat(4_097) })] }),
      ).rejects.toMatchObject({ code: 'invalid-input' });
    });

    it('merge observed windows that touch', async () => {
      await save({ observedWindows: [window(0, 5)] });
      await save({ observedWindows: [window(5, 10), window(20, 30)] });
      await save({ observedWindows: [window(2, 4)] });
      expect((await read()).observedWindows).toEqual([window(0, 10), window(20, 30)]);
      await save({ observedWindows: [window(8, 20)] });
      expect((await read()).observedWindows).toEqual([window(0, 30)]);
    });

    it('keep the earlier problems when a batch says nothing about them', async () => {
      const problem = {
        source: 'cluster',
        code: 'unreachable' as const,
        message: 'refused',
        nextStep: 'Start it.',
        namespaces: null,
        since: T0,
      };
      await save({ problems: [problem] });
      await save({ observedAt: minutes(1), problems: null });
      expect((await owner().listClusters()).items[0]?.problems).toHaveLength(1);
      await save({ observedAt: minutes(2), problems: [] });
      expect((await owner().listClusters()).items[0]?.problems).toEqual([]);
    });
  });

  describe('the lease', () => {
    it('belongs to one holder until it ends or is given back', async () => {
      const take = (holder: string, seconds = 60) =>
        context.store.system.takeLease(context.tenant, CLUSTER, holder, seconds);
      expect(await take('a')).toBe(true);
      expect(await take('b')).toBe(false);
      expect(await take('a')).toBe(true);
      await context.store.system.releaseLease(context.tenant, CLUSTER, 'b');
      expect(await take('b')).toBe(false);
      await context.store.system.releaseLease(context.tenant, CLUSTER, 'a');
      expect(await take('b', 0)).toBe(true);
      expect(await take('a')).toBe(true);
    });
  });
}

/** Physical row versions of the tenant's fact tables: any write, even of equal values, changes them. */
function versionsOf({ query, tenant }: ContractContext) {
  const tables = ['resources', 'resource_edges', 'policies', 'runs', 'restore_points'];
  const also = ['observed_windows', 'collector_state'];
  const selects = [...tables, ...also].map(
    (table) =>
      `select '${table}' as name, ctid::text, xmin::text, xmax::text from plimsoll.${table} where tenant_id = $1`,
  );
  return query(`${selects.join(' union all ')} order by 1, 2`, [tenant]);
}

function window(from: number, until: number) {
  return { kind: 'Pod', from: minutes(from), until: minutes(until) };
}
