import { describe, expect, it } from 'vitest';
import { readingWith } from '../../../test/contracts/engine-reader.ts';
import { realDefinitions } from '../../../test/support/definitions.ts';
import { createCsiReader } from '../../collect/engines/csi/reader.ts';
import { DAY_MS } from '../../domain/time.ts';
import { cadenceOf } from '../home/cadence.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { csiSnapshots } from './csi.ts';
import type { EngineFaultScript } from './workload.ts';

const ANCHOR = Date.parse('2026-11-20T12:00:00Z');
const frame = { seed: 7, anchor: ANCHOR, begin: ANCHOR - 40 * DAY_MS };
const SINCE = ANCHOR - 5 * DAY_MS;

function play(script: EngineFaultScript | null): WorldEvent[] {
  const claim = { namespace: 'media', app: 'photos', workload: 'Deployment' as const };
  const plan = {
    name: 'daily-snapshots',
    namespace: 'media',
    cadence: cadenceOf('daily', 10, 3),
    createdAt: frame.begin,
    claims: [{ ...claim, name: 'photos', gib: 40, files: 9_000 }],
    fault: script && { script, since: SINCE },
  };
  const events: WorldEvent[] = [];
  for (const event of csiSnapshots(frame, plan)) {
    if (event.at > ANCHOR) break;
    events.push(event);
  }
  return events;
}

/** What the reader makes of these writes: the newest row of each run, and the points that are left. */
function read(script: EngineFaultScript | null) {
  const reading = readingWith({ create: createCsiReader });
  const events = play(script);
  const facts = events.map((event) => {
    const at = new Date(event.at);
    return event.change === 'put'
      ? reading.read(event.object, at)
      : reading.remove(event.object, at);
  });
  const runs = new Map(facts.flatMap((one) => one.runs ?? []).map((run) => [run.runId, run]));
  const gone = new Set(facts.flatMap((one) => one.removedRestorePointIds ?? []));
  const points = facts.flatMap((one) => one.restorePoints ?? []);
  return {
    problems: facts.flatMap((one) => one.problems ?? []),
    runs: [...runs.values()],
    recent: [...runs.values()].filter(({ startedAt }) => startedAt.getTime() >= SINCE),
    points: points.filter(({ restorePointId }) => !gone.has(restorePointId)),
  };
}

const definitions = realDefinitions(['csi']);

describe('simulated VolumeSnapshots', () => {
  it.skipIf(!definitions.present)('are only what their definitions allow, in time order', () => {
    const known = definitions.validators();
    for (const script of [
      null,
      'failing',
      'stuck',
      'stopped',
      'never-succeeded',
      'too-small',
    ] as const) {
      const events = play(script);
      const times = events.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const { object, change } of events) {
        if (change === 'delete' || object.kind === 'PersistentVolumeClaim') continue;
        const validate = known.get(object.kind);
        validate?.(object);
        expect(validate?.errors).toBeNull();
      }
    }
  });

  it('are taken every day and kept for a week', () => {
    const { runs, points, problems } = read(null);
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(40);
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    expect(points).toHaveLength(7);
    expect(play(null)).toEqual(play(null));
  });

  it('do not become ready when the storage fails, with its words (FM-07)', () => {
    const { recent, points } = read('failing');
    expect(recent.map(({ outcome }) => outcome)).toEqual(Array(5).fill('running'));
    expect(recent[0]?.errorText).toContain('DeadlineExceeded');
    expect(points.every(({ takenAt }) => takenAt.getTime() < SINCE)).toBe(true);
    expect(read('never-succeeded').points).toEqual([]);
  });

  it('are restored into a claim that cannot hold them (FM-30)', () => {
    const { points, recent } = read('too-small');
    expect(recent.map(({ outcome }) => outcome)).toEqual(['success']);
    const [claim, ...others] = play('too-small').filter(
      ({ object }) => object.kind === 'PersistentVolumeClaim',
    );
    expect(others).toEqual([]);
    const source = { kind: 'VolumeSnapshot', name: points.at(-1)?.handle };
    expect(claim?.object['spec']).toMatchObject({
      dataSourceRef: source,
      resources: { requests: { storage: '40Gi' } },
    });
    expect(points.at(-1)?.logicalBytes).toBe(60 * 2 ** 30);
  });

  it('hang, and stop', () => {
    expect(read('stuck').recent.map(({ outcome }) => outcome)).toEqual(['running']);
    expect(read('stopped').recent).toEqual([]);
    expect(() => play('detached')).toThrow('cannot play');
  });
});
