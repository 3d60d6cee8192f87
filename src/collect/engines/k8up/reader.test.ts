import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import {
  describeEngineReader,
  fixtureNamed,
  OBSERVED_AT,
  readingWith,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { field } from '../../kubernetes/object-meta.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { claimId, repositoryId, schedulePolicyId } from './ids.ts';
import { createK8upReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
const contract = { create: createK8upReader };
const { context } = readingWith(contract);

const named = (name: string) => fixtureNamed(fixtures, name);
/** Reads these fixtures one after the other; the facts of the last. */
function factsOf(...names: string[]) {
  const { read } = readingWith(contract);
  return names.map((name) => read(named(name))).at(-1) ?? {};
}
const runOf = (name: string) => factsOf(name).runs?.[0];
const policyOf = (name: string) => factsOf(name).policies?.[0];
const claim = (name: string) => claimId(context, { namespace: 'shop', name });
const nightly = schedulePolicyId(context, { namespace: 'shop', name: 'nightly' });
const minio = repositoryId(context, { namespace: 'shop', name: 's3:https://minio.lan/shop' });

const Condition = z.object({ type: z.string(), status: z.string(), reason: z.string() });
const conditionsOf = (object: unknown) => {
  const list = field(object, 'status', 'conditions');
  return (Array.isArray(list) ? list : []).flatMap((one) => Condition.safeParse(one).data ?? []);
};

describeEngineReader('k8up', {
  ...contract,
  definitions: 'k8up',
  fixtures,
  // A Snapshot object stands for a snapshot that is in the repository.
  saysSuccess: (object) =>
    typeof field(object, 'spec', 'id') === 'string' ||
    conditionsOf(object).some(
      ({ type, status, reason }) =>
        type === 'Completed' && status === 'True' && reason === 'Succeeded',
    ),
});

describe('backups', () => {
  it.each([
    ['succeeded', 'success'],
    ['failed', 'failed'],
    ['pre-backup pod failed', 'failed'],
    ['no pre-backup pods', 'success'],
    ['waits for its pods', 'running'],
    ['running', 'running'],
    ['not taken up: no status', 'running'],
    ['half written: finished, not yet completed', 'unknown'],
    ['of the next version: another ending', 'unknown'],
  ])('%s is %s', (name, outcome) => {
    expect(runOf(name)?.outcome).toBe(outcome);
  });

  it('belong to their schedule by label or owner, by hand to none', () => {
    expect(runOf('succeeded')?.policyId).toBe(nightly);
    expect(runOf('running')?.policyId).toBe(
      schedulePolicyId(context, { namespace: 'slow', name: 'slow' }),
    );
    expect(runOf('made by hand')?.policyId).toBeNull();
  });

  it('last from their object to their condition, and keep the words of a failure', () => {
    expect(runOf('failed')).toMatchObject({
      startedAt: new Date('2026-11-19T02:00:02Z'),
      endedAt: new Date('2026-11-19T02:20:10Z'),
      durationSeconds: 1208,
    });
    expect(runOf('failed')?.errorText).toContain('ended in failure');
    expect(runOf('pre-backup pod failed')?.errorText).toContain('postgres-dump is not ready');
  });

  it('that end in a way nobody knows are a problem', () => {
    const { problems } = factsOf('of the next version: another ending');
    expect(problems?.[0]?.message).toContain('"SucceededPartly"');
  });

  it('deleted under way end unknown; when they were over nothing changes', () => {
    const { read, remove } = readingWith(contract);
    for (const name of ['running', 'succeeded']) read(named(name));
    expect(remove(named('running')).runs?.[0]?.outcome).toBe('unknown');
    expect(remove(named('succeeded')).runs).toEqual([]);
  });
});

describe('snapshots', () => {
  it('are the volumes of the backup during which they were taken', () => {
    const facts = factsOf('schedule', 'succeeded', 'snapshot of orders');
    expect(facts.runVolumes).toMatchObject([{ resourceId: claim('orders'), outcome: 'success' }]);
    expect(facts.runVolumes?.[0]?.runId).toBe(runOf('succeeded')?.runId);
    expect(facts.restorePoints?.[0]).toMatchObject({ policyId: nightly, repositoryId: minio });
  });

  it('show which claims a backup left out; without them nobody can say', () => {
    expect(runOf('succeeded')?.unlistedVolumes).toBe('unknown');
    expect(factsOf('succeeded', 'snapshot of mail').runs?.[0]?.unlistedVolumes).toBe('not-taken');
    expect(factsOf('snapshot of mail', 'succeeded').runs).toMatchObject([
      { unlistedVolumes: 'not-taken' },
    ]);
  });

  it('of a night whose backup is gone are points of the one schedule that can have made them', () => {
    const facts = factsOf('schedule', 'succeeded', 'snapshot of an earlier night');
    expect(facts.runVolumes).toEqual([]);
    expect(facts.restorePoints).toMatchObject([
      { policyId: nightly, runId: null, takenAt: new Date('2026-11-18T02:00:30Z') },
    ]);
    const late = factsOf('snapshot of an earlier night', 'schedule');
    expect(late.restorePoints).toEqual(facts.restorePoints);
  });

  it('of a dump belong to no claim and stand for none', () => {
    const { restorePoints, runVolumes } = factsOf('schedule', 'succeeded', 'snapshot of a dump');
    expect(restorePoints).toMatchObject([{ resourceId: null, policyId: null }]);
    expect(runVolumes).toEqual([]);
  });

  it('in the future prove nothing', () => {
    const facts = readingWith(contract).read(
      named('snapshot of orders'),
      new Date(OBSERVED_AT.getTime() - 20 * 86_400_000),
    );
    expect(facts.restorePoints).toBeUndefined();
    expect(facts.problems?.[0]?.message).toContain('future');
  });
});

describe('schedules', () => {
  it('say when, what and for how long', () => {
    expect(policyOf('schedule')).toMatchObject({
      schedule: { type: 'cron', expression: '0 2 * * *', dialect: 'k8up' },
      keep: { last: 3, daily: 14 },
      repositoryId: minio,
      selection: { include: ['shop'], annotations: ['k8up.io/backup', 'k8up.syn.tools/backup'] },
    });
    expect(policyOf('schedule refused')?.problem).toContain('quota exceeded');
    expect(factsOf('schedule that only prunes').policies).toBeUndefined();
  });

  it('drawn at random are due when the status says', () => {
    expect(policyOf('schedule drawn at random')?.schedule).toMatchObject({
      expression: '37 4 * * *',
    });
    expect(policyOf('schedule not drawn yet')?.schedule).toMatchObject({
      expression: '@daily-random',
    });
  });

  it('never tell the password in a repository’s address', () => {
    const known = { namespace: 'web', name: 'rest:https://rest.lan/web' };
    expect(policyOf('schedule drawn at random')?.repositoryId).toBe(repositoryId(context, known));
  });
});

describe('repositories', () => {
  it('tell when the newest prune or check failed, until one succeeds', () => {
    expect(factsOf('succeeded').repositories).toMatchObject([
      { repositoryId: minio, availability: 'available', message: null },
    ]);
    const failed = factsOf(
      'check succeeded',
      'prune before it succeeded',
      'prune failed',
      'succeeded',
    );
    expect(failed.repositories?.[0]).toMatchObject({
      availability: 'available',
      checkedAt: new Date('2026-11-16T01:12:00Z'),
    });
    expect(failed.repositories?.[0]?.message).toContain('The last prune (nightly-prune-2) failed');
    const { read, remove } = readingWith(contract);
    for (const name of ['prune before it succeeded', 'prune failed']) read(named(name));
    expect(remove(named('prune failed')).repositories).toMatchObject([{ message: null }]);
  });
});

describe('restores', () => {
  it('tell how they went, and not how much came back', () => {
    expect(factsOf('restore').restoreRuns?.[0]).toMatchObject({
      outcome: 'success',
      resourceId: claim('orders'),
      restoredBytes: null,
    });
    expect(factsOf('restore failed').restoreRuns?.[0]).toMatchObject({ outcome: 'failed' });
  });
});
