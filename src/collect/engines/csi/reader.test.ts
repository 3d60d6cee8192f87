import { describe, expect, it } from 'vitest';
import { resourceIdOf } from '../../../domain/id.ts';
import {
  describeEngineReader,
  fixtureNamed,
  readingWith,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field } from '../../kubernetes/object-meta.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { createCsiReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const contract = { create: createCsiReader };
const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
const factsOf = (name: string, status: Record<string, unknown> = {}) =>
  readingWith(contract).read(named(name, status));
const textOf = (name: string) => factsOf(name).runs?.[0]?.errorText;
const gone = (name: string) => readingWith(contract).remove(named(name));
const listed = (kind: string, namespace: string | null, ...uids: string[]) => {
  const { reader, read, context } = readingWith(contract);
  read(named('not ready'));
  const facts = reader.onListed?.(kind, namespace, new Set(uids), context);
  return facts?.runs?.map(({ outcome }) => outcome);
};
const photos = resourceIdOf({
  clusterId: 'cluster',
  kind: 'PersistentVolumeClaim',
  namespace: 'media',
  name: 'photos',
});

describeEngineReader('csi', {
  ...contract,
  definitions: 'csi',
  fixtures,
  saysSuccess: (object) => field(object, 'status', 'readyToUse') === true,
});

describe('volume snapshots', () => {
  it.each([
    ['ready', 'success'],
    ['ready after an error', 'success'],
    ['not ready', 'running'],
    ['not ready, with an error', 'running'],
    ['half written: no status', 'running'],
    ['in a group', 'success'],
    ['of gemini, which has no reader', 'success'],
    ['next version', 'success'],
  ])('%s is %s', (name, outcome) => {
    expect(factsOf(name).runs?.[0]?.outcome).toBe(outcome);
  });

  it('are runs nobody scheduled, and restore points, of their claim', () => {
    const { runs, restorePoints } = factsOf('ready');
    expect(runs).toMatchObject([
      { policyId: null, resourceId: photos, startedAt: new Date('2026-11-20T02:00:00Z') },
    ]);
    expect(restorePoints).toMatchObject([
      {
        resourceId: photos,
        takenAt: new Date('2026-11-20T02:00:02Z'),
        handle: 'photos-20261120',
        logicalBytes: 50 * 1_024 ** 3,
      },
    ]);
    expect(factsOf('not ready').restorePoints).toEqual([]);
  });

  it.each(["VolSync's own", "Velero's own", "k8up's own", "CloudNativePG's own"])(
    '%s is that engine’s work, no backup of a person',
    (name) => {
      expect(factsOf(name)).toEqual({});
      expect(gone(name)).toEqual({});
    },
  );

  it('imported from storage were taken of no claim here', () => {
    expect(factsOf('imported').runs ?? []).toEqual([]);
  });

  it('keep the words of an error while they are not ready, the storage’s too', () => {
    expect(textOf('not ready, with an error')).toContain('DeadlineExceeded');
    expect(textOf('ready after an error')).toBeNull();
    const [snapshot, content] = [named("storage's own error"), named('content with an error')];
    for (const order of [
      [snapshot, content],
      [content, snapshot],
    ]) {
      const { read } = readingWith(contract);
      const last = order.map((object) => read(object)).at(-1);
      expect(last?.runs?.[0]?.errorText).toContain('quota exceeded');
    }
  });

  it('that go before they are ready failed if they said why', () => {
    expect(gone('not ready, with an error').runs?.[0]?.outcome).toBe('failed');
    expect(gone('not ready').runs?.[0]?.outcome).toBe('unknown');
    expect(gone('ready').runs).toBeUndefined();
    expect(gone('ready').removedRestorePointIds).toEqual([
      factsOf('ready').restorePoints?.[0]?.restorePointId,
    ]);
  });

  it('that went while nobody watched are over, those of other namespaces are not', () => {
    expect(listed('VolumeSnapshot', null)).toEqual(['unknown']);
    expect(listed('VolumeSnapshot', 'media')).toEqual(['unknown']);
    expect(listed('VolumeSnapshot', 'shop')).toEqual([]);
    expect(listed('VolumeSnapshot', null, 'uid-snap-3')).toEqual([]);
    expect(listed('VolumeSnapshotContent', null)).toEqual([]);
  });

  it('of the future or with a status nobody understands prove nothing', () => {
    const ahead = factsOf('ready', { creationTime: '2027-01-01T00:00:00Z' });
    expect(ahead.runs?.[0]?.outcome).toBe('unknown');
    expect(ahead.restorePoints).toEqual([]);
    const strange = factsOf('ready', { readyToUse: 'yes' });
    expect(strange.runs?.[0]?.outcome).toBe('unknown');
    expect(strange.problems?.[0]?.message).toContain('status.readyToUse');
  });
});
