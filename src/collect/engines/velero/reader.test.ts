import { describe, expect, it } from 'vitest';
import { resourceIdOf } from '../../../domain/id.ts';
import {
  describeEngineReader,
  fixtureNamed,
  OBSERVED_AT,
  readingWith,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field } from '../../kubernetes/object-meta.ts';
import type { KubernetesObject } from '../../engine.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { schedulePolicyId } from './ids.ts';
import { createVeleroReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const inventory = {
  claimByUid: (uid: string) =>
    uid === 'uid-pvc-orders' ? { namespace: 'shop', name: 'orders' } : null,
  claimOfPodVolume: (namespace: string, pod: string, volume: string) =>
    `${namespace}/${pod}/${volume}` === 'shop/mail-0/spool' ? 'mail' : null,
};
const contract = { create: createVeleroReader, inventory };

const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
const runOf = (name: string) => readingWith(contract).read(named(name)).runs?.[0];
const policyOf = (object: KubernetesObject) => readingWith(contract).read(object).policies?.[0];
const locationOf = (name: string) => readingWith(contract).read(named(name)).repositories?.[0];
const restoreOf = (name: string) => readingWith(contract).read(named(name)).restoreRuns?.[0];
function volumesOf(backup: string, ...volumes: string[]) {
  const { read } = readingWith(contract);
  read(named(backup));
  return volumes.flatMap((name) => read(named(name)).runVolumes ?? []);
}
const claim = (name: string) =>
  resourceIdOf({ clusterId: 'cluster', kind: 'PersistentVolumeClaim', namespace: 'shop', name });

describeEngineReader('velero', {
  ...contract,
  definitions: 'velero',
  fixtures,
  saysSuccess: (object) =>
    ['Completed', 'PartiallyFailed'].includes(String(field(object, 'status', 'phase'))),
});

describe('backups', () => {
  it.each([
    ['completed', 'success'],
    ['partially failed', 'partial'],
    ['failed by a restart', 'failed'],
    ['refused by validation', 'failed'],
    ['in progress', 'running'],
    ['waiting for uploads', 'running'],
    ['half written: no status', 'running'],
    ['nothing in scope', 'empty'],
  ])('%s is %s', (name, outcome) => {
    expect(runOf(name)?.outcome).toBe(outcome);
  });

  it('belongs to its schedule, a manual one to none', () => {
    const nightly = schedulePolicyId(readingWith(contract).context, {
      namespace: 'velero',
      name: 'nightly',
    });
    expect(runOf('completed')?.policyId).toBe(nightly);
    expect(runOf('manual, file system')?.policyId).toBeNull();
  });

  it('made of a name too long for a label are still their schedule’s, and have their volumes', () => {
    const long = 'platform-services-of-the-northern-region-every-night-with-all-volumes';
    const { context, read } = readingWith(contract);
    const policy = schedulePolicyId(context, { namespace: 'velero', name: long });
    const run = read(named('of a schedule with a long name')).runs?.[0];
    expect(run?.policyId).toBe(policy);
    const volumes = read(named('pod volume that knows its long backup by label')).runVolumes;
    expect(volumes).toMatchObject([{ runId: run?.runId, resourceId: claim('web') }]);
  });

  it('made before their object was are taken over: no run of this cluster, but a point of no policy', () => {
    const { read } = readingWith(contract);
    const object = named('taken over from a location that clusters share');
    const { runs, restorePoints } = read(object);
    expect(runs ?? []).toEqual([]);
    expect(restorePoints).toMatchObject([
      { policyId: null, runId: null, handle: 'nightly-20261119020010' },
    ]);
    const volume = named('pod volume by annotation');
    const labels = { 'velero.io/backup-uid': 'uid-b-over' };
    const theirs = { ...volume, metadata: { ...(volume['metadata'] as object), labels } };
    expect(read(theirs).runVolumes).toEqual([]);
    expect(
      read(named('taken over from a location that clusters share', { phase: 'Failed' }))
        .restorePoints ?? [],
    ).toEqual([]);
  });

  it('keeps the words of a failure', () => {
    expect(runOf('failed by a restart')?.errorText).toContain('during the server starting');
    expect(runOf('refused by validation')?.errorText).toContain('Unavailable status');
  });

  it('says what a claim without a volume object means', () => {
    expect(runOf('completed')).toMatchObject({ unlistedVolumes: 'not-taken', volumeObjects: 2 });
    expect(runOf('manual, file system')?.unlistedVolumes).toBe('not-taken');
    expect(runOf('native snapshots')?.unlistedVolumes).toBe('unknown');
    const { read } = readingWith(contract);
    const spec = { resourcePolicy: { kind: 'ConfigMap', name: 'policy' } };
    const decided = read({ ...named('manual, file system'), spec }).runs?.[0];
    expect(decided?.unlistedVolumes).toBe('unknown');
  });

  it('gives a restore point when one can be restored from, and takes it back', () => {
    const point = readingWith(contract).read(named('completed')).restorePoints?.[0];
    expect(point?.expiresAt).toEqual(new Date('2026-12-20T02:00:12Z'));
    expect(readingWith(contract).read(named('failed by a restart')).restorePoints).toEqual([]);
    const removed = readingWith(contract).remove(named('completed'));
    expect(removed.removedRestorePointIds).toEqual([point?.restorePointId]);
    const deleting = readingWith(contract).read(named('deleting'));
    expect(deleting.runs ?? []).toEqual([]);
    expect(deleting.removedRestorePointIds).toHaveLength(1);
  });

  it('deleted under way ends unknown', () => {
    expect(readingWith(contract).remove(named('in progress')).runs?.[0]?.outcome).toBe('unknown');
    expect(readingWith(contract).remove(named('completed')).runs).toEqual([]);
  });

  it('of a phase nobody knows is unknown, with a problem', () => {
    const object = named('completed', { phase: 'Archived' });
    const facts = readingWith(contract).read(object);
    expect(facts.runs?.[0]?.outcome).toBe('unknown');
    expect(facts.problems?.[0]?.message).toContain('"Archived"');
  });

  it('that ends in the future proves nothing', () => {
    const object = named('completed', { completionTimestamp: '2027-01-01T00:00:00Z' });
    const facts = readingWith(contract).read(object, OBSERVED_AT);
    expect(facts.runs?.[0]?.outcome).toBe('unknown');
    expect(facts.restorePoints).toEqual([]);
  });
});

describe('volumes', () => {
  it('find their claim by annotation, UID or pod', () => {
    const found = volumesOf(
      'manual, file system',
      'pod volume by annotation',
      'pod volume by claim uid',
      'pod volume by pod',
    );
    expect(found.map(({ resourceId, outcome }) => [resourceId, outcome])).toEqual([
      [claim('web'), 'success'],
      [claim('orders'), 'failed'],
      [claim('mail'), 'empty'],
    ]);
  });

  it('that come before their backup are not lost', () => {
    const { read } = readingWith(contract);
    expect(read(named('upload done')).runVolumes).toEqual([]);
    expect(read(named('completed')).runVolumes?.[0]?.resourceId).toBe(claim('db-data'));
    expect(read(named('upload known by its backup name')).runVolumes).toEqual([]);
    expect(read(named('partially failed')).runVolumes?.[0]?.resourceId).toBe(claim('logs'));
  });

  it('that are stuck can be seen since when', () => {
    expect(volumesOf('waiting for uploads', 'upload stuck')[0]).toMatchObject({
      outcome: 'running',
      startedAt: new Date('2026-11-20T02:02:01Z'),
      message: 'phase Accepted',
    });
  });

  it('that were canceled failed, with the reason', () => {
    expect(volumesOf('partially failed', 'upload canceled')[0]).toMatchObject({
      outcome: 'failed',
      message: 'timeout on preparing data upload',
    });
  });
});

describe('schedules, locations, restores', () => {
  it('say how volumes are taken', () => {
    const modes = ['schedule', 'schedule refused', 'schedule paused'].map(
      (name) => policyOf(named(name))?.method,
    );
    expect(modes).toEqual(['data-mover', 'file-system', 'native']);
    expect(policyOf(named('schedule refused'))?.problem).toContain('expected 5 fields');
    expect(policyOf(named('schedule paused'))?.paused).toBe(true);
  });

  it('never widen what is covered by a filter they cannot read', () => {
    const labelSelector = { matchExpressions: [{ key: 'a', operator: 'Like' }] };
    const spec = { schedule: '0 2 * * *', template: { labelSelector } };
    const object = { ...named('schedule'), spec };
    expect(policyOf(object)?.selection.type).toBe('unknown');
  });

  it('know whether a location answers', () => {
    expect(locationOf('location available')?.availability).toBe('available');
    expect(locationOf('location unavailable')).toMatchObject({
      availability: 'unavailable',
      readOnly: true,
    });
  });

  it('tell of repositories that are not looked after (FM-09)', () => {
    expect(locationOf('repository looked after')).toMatchObject({
      availability: 'available',
      message: null,
    });
    expect(locationOf('repository whose maintenance fails')).toMatchObject({
      kind: 'BackupRepository',
      availability: 'available',
      message: 'The last maintenance failed: error to prune repo: signal: killed.',
    });
    const notReady = locationOf('repository not ready');
    expect(notReady?.availability).toBe('unknown');
    expect(notReady?.message).toContain('It is not ready: error running command=restic prune');
  });

  it('tell how a restore went', () => {
    expect(restoreOf('restore')?.outcome).toBe('success');
    expect(restoreOf('restore refused')).toMatchObject({
      outcome: 'failed',
      message: 'backup not found',
    });
  });
});

/** What the last fact about a restore says it brought back, after what was seen before. */
function bytes(restore: string, ...seen: string[]) {
  const { read } = readingWith(contract);
  const told = [...seen, restore].flatMap((name) => read(named(name)).restoreRuns ?? []);
  return told.at(-1)?.restoredBytes;
}

describe('what a restore brought back', () => {
  it('is what its volumes brought, once each of them says', () => {
    expect(bytes('restore of volumes', 'download done', 'pod volume restored')).toBe(1_500);
    const { read } = readingWith(contract);
    read(named('restore of volumes'));
    read(named('pod volume restored'));
    const waiting = read(named('download done', { phase: 'Accepted', progress: null }));
    expect(waiting.restoreRuns?.[0]?.restoredBytes).toBeNull();
    expect(read(named('download done')).restoreRuns?.[0]?.restoredBytes).toBe(1_500);
  });

  it('is nothing when its backup holds volumes and it filled none (FM-21)', () => {
    const read = ['completed', 'upload done'];
    expect(bytes('restore that filled nothing', ...read)).toBe(0);
    expect(restoreOf('restore that filled nothing')?.message).toBe('from b-ok, with 3 warnings');
  });

  it('is unknown when its backup holds none that we know of, or it did not ask for claims', () => {
    expect(bytes('restore that filled nothing')).toBeNull();
    expect(bytes('restore that filled nothing', 'upload of an empty volume')).toBeNull();
    expect(bytes('restore without claims', 'completed', 'upload done')).toBeNull();
  });

  it('is unknown again when the backup is gone, and not told of a restore that is', () => {
    const { read, remove } = readingWith(contract);
    for (const name of ['completed', 'upload done']) read(named(name));
    expect(read(named('restore that filled nothing')).restoreRuns?.[0]?.restoredBytes).toBe(0);
    expect(remove(named('completed')).restoreRuns?.[0]?.restoredBytes).toBeNull();
    remove(named('restore that filled nothing'));
    expect(read(named('upload done')).restoreRuns).toEqual([]);
  });

  it('is not told of a restore that went while nobody watched', () => {
    const { reader, context, read } = readingWith(contract);
    read(named('restore of volumes'));
    reader.onListed?.('Restore', null, new Set(), context);
    expect(read(named('download done')).restoreRuns).toEqual([]);
  });
});
