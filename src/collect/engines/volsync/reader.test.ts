import { describe, expect, it } from 'vitest';
import type { RunFact } from '../../../domain/facts.ts';
import {
  describeEngineReader,
  fixtureNamed,
  readingWith,
  statusOf,
  type Fixture,
} from '../../../../test/contracts/engine-reader.ts';
import { dateOf, field } from '../../kubernetes/object-meta.ts';
import recorded from './fixtures/objects.json' with { type: 'json' };
import { createVolsyncReader } from './reader.ts';

const fixtures: Fixture[] = recorded.fixtures;
/** Absent counts as known: before the first mover Job ended there is none. */
const KNOWN_RESULTS: unknown[] = [undefined, null, '', 'Successful', 'Failed'];
const contract = { create: createVolsyncReader };

const named = (name: string, status: Record<string, unknown> = {}) =>
  fixtureNamed(fixtures, name, status);
const first = () => named('first sync under way');
const ahead = () => named('healthy', { lastSyncTime: '2026-11-21T14:18:02Z' });
const policyOf = (name: string) => readingWith(contract).read(named(name)).policies?.[0];
const restoreOf = (name: string) => readingWith(contract).read(named(name)).restoreRuns?.[0];
const outcomes = (runs: RunFact[] | undefined) => runs?.map(({ outcome }) => outcome);

describeEngineReader('volsync', {
  ...contract,
  definitions: 'volsync',
  fixtures,
  // A success needs its end, and a mover that does not contradict it.
  saysSuccess: (object) => {
    const result = field(object, 'status', 'latestMoverStatus', 'result');
    const known = KNOWN_RESULTS.includes(result);
    return known && dateOf(field(object, 'status', 'lastSyncTime')) !== null;
  },
});

describe('runs from status transitions', () => {
  it('one run from start to end, with its figures', () => {
    const { read } = readingWith(contract);
    const running = read(first()).runs?.[0];
    expect(running?.outcome).toBe('running');
    const done = read({ ...first(), status: statusOf(named('healthy')) }).runs;
    expect(done).toHaveLength(1);
    expect(done?.[0]).toMatchObject({
      runId: running?.runId,
      outcome: 'success',
      startedAt: new Date('2026-11-20T14:17:00Z'),
      durationSeconds: 62.118,
      addedBytes: Math.round(3.204 * 1024 ** 2),
      storedBytes: Math.round(1.118 * 1024 ** 2),
      logicalBytes: Math.round(1.402 * 1024 ** 3),
      files: 812,
      snapshotId: '9be1f0aa',
      fullRead: false,
    });
  });

  it('first contact tells the one run the status still shows, and its failed attempt', () => {
    const facts = readingWith(contract).read(named('locked repository, retrying'));
    expect(outcomes(facts.runs)).toEqual(['success', 'running']);
    expect(facts.attempts).toHaveLength(1);
    expect(facts.attempts?.[0]?.log).toContain('already locked');
    expect(facts.attempts?.[0]?.runId).toBe(facts.runs?.[1]?.runId);
  });

  it('a further failed try is told once; the run then ends well', () => {
    const { read } = readingWith(contract);
    const { runs } = read(named('locked repository, retrying'));
    const failed = { result: 'Failed', logs: 'ERROR: failure locking repository, again' };
    const again = () => named('locked repository, retrying', { latestMoverStatus: failed });
    expect(read(again()).attempts).toHaveLength(1);
    expect(read(again()).attempts).toEqual([]);
    const end = named('locked repository, retrying', {
      lastSyncStartTime: null,
      lastSyncTime: '2026-11-20T10:17:00Z',
      lastSyncDuration: '54h0m0.3s',
      latestMoverStatus: { result: 'Successful', logs: 'snapshot 9be1f0aa saved' },
    });
    const done = read(end).runs?.find(({ outcome }) => outcome === 'success');
    expect(done?.runId).toBe(runs?.[1]?.runId);
  });

  it('a run whose source was recreated or removed ends unknown', () => {
    const recreated = readingWith(contract);
    const before = recreated.read(first()).runs?.[0];
    const other = named('never ran');
    const metadata = { name: 'first', namespace: 'media', uid: 'another' };
    const after = recreated.read({ ...other, metadata }).runs;
    expect(after?.map(({ runId, outcome }) => [runId, outcome])).toEqual([
      [before?.runId, 'unknown'],
    ]);
    const removed = readingWith(contract);
    removed.read(first());
    const gone = removed.remove(first());
    expect(gone.runs?.map(({ runId, outcome }) => [runId, outcome])).toEqual([
      [before?.runId, 'unknown'],
    ]);
    expect(gone.removedPolicyIds).toHaveLength(1);
  });

  it('an empty source is empty and leaves no restore point', () => {
    const facts = readingWith(contract).read(named('empty source'));
    expect(outcomes(facts.runs)).toEqual(['empty']);
    expect(facts.restorePoints).toEqual([]);
    expect(facts.policies?.[0]?.lastSuccessAt).toBeNull();
  });

  it('a source of not one file is empty too', () => {
    const logs = 'processed 0 files, 0 B in 0:01\nsnapshot 0ff74383 saved\nRestic completed in 3s';
    const facts = readingWith(contract).read(
      named('healthy', { latestMoverStatus: { result: 'Successful', logs } }),
    );
    expect(outcomes(facts.runs)).toEqual(['empty']);
    expect(facts.restorePoints).toEqual([]);
  });

  it('a half-written end is one ended run', () => {
    const facts = readingWith(contract).read(
      named('half written: end is there, start not yet removed'),
    );
    expect(outcomes(facts.runs)).toEqual(['success']);
  });

  it('a time in the future is a problem, and told when the clock has caught up', () => {
    const { read } = readingWith(contract);
    const early = read(ahead());
    expect(early.runs).toEqual([]);
    expect(early.problems).not.toEqual([]);
    expect(outcomes(read(ahead(), new Date('2026-11-21T15:00:00Z')).runs)).toEqual(['success']);
  });

  it('a malformed duration costs the duration, not the run', () => {
    const facts = readingWith(contract).read(named('healthy', { lastSyncDuration: 'long' }));
    expect(facts.runs?.[0]).toMatchObject({ outcome: 'success', durationSeconds: null });
    expect(facts.problems).not.toEqual([]);
  });

  it('a result nobody knows is not a success', () => {
    const latestMoverStatus = { result: 'Sideways', logs: '' };
    const facts = readingWith(contract).read(named('healthy', { latestMoverStatus }));
    expect(outcomes(facts.runs)).toEqual(['unknown']);
    expect(facts.problems).not.toEqual([]);
  });

  it('a malformed condition costs that condition only', () => {
    const facts = readingWith(contract).read(
      named('healthy', { conditions: [{ reason: 'x' }, 7] }),
    );
    expect(outcomes(facts.runs)).toEqual(['success']);
    expect(facts.problems).not.toEqual([]);
  });
});

describe('policies and restores', () => {
  it('reads triggers, keep rules and problems', () => {
    expect(policyOf('healthy')?.schedule).toMatchObject({ type: 'cron', dialect: 'volsync' });
    expect(policyOf('manual wins, mirror')?.schedule.type).toBe('manual');
    expect(policyOf('rsync-tls, always on')?.schedule.type).toBe('continuous');
    expect(policyOf('paused')).toMatchObject({ paused: true, keep: { last: 1 } });
    expect(policyOf('missing claim')?.problem).toContain('not found');
    expect(readingWith(contract).read(named('syncthing has no runs')).runs).toEqual([]);
  });

  it('tells what a restore would bring back', () => {
    expect(restoreOf('restore image ready')).toMatchObject({
      outcome: 'success',
      imageTakenAt: new Date('2026-11-19T14:17:00Z'),
    });
    expect(restoreOf('restore brought nothing')?.outcome).toBe('empty');
    expect(restoreOf('restore made a new repository')?.outcome).toBe('empty');
    expect(restoreOf('restore failing')?.outcome).toBe('failed');
  });

  it('a restore that ended in the future is no success yet', () => {
    const lastSyncTime = '2027-11-20T14:17:00Z';
    const facts = readingWith(contract).read(named('restore image ready', { lastSyncTime }));
    expect(facts.restoreRuns?.[0]).toMatchObject({ outcome: 'unknown', imageTakenAt: null });
    expect(facts.problems).not.toEqual([]);
  });
});
