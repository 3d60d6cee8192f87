import { describe, expect, it } from 'vitest';
import { resourceIdOf } from '../../../domain/id.ts';
import {
  describeEngineReader,
  fixtureNamed,
  OBSERVED_AT,
  readingWith,
  statusOf,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field, isRecord } from '../../kubernetes/object-meta.ts';
import type { KubernetesObject } from '../../engine.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { createLonghornReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const CLAIMS: Record<string, { namespace: string; name: string }> = {
  'pvc-8b9c': { namespace: 'shop', name: 'orders' },
  'pvc-77aa': { namespace: 'media', name: 'photos' },
  'pvc-66ff': { namespace: 'media', name: 'scans' },
  'pvc-dead': { namespace: 'batch', name: 'reports' },
  'pvc-new1': { namespace: 'batch', name: 'unused' },
  'mail-pv': { namespace: 'shop', name: 'mail' },
};
const inventory = { claimOfVolume: (name: string) => CLAIMS[name] ?? null };
const contract = { create: createLonghornReader, inventory };

const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
const metadataOf = ({ metadata }: KubernetesObject) => (isRecord(metadata) ? metadata : {});
const claimId = (namespace: string, name: string) =>
  resourceIdOf({ clusterId: 'cluster', kind: 'PersistentVolumeClaim', namespace, name });
const runOf = (name: string) => readingWith(contract).read(named(name)).runs?.[0];
/** A reader that has seen these objects. */
function having(...names: string[]) {
  const reading = readingWith(contract);
  for (const name of names) reading.read(named(name));
  return reading;
}
function claimsOf(job: string, ...volumes: string[]) {
  const selection = having(...volumes).read(named(job)).policies?.[0]?.selection;
  return selection?.type === 'each-claim'
    ? selection.claims.map(({ namespace, name }) => `${namespace}/${name}`)
    : selection;
}

const sinceOf = (name: string) => {
  const [policy] = having(name).read(named('nightly backup job')).policies ?? [];
  return policy?.selection.type === 'each-claim'
    ? policy.selection.claims[0]?.detachedSince
    : undefined;
};
const targetOf = (name: string) => having().read(named(name)).repositories?.[0];
const ranAgain = (names: string[], more: KubernetesObject = named('nightly backup job')) => {
  const reading = having(...names);
  return reading.read({ ...more, status: { ...statusOf(more), executionCount: 42 } }).runs ?? [];
};

describeEngineReader('longhorn', {
  ...contract,
  definitions: 'longhorn',
  fixtures,
  saysSuccess: (object) => field(object, 'status', 'state') === 'Completed',
});

describe('recurring jobs', () => {
  const volumes = [
    'volume in the default group',
    'volume of a named job and a group',
    'volume with a switched off label',
    'detached since its last job',
    'static volume name',
    'volume without a claim',
    'half written volume',
  ];

  it('cover volumes by job, by group, and those without any label by the group default', () => {
    expect(claimsOf('nightly backup job', ...volumes)).toEqual([
      'batch/reports',
      'media/photos',
      'shop/mail',
      'shop/orders',
    ]);
    expect(claimsOf('forced backup job', ...volumes)).toEqual(['media/photos']);
    expect(claimsOf('age based retention', ...volumes)).toEqual(['media/scans']);
    expect(claimsOf('half written job', ...volumes)).toEqual([]);
  });

  it('keep their words, schedule and target', () => {
    const [policy] = having(...volumes).read(named('nightly backup job')).policies ?? [];
    const dialect = 'longhorn';
    expect(policy).toMatchObject({
      schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect },
      method: 'backup',
      keep: { last: 14 },
    });
    expect(policy?.repositoryId).not.toBeNull();
    const [aged] = having().read(named('age based retention')).policies ?? [];
    expect(aged?.keep).toEqual({ age: '2160h' });
  });

  it('that take local snapshots are no backup, and other tasks are no policy', () => {
    const [local] = having(...volumes).read(named('local snapshot job')).policies ?? [];
    expect(local).toMatchObject({ selection: { storage: 'same' }, repositoryId: null });
    const trim = having().read(named('trim job'));
    expect(trim.policies).toBeUndefined();
    expect(trim.removedPolicyIds).toHaveLength(1);
  });

  it('of a task nobody knows cover nothing for certain', () => {
    const spec = { task: 'backup-to-tape', cron: '0 2 * * *', groups: ['default'] };
    const facts = having().read({ ...named('nightly backup job'), spec });
    expect(facts.policies?.[0]?.selection.type).toBe('unknown');
    expect(facts.problems?.[0]?.message).toContain('its task is not known');
  });

  it('follow volumes that come, change their labels or go', () => {
    const reading = having('nightly backup job');
    const volume = named('volume in the default group');
    const claims = (facts: ReturnType<typeof reading.read>) =>
      (facts.policies ?? []).map(({ selection }) =>
        selection.type === 'each-claim' ? selection.claims.length : null,
      );
    expect(claims(reading.read(volume))).toEqual([1]);
    expect(claims(reading.read(volume))).toEqual([]);
    expect(
      claims(reading.read({ ...volume, status: { ...statusOf(volume), actualSize: 5 } })),
    ).toEqual([]);
    expect(claims(reading.remove(volume))).toEqual([0]);
  });
});

describe('what went while nobody watched', () => {
  const job = named('nightly backup job');
  const [orders, photos] = [
    'volume in the default group',
    'volume of a named job and a group',
  ] as const;
  const listed = (kind: string, namespace: string | null, ...names: string[]) => {
    const { reader, read, context } = having('nightly backup job', orders, photos);
    const uids = new Set(names.map((name) => String(metadataOf(named(name))['uid'])));
    const facts = reader.onListed?.(kind, namespace, uids, context);
    return { facts, read };
  };

  it('is covered no more', () => {
    const [policy] = listed('Volume', null, orders).facts?.policies ?? [];
    expect(policy?.selection).toMatchObject({ claims: [{ namespace: 'shop', name: 'orders' }] });
    expect(listed('Volume', 'longhorn-system', orders, photos).facts?.policies).toEqual([]);
    expect(listed('Volume', 'another').facts?.policies).toEqual([]);
  });

  it('covers nothing more, whatever becomes of the volumes', () => {
    const another = named('detached since its last job');
    expect(listed('RecurringJob', null).read(another).policies).toEqual([]);
    const kept = listed('RecurringJob', null, 'nightly backup job').read(another);
    expect(kept.policies?.map(({ name }) => name)).toEqual([String(metadataOf(job)['name'])]);
  });
});

describe('detached volumes', () => {
  it('are so since the last pod let go, or since they were made', () => {
    expect(sinceOf('detached since its last job')).toEqual(new Date('2026-11-19T10:05:00Z'));
    expect(sinceOf('detached and never used')).toEqual(new Date('2026-10-01T08:00:00Z'));
    expect(sinceOf('detached while its pod waits')).toBeNull();
    expect(sinceOf('volume in the default group')).toBeNull();
  });
});

describe('backups', () => {
  it.each([
    ['completed', 'success'],
    ['failed', 'failed'],
    ['in progress', 'running'],
    ['pending', 'running'],
    ['half written backup', 'running'],
    ['state unknown', 'unknown'],
    ['nothing in the volume', 'empty'],
    ['next version', 'success'],
  ])('%s is %s', (name, outcome) => {
    expect(runOf(name)?.outcome).toBe(outcome);
  });

  it('belong to their job and claim, with their figures', () => {
    const [policy] = having().read(named('nightly backup job')).policies ?? [];
    expect(runOf('completed')).toMatchObject({
      policyId: policy?.policyId,
      resourceId: claimId('shop', 'orders'),
      startedAt: new Date('2026-11-20T02:00:05Z'),
      durationSeconds: 660,
      logicalBytes: 4_096_000,
      addedBytes: 1_096_000,
      fullRead: false,
    });
    expect(runOf('completed, full')?.fullRead).toBe(true);
    expect(runOf('by hand')?.policyId).toBeNull();
    expect(runOf('in progress')?.resourceId).toBe(claimId('media', 'scans'));
  });

  it('find the claim of a volume whose name is not that of its PersistentVolume', () => {
    const running = named('in progress', { volumeName: 'static-mail' });
    const run = having('static volume name').read(running).runs?.[0];
    expect(run?.resourceId).toBe(claimId('shop', 'mail'));
  });

  it('made again from the store keep their day, and are the same run', () => {
    const again = named('made again from the store');
    expect(having().read(again).runs?.[0]).toMatchObject({ runDay: '2026-11-03' });
    const metadata = {
      ...metadataOf(again),
      uid: 'another',
      creationTimestamp: '2026-11-20T10:00:00Z',
    };
    const other = having().read({ ...again, metadata });
    expect(other.runs).toEqual(having().read(again).runs);
    expect(other.restorePoints).toEqual(having().read(again).restorePoints);
  });

  it('give a restore point when they completed, and take it back', () => {
    const point = having().read(named('completed')).restorePoints?.[0];
    expect(point).toMatchObject({ handle: 'backup-4f0a91c2d7e84b11', logicalBytes: 4_096_000 });
    expect(having().read(named('failed')).restorePoints).toEqual([]);
    expect(having().remove(named('completed')).removedRestorePointIds).toEqual([
      point?.restorePointId,
    ]);
    const deleting = having().read(named('deleting'));
    expect(deleting.runs ?? []).toEqual([]);
    expect(deleting.removedRestorePointIds).toHaveLength(1);
  });

  it('that failed stay failed when the object disappears (FM-23)', () => {
    const [gone] = having().remove(named('failed')).runs ?? [];
    expect(gone).toMatchObject({ outcome: 'failed' });
    expect(gone?.errorText).toContain('cannot connect to the backup target');
    expect(having().remove(named('in progress')).runs?.[0]?.outcome).toBe('unknown');
    expect(having().remove(named('completed')).runs).toEqual([]);
  });

  it('of a state nobody knows, or ending in the future, are unknown with a problem', () => {
    const strange = having().read(named('completed', { state: 'Archived' }));
    expect(strange.runs?.[0]?.outcome).toBe('unknown');
    expect(strange.problems?.[0]?.message).toContain('"Archived"');
    const ahead = having().read(named('completed', { backupCreatedAt: '2027-01-01T00:00:00Z' }));
    expect(ahead.runs?.[0]?.outcome).toBe('unknown');
    expect(ahead.restorePoints).toEqual([]);
  });
});

describe('a job that had nothing to do (FM-24)', () => {
  const idle = [
    'volume in the default group',
    'snapshot below the head',
    'older snapshot',
    'completed',
    'nightly backup job',
  ];

  it('skipped the volume when its snapshots account for every byte', () => {
    expect(ranAgain(idle)).toMatchObject([
      {
        outcome: 'skipped',
        resourceId: claimId('shop', 'orders'),
        startedAt: OBSERVED_AT,
        name: 'nightly-42',
      },
    ]);
  });

  it('skipped nothing when something was written, or nobody can tell', () => {
    const without = (name: string) => idle.filter((one) => one !== name);
    const needed = ['snapshot below the head', 'older snapshot', 'completed', 'nightly backup job'];
    expect(needed.flatMap((name) => ranAgain(without(name)))).toEqual([]);
    const reading = having(...idle);
    reading.read(named('volume in the default group', { actualSize: 4_200_000 }));
    const status = { executionCount: 42 };
    expect(reading.read({ ...named('nightly backup job'), status }).runs).toEqual([]);
  });

  it('skips no detached volume', () => {
    const reading = having(...idle);
    reading.read(named('volume in the default group', { state: 'detached' }));
    const status = { executionCount: 42 };
    expect(reading.read({ ...named('nightly backup job'), status }).runs).toEqual([]);
  });
});

describe('backup targets', () => {
  it('say whether they can be reached', () => {
    expect(targetOf('target available')?.availability).toBe('available');
    expect(targetOf('target unavailable')).toMatchObject({
      availability: 'unavailable',
      message: 'error listing backup volume names: AccessDenied',
    });
  });

  it('without an address are not in use, which is no alarm', () => {
    expect(targetOf('target without an address')?.availability).toBe('unknown');
  });
});
