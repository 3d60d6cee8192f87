import { describe, expect, it } from 'vitest';
import {
  describeEngineReader,
  fixtureNamed,
  OBSERVED_AT,
  readingWith,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field } from '../../kubernetes/object-meta.ts';
import { drawnCron } from './drawn-cron.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { claimId, pointId, policyId, repositoryId } from './ids.ts';
import { createKopiurReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const contract = { create: createKopiurReader };
const { context } = readingWith(contract);

const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
/** Reads these fixtures one after the other; the facts of the last. */
function factsOf(...names: string[]) {
  const { read } = readingWith(contract);
  return names.map((name) => read(named(name))).at(-1) ?? {};
}
const runOf = (...names: string[]) => factsOf(...names).runs?.[0];
const policyOf = (...names: string[]) => factsOf(...names).policies?.[0];
const repositoryOf = (...names: string[]) => factsOf(...names).repositories?.[0];
const restoreOf = (name: string) => factsOf(name).restoreRuns?.[0];
const selectionOf = (name: string) => policyOf(name)?.selection;
const claim = (namespace: string, name: string) => claimId(context, { namespace, name });
const photos = policyId(context, { namespace: 'media', name: 'photos' });

describeEngineReader('kopiur', {
  ...contract,
  definitions: { follow: 'the documentation and types of kopiur 0.10' },
  fixtures,
  // A snapshot found in the repository is one, whoever made it.
  saysSuccess: (object) =>
    ['Succeeded', 'Completed', 'Discovered'].includes(String(field(object, 'status', 'phase'))) ||
    ['discovered', 'replicated'].includes(String(field(object, 'status', 'origin'))),
});

describe('snapshots', () => {
  it.each([
    ['succeeded', 'success'],
    ['succeeded without some files', 'partial'],
    ['succeeded with nothing', 'empty'],
    ['failed', 'failed'],
    ['running', 'running'],
    ['pending', 'running'],
    ['half written: no status', 'running'],
    ['of the next version: another phase', 'unknown'],
  ])('%s is %s', (name, outcome) => {
    expect(runOf(name)?.outcome).toBe(outcome);
  });

  it('bring their figures', () => {
    expect(runOf('succeeded')).toMatchObject({
      policyId: photos,
      resourceId: claim('media', 'photos'),
      startedAt: new Date('2026-11-20T14:11:03Z'),
      durationSeconds: 77,
      logicalBytes: 48_318_382_080,
      storedBytes: 7_340_032,
      files: 90_326,
      snapshotId: '0d9f3c5e7a1b',
      errors: 0,
    });
    expect(runOf('failed')).toMatchObject({
      durationSeconds: 77,
      errorText:
        'RepositoryUnavailable: cannot open the repository: error connecting to repository: timeout',
    });
    expect(runOf('succeeded without some files')).toMatchObject({
      errors: 2,
      warnings: 2,
      errorText: '2 files could not be read and are not in the snapshot',
    });
  });

  it('whose failed files cannot be read are not called whole', () => {
    const stats = { sizeBytes: 1, filesNew: 1, filesFailed: 'many' };
    const facts = readingWith(contract).read(named('succeeded', { stats }));
    expect(facts.runs?.[0]?.outcome).toBe('unknown');
    expect(facts.restorePoints).toEqual([]);
  });

  it('that do not name their claim yet belong to the only one of their policy', () => {
    const photosClaim = claim('media', 'photos');
    expect(runOf('running')?.resourceId).toBeNull();
    expect(runOf('policy', 'running')?.resourceId).toBe(photosClaim);
    expect(runOf('running', 'policy')).toEqual(runOf('policy', 'running'));
    expect(runOf('known by its path')?.resourceId).toBe(claim('lab', 'results'));
  });

  it('of several claims are a part of each', () => {
    const facts = factsOf('of several claims');
    expect(facts.runs?.[0]?.resourceId).toBeNull();
    expect(facts.runVolumes?.map(({ resourceId, outcome }) => [resourceId, outcome])).toEqual([
      [claim('pair', 'data'), 'success'],
      [claim('pair', 'wal'), 'success'],
    ]);
    expect(facts.restorePoints?.[0]?.resourceId).toBeNull();
  });

  it('give a restore point when one can be restored from, and take it back', () => {
    const [point] = factsOf('succeeded').restorePoints ?? [];
    expect(point).toMatchObject({ policyId: photos, handle: '0d9f3c5e7a1b' });
    expect(factsOf('failed').restorePoints).toEqual([]);
    expect(factsOf('succeeded with nothing').restorePoints).toEqual([]);
    expect(readingWith(contract).remove(named('succeeded')).removedRestorePointIds).toEqual([
      point?.restorePointId,
    ]);
    expect(factsOf('deleting')).toMatchObject({
      removedRestorePointIds: [pointId(context, 'uid-photos-8')],
    });
    expect(factsOf('deleting').runs).toBeUndefined();
  });

  it('found in the repository are restore points and no runs', () => {
    const facts = factsOf('found in the repository');
    expect(facts.runs).toEqual([]);
    expect(facts.restorePoints).toMatchObject([
      { policyId: null, runId: null, resourceId: claim('media', 'photos') },
    ]);
  });

  it('deleted under way end unknown', () => {
    expect(readingWith(contract).remove(named('running')).runs?.[0]?.outcome).toBe('unknown');
    expect(readingWith(contract).remove(named('succeeded')).runs).toEqual([]);
  });

  it('that end in the future prove nothing', () => {
    const facts = readingWith(contract).read(
      named('succeeded'),
      new Date(OBSERVED_AT.getTime() - 86_400_000),
    );
    expect(facts.runs?.[0]?.outcome).toBe('unknown');
    expect(facts.restorePoints).toEqual([]);
    expect(facts.problems?.[0]?.message).toContain('future');
  });
});

describe('policies', () => {
  it('are due as their most frequent schedule says, whichever comes first', () => {
    expect(policyOf('policy')?.schedule).toEqual({ type: 'manual' });
    const both = policyOf('policy', 'schedule daily', 'schedule hourly, drawn');
    expect(both?.schedule).toEqual({
      type: 'cron',
      expression: '11 * * * *',
      timeZone: 'UTC',
      dialect: 'kopiur',
    });
    expect(policyOf('schedule hourly, drawn', 'schedule daily', 'policy')).toEqual(both);
    const { read, remove } = readingWith(contract);
    for (const name of ['policy', 'schedule daily', 'schedule hourly, drawn']) read(named(name));
    expect(remove(named('schedule hourly, drawn')).policies?.[0]?.schedule).toMatchObject({
      expression: '14 3 * * *',
      timeZone: 'Europe/Berlin',
    });
  });

  it('are paused by themselves or by all their schedules', () => {
    expect(policyOf('policy suspended')?.paused).toBe(true);
    expect(policyOf('policy')?.paused).toBe(false);
    expect(policyOf('policy with several claims', 'schedule suspended')?.paused).toBe(true);
  });

  it('say what they take', () => {
    expect(selectionOf('policy')).toEqual({
      type: 'claims',
      namespace: 'media',
      names: ['photos'],
    });
    expect(selectionOf('policy with several claims')).toMatchObject({ names: ['data', 'wal'] });
    expect(selectionOf('policy with a selector')).toMatchObject({
      type: 'namespaces',
      include: ['shop'],
      labelSelectors: [{ matchLabels: { backup: 'include' } }],
    });
    expect(selectionOf('policy of an export')).toMatchObject({ type: 'claims', names: [] });
    expect(selectionOf('policy with several selectors')?.type).toBe('unknown');
  });

  it('keep their last success, keep rules and complaints', () => {
    expect(policyOf('policy')).toMatchObject({
      lastSuccessAt: new Date('2026-11-20T14:12:20Z'),
      keep: { latest: 3, hourly: 24, daily: 7 },
      problem: null,
    });
    expect(policyOf('policy refused')?.problem).toBe('Repository crm/nas does not exist');
  });
});

describe('a drawn schedule', () => {
  const next = { at: new Date('2026-11-22T01:11:00Z'), jitter: null, timeZone: 'Europe/Berlin' };
  it.each([
    ['H * * * *', '11 * * * *'],
    ['H H * * *', '11 2 * * *'],
    ['H 2 H * H', '11 2 22 * 0'],
    ['H 2 * *', 'H 2 * *'],
    ['17 3 * * *', '17 3 * * *'],
  ])('%s reads %s', (cron, expected) => {
    expect(drawnCron(cron, next)).toBe(expected);
  });

  it('stays as declared with jitter, without a next run, in a zone nobody knows', () => {
    expect(drawnCron('H * * * *', { ...next, jitter: '10m' })).toBe('H * * * *');
    expect(drawnCron('H * * * *', { ...next, at: null })).toBe('H * * * *');
    expect(drawnCron('H * * * *', { ...next, timeZone: 'Mars/Olympus' })).toBe('H * * * *');
  });
});

describe('repositories', () => {
  it('answer or not', () => {
    expect(repositoryOf('repository')).toMatchObject({
      availability: 'available',
      message: null,
      checkedAt: new Date('2026-11-20T14:00:00Z'),
    });
    expect(repositoryOf('repository out of reach')).toMatchObject({
      availability: 'unavailable',
      message: 'Connected: permission denied (publickey).',
    });
    expect(repositoryOf('repository half written')?.availability).toBe('unknown');
    expect(factsOf('repository of the next version').problems?.[0]?.message).toContain(
      '"Hibernating"',
    );
  });

  it('tell what is not looked after', () => {
    const shared = repositoryOf('cluster repository degraded by its index');
    expect(shared).toMatchObject({
      availability: 'available',
      message: 'IndexBlobHealth: 1599 index blobs, threshold 1000.',
      repositoryId: repositoryId(context, {
        kind: 'ClusterRepository',
        namespace: '',
        name: 'shared',
      }),
    });
    expect(policyOf('policy with a selector')?.repositoryId).toBe(shared?.repositoryId);
  });

  it('tell that maintenance fails, whichever object comes first', () => {
    const failing = repositoryOf('repository', 'maintenance');
    expect(failing?.message).toBe('The full maintenance (nas) has failed 4 times in a row.');
    expect(repositoryOf('maintenance', 'repository')).toEqual(failing);
    const { read, remove } = readingWith(contract);
    for (const name of ['repository', 'maintenance']) read(named(name));
    expect(remove(named('maintenance')).repositories?.[0]?.message).toBeNull();
  });
});

describe('restores', () => {
  it('tell how they went', () => {
    expect(restoreOf('restore')).toMatchObject({
      outcome: 'success',
      resourceId: claim('media', 'photos'),
      restoredBytes: 48_318_382_080,
    });
    expect(restoreOf('restore failed')).toMatchObject({
      outcome: 'failed',
      message: 'AuthFailure: wrong password',
    });
    expect(restoreOf('restore under way')?.outcome).toBe('running');
  });

  it('that found nothing are empty, however well they completed', () => {
    expect(restoreOf('restore of nothing')).toMatchObject({ outcome: 'empty', resourceId: null });
  });
});
