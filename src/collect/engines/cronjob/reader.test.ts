import { describe, expect, it } from 'vitest';
import type { BackupJobRule } from '../../../domain/backup-jobs.ts';
import { resourceIdOf } from '../../../domain/id.ts';
import {
  describeEngineReader,
  fixtureNamed,
  readingWith,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field, isRecord } from '../../kubernetes/object-meta.ts';
import type { EngineFacts, KubernetesObject } from '../../engine.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { createCronjobReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const contract = { create: createCronjobReader };
const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
const ORDERS = 'cron job by name, in a zone';
const policyOf = (name: string) => readingWith(contract).read(named(name)).policies?.[0];
const claim = (name: string) =>
  resourceIdOf({ clusterId: 'cluster', kind: 'PersistentVolumeClaim', namespace: 'shop', name });

const readingBy = (rule: BackupJobRule) =>
  readingWith({ create: () => createCronjobReader([rule]) });

/** The run of a Job whose CronJob is known. */
function runOf(job: KubernetesObject, cronJob = ORDERS) {
  const { read } = readingWith(contract);
  read(named(cronJob));
  return read(job).runs?.[0];
}

function isComplete(object: KubernetesObject): boolean {
  const conditions = field(object, 'status', 'conditions');
  return (Array.isArray(conditions) ? conditions : [])
    .filter(isRecord)
    .some(({ type, status }) => type === 'Complete' && status === 'True');
}

describeEngineReader('cronjob', {
  ...contract,
  definitions: { follow: 'Kubernetes’ own batch/v1' },
  fixtures,
  saysSuccess: isComplete,
});

describe('cron jobs', () => {
  it.each([
    [ORDERS, ['orders']],
    ['cron job by label, several claims', ['media', 'web']],
    ['cron job by annotation', ['pg-data', 'pg-wal']],
    ['cron job without claims', []],
  ])('%s backs up %j', (name, names) => {
    expect(policyOf(name)?.selection).toEqual({ type: 'claims', namespace: 'shop', names });
  });

  it.each([
    'cron job that is no backup',
    'cron job that says it is no backup',
    'cron job of another engine',
  ])('%s: no policy, and none is left of one', (name) => {
    const { read, reader, context } = readingWith(contract);
    const object = named(name);
    const facts = read(object);
    expect(facts.policies).toBeUndefined();
    expect(facts.removedPolicyIds).toEqual([reader.idOf('CronJob', object, context)?.id]);
  });

  it('keep their zone, their last success and whether they are suspended', () => {
    expect(policyOf(ORDERS)).toMatchObject({
      schedule: { expression: '30 2 * * *', timeZone: 'Europe/Berlin', dialect: 'cronjob' },
      lastSuccessAt: new Date('2026-11-20T02:34:10Z'),
      paused: false,
    });
    expect(policyOf('cron job suspended')?.paused).toBe(true);
    const ahead = named(ORDERS, { lastSuccessfulTime: '2027-01-01T00:00:00Z' });
    expect(readingWith(contract).read(ahead).policies?.[0]?.lastSuccessAt).toBeNull();
  });

  it('count by the rules people set', () => {
    const { read } = readingBy({ name: 'clean*', namespace: 'shop' });
    expect(read(named('cron job that is no backup')).policies).toHaveLength(1);
    expect(read(named(ORDERS)).policies).toBeUndefined();
    expect(read(named('cron job by label, several claims')).policies).toHaveLength(1);
    const metadata = { name: 'x', namespace: 'shop', uid: 'u', annotations: { team: 'storage' } };
    const object = { ...named('cron job that is no backup'), metadata };
    expect(readingBy({ annotation: 'team=storage' }).read(object).policies).toHaveLength(1);
  });
});

describe('jobs', () => {
  it.each([
    ['job done', 'success'],
    ['job done after pods failed', 'success'],
    ['job failed: backoff limit', 'failed'],
    ['job failed: deadline', 'failed'],
    ['job failed: pod failure policy', 'failed'],
    ['job running', 'running'],
    ['job running, pods have failed', 'running'],
    ['job about to fail', 'running'],
    ['job suspended', 'skipped'],
    ['job, half written: no status', 'running'],
    ['job of the next version: fields nobody knows', 'success'],
  ])('%s: %s', (name, outcome) => {
    expect(runOf(named(name))?.outcome).toBe(outcome);
  });

  it('are runs of their cron job and its claim, whichever was read first', () => {
    const { read } = readingWith(contract);
    const early = read(named('job done'));
    const late = read(named(ORDERS));
    expect(early).toEqual({});
    expect(late.runs?.[0]).toMatchObject({
      policyId: late.policies?.[0]?.policyId,
      resourceId: claim('orders'),
      durationSeconds: 250,
    });
    expect(read(named(ORDERS)).runs).toEqual([]);
  });

  it('say why they failed', () => {
    expect(runOf(named('job failed: backoff limit'))).toMatchObject({
      endedAt: new Date('2026-11-19T02:52:00Z'),
      errors: 4,
      errorText: 'BackoffLimitExceeded: Job has reached the specified backoff limit',
    });
    const byPolicy = runOf(named('job failed: pod failure policy'));
    expect(byPolicy?.errorText).toContain('exit code 12 matching FailJob rule');
    const soFar = runOf(named('job running, pods have failed'));
    expect(soFar?.errorText).toBe('2 pods have failed so far; the backoff limit is 3');
    expect(runOf(named('job done after pods failed'))?.warnings).toBe(2);
  });

  it('of several claims name none: their policy does', () => {
    const run = runOf(named('job of several claims'), 'cron job by label, several claims');
    expect(run).toMatchObject({ outcome: 'success', resourceId: null });
  });

  it('of no cron job are runs of no policy; those of other engines are none', () => {
    const alone = readingWith(contract).read(named('job of no cron job')).runs?.[0];
    expect(alone).toMatchObject({ policyId: null, resourceId: claim('orders') });
    const read = (name: string): EngineFacts => readingWith(contract).read(named(name));
    expect(read('job of another engine')).toEqual({});
    expect(runOf(named('job of a cron job that is no backup'), 'cron job that is no backup')).toBe(
      undefined,
    );
  });

  it('gone by history limits lose no run; one replaced under way ends unknown', () => {
    const { read, remove } = readingWith(contract);
    read(named(ORDERS));
    expect(remove(named('job done')).runs).toEqual([]);
    expect(remove(named('job running')).runs?.[0]?.outcome).toBe('unknown');
  });

  it('that end in the future prove nothing', () => {
    const run = runOf(named('job done', { completionTime: '2027-01-01T00:00:00Z' }));
    expect(run?.outcome).toBe('unknown');
  });
});
