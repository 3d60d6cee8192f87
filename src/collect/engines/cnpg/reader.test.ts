import { describe, expect, it } from 'vitest';
import { resourceIdOf } from '../../../domain/id.ts';
import {
  describeEngineReader,
  fixtureNamed,
  readingWith,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field } from '../../kubernetes/object-meta.ts';
import type { EngineFacts } from '../../engine.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { objectStoreId, scheduledBackupId } from './ids.ts';
import { createCnpgReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const contract = { create: createCnpgReader };
const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
const runOf = (name: string) => readingWith(contract).read(named(name)).runs?.[0];

/** The newest fact of each policy after these fixtures, by its name. */
function policiesOf(...names: string[]) {
  const { read } = readingWith(contract);
  const facts = names.flatMap((name): EngineFacts[] => [read(named(name))]);
  const policies = facts.flatMap((one) => one.policies ?? []);
  return Object.fromEntries(policies.map((policy) => [policy.name, policy]));
}

describeEngineReader('cnpg', {
  ...contract,
  definitions: 'cnpg',
  fixtures,
  saysSuccess: (object) => field(object, 'status', 'phase') === 'completed',
});

describe('backups of a database', () => {
  it.each([
    ['backup completed', 'success'],
    ['backup completed by plugin', 'success'],
    ['backup completed by snapshot', 'success'],
    ['backup failed by a restart', 'failed'],
    ['backup that waits for the archive', 'failed'],
    ['backup refused', 'failed'],
    ['backup running', 'running'],
    ['backup pending', 'running'],
    ['backup, half written: no status', 'running'],
    ['backup of the next version: fields nobody knows', 'success'],
  ])('%s is %s', (name, outcome) => {
    expect(runOf(name)?.outcome).toBe(outcome);
  });

  it('belong to their schedule by label or owner, one by hand to none', () => {
    const { context } = readingWith(contract);
    const policy = (name: string) => scheduledBackupId(context, { namespace: 'crm', name });
    expect(runOf('backup completed')?.policyId).toBe(policy('crm-nightly'));
    expect(runOf('backup completed by snapshot')?.policyId).toBe(policy('crm-weekly'));
    expect(runOf('backup by hand')?.policyId).toBeNull();
  });

  it('keep the words of a failure', () => {
    expect(runOf('backup failed by a restart')?.errorText).toContain('restarted during backup');
    expect(runOf("backup failed with the command's words")?.errorText).toContain('AccessDenied');
    expect(runOf('backup that waits for the archive')?.errorText).toBe('phase walArchivingFailing');
  });

  it('can be restored from when they ended well, and no longer when they are gone', () => {
    const { read, remove } = readingWith(contract);
    const point = read(named('backup completed')).restorePoints?.[0];
    expect(point).toMatchObject({
      handle: '20261120T030002',
      takenAt: new Date('2026-11-20T03:04:41Z'),
      resourceId: null,
    });
    const gone = remove(named('backup completed'));
    expect(gone.removedRestorePointIds).toEqual([point?.restorePointId]);
    expect(gone.runs).toEqual([]);
  });

  it('made by hand name the claim of the instance they were read from', () => {
    const { restorePoints, runVolumes, runs } = readingWith(contract).read(named('backup by hand'));
    const kind = 'PersistentVolumeClaim';
    const claim = resourceIdOf({ clusterId: 'cluster', kind, namespace: 'crm', name: 'crm-db-2' });
    expect(restorePoints?.[0]?.resourceId).toBe(claim);
    expect(runVolumes).toMatchObject([
      { runId: runs?.[0]?.runId, resourceId: claim, outcome: 'success' },
    ]);
    expect(readingWith(contract).read(named('backup completed')).runVolumes).toEqual([]);
  });

  it('end unknown when deleted under way, or with a phase or an end nobody can mean', () => {
    const { read, remove } = readingWith(contract);
    expect(remove(named('backup running')).runs?.[0]?.outcome).toBe('unknown');
    const odd = read(named('backup completed', { phase: 'archived' }));
    expect(odd.runs?.[0]?.outcome).toBe('unknown');
    expect(odd.problems?.[0]?.message).toContain('"archived"');
    const ahead = read(named('backup completed', { stoppedAt: '2027-01-01T00:00:00Z' }));
    expect(ahead).toMatchObject({ runs: [{ outcome: 'unknown' }], restorePoints: [] });
  });
});

const database = (name: string) => ({
  type: 'labels',
  namespace: 'crm',
  matchLabels: { 'cnpg.io/cluster': name },
});

describe('policies of a database', () => {
  it('are its schedules, in six fields', () => {
    const policies = policiesOf('scheduled backup', 'scheduled backup by snapshot, suspended');
    expect(policies['crm-nightly']).toMatchObject({
      schedule: { expression: '0 0 3 * * *', dialect: 'cnpg' },
      selection: database('crm-db'),
      paused: false,
      method: 'barmanObjectStore',
    });
    expect(policies['crm-weekly']).toMatchObject({ paused: true, method: 'volumeSnapshot' });
  });

  it('and the archiving of its WAL, if it has any', () => {
    expect(policiesOf('cluster with an object store')['crm-db']).toMatchObject({
      kind: 'Cluster',
      schedule: { type: 'continuous' },
      selection: database('crm-db'),
      problem: null,
      keep: { retentionPolicy: '30d' },
      lastSuccessAt: new Date('2026-11-20T03:04:41Z'),
    });
    const none = readingWith(contract).read(named('cluster without backups'));
    expect(none.policies).toEqual([]);
    expect(none.removedPolicyIds).toHaveLength(1);
  });

  it('FM-27: say that the archive is broken', () => {
    const policy = policiesOf('cluster whose archive is broken (FM-27)')['lost-db'];
    expect(policy?.problem).toContain('Expected empty archive');
    expect(policiesOf('cluster, half written: no status')['young-db']?.problem).toBeNull();
  });

  it('FM-26: have succeeded when any witness says so, though the Cluster’s own fields are empty', () => {
    const plugin = 'cluster with the plugin, own fields empty (FM-26)';
    expect(policiesOf(plugin)['shop-db']?.lastSuccessAt).toBeNull();
    const proven = new Date('2026-11-20T03:09:10Z');
    expect(policiesOf(plugin, 'object store')['shop-db']?.lastSuccessAt).toEqual(proven);
    const byBackup = policiesOf(plugin, 'backup completed by plugin')['shop-db'];
    expect(byBackup?.lastSuccessAt).toEqual(proven);
    const renamed = policiesOf('object store', 'cluster whose archive is broken (FM-27)');
    expect(renamed['lost-db']?.lastSuccessAt).toEqual(new Date('2026-11-19T03:04:00Z'));
  });

  it('lie in the ObjectStore that the Cluster’s plugin names, whichever was read first', () => {
    const { context } = readingWith(contract);
    const store = objectStoreId(context, { namespace: 'crm', name: 'shop-store' });
    const plugin = 'cluster with the plugin, own fields empty (FM-26)';
    const after = policiesOf(plugin, 'scheduled backup by plugin');
    const before = policiesOf('scheduled backup by plugin', plugin);
    for (const policies of [after, before]) {
      expect(policies['shop-nightly']?.repositoryId).toBe(store);
      expect(policies['shop-db']?.repositoryId).toBe(store);
    }
  });

  it('cover nothing for certain when the database they name cannot be read', () => {
    const schedule = named('scheduled backup');
    const facts = readingWith(contract).read({ ...schedule, spec: { cluster: 7 } });
    expect(facts.policies?.[0]?.selection.type).toBe('unknown');
    expect(facts.problems).toHaveLength(1);
  });
});
