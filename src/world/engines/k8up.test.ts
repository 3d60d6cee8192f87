import { describe, expect, it } from 'vitest';
import { readingWith } from '../../../test/contracts/engine-reader.ts';
import { realDefinitions } from '../../../test/support/definitions.ts';
import { createK8upReader } from '../../collect/engines/k8up/reader.ts';
import type { EngineFacts } from '../../collect/engine.ts';
import { DAY_MS } from '../../domain/time.ts';
import { cadenceOf } from '../home/cadence.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { k8upSchedule, type K8upPlan } from './k8up.ts';
import type { EngineFaultScript } from './workload.ts';

const ANCHOR = Date.parse('2026-11-20T12:00:00Z');
const frame = { seed: 7, anchor: ANCHOR, begin: ANCHOR - 40 * DAY_MS };
const SINCE = ANCHOR - 9 * DAY_MS;
const SCRIPTS = [
  'failing',
  'never-succeeded',
  'partial',
  'stopped',
  'stuck',
  'slow',
  'overrun',
  'repository-unavailable',
  'maintenance-failing',
] as const;

function planOf(script: EngineFaultScript | null, claims = ['orders', 'mail']): K8upPlan {
  return {
    name: 'nightly',
    namespace: 'shop',
    cadence: cadenceOf('daily', 10, 3),
    createdAt: frame.begin,
    claims: claims.map((name) => ({
      namespace: 'shop',
      app: name,
      workload: 'Deployment' as const,
      name,
      gib: 12,
      files: 3_000,
    })),
    fault: script && { script, since: SINCE },
  };
}

function play(plan: K8upPlan, seed = frame.seed): WorldEvent[] {
  const events: WorldEvent[] = [];
  for (const event of k8upSchedule({ ...frame, seed }, plan)) {
    if (event.at > ANCHOR) break;
    events.push(event);
  }
  return events;
}

/** What the reader makes of these writes: the newest row of each run, volume and repository. */
function read(events: WorldEvent[]) {
  const reading = readingWith({ create: createK8upReader });
  const facts = events.map((event): EngineFacts => {
    const at = new Date(event.at);
    return event.change === 'put'
      ? reading.read(event.object, at)
      : reading.remove(event.object, at);
  });
  const removed = new Set(facts.flatMap((one) => one.removedRestorePointIds ?? []));
  const runs = facts.flatMap((one) => one.runs ?? []);
  const volumes = facts.flatMap((one) => one.runVolumes ?? []);
  const points = facts.flatMap((one) => one.restorePoints ?? []);
  return {
    problems: facts.flatMap((one) => one.problems ?? []),
    runs: [...new Map(runs.map((run) => [run.runId, run])).values()],
    volumes: [...new Map(volumes.map((row) => [`${row.runId}${row.resourceId}`, row])).values()],
    points: new Set(points.map((row) => row.restorePointId).filter((id) => !removed.has(id))),
    repository: facts.flatMap((one) => one.repositories ?? []).at(-1),
  };
}
const recent = (script: EngineFaultScript | null) =>
  read(play(planOf(script))).runs.filter(({ startedAt }) => startedAt.getTime() >= SINCE);
const outcomes = (script: EngineFaultScript | null) => [
  ...new Set(recent(script).map(({ outcome }) => outcome)),
];

const definitions = realDefinitions(['k8up']);

describe('a simulated K8up schedule', () => {
  it.skipIf(!definitions.present)('writes only what its definitions allow, in time order', () => {
    const known = definitions.validators();
    for (const script of [null, ...SCRIPTS]) {
      const events = play(planOf(script));
      expect(events.map(({ at }) => at)).toEqual(
        events.map(({ at }) => at).toSorted((a, b) => a - b),
      );
      const faulty = events.flatMap(({ object }) => {
        const validate = known.get(object.kind);
        return validate?.(object) === true ? [] : [JSON.stringify(validate?.errors?.[0])];
      });
      expect(faulty).toEqual([]);
    }
  });

  it('takes every claim every night and is understood whole', () => {
    const { runs, volumes, problems, points, repository } = read(play(planOf(null)));
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(40);
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    expect(new Set(runs.map((run) => run.unlistedVolumes))).toEqual(new Set(['not-taken']));
    expect(volumes).toHaveLength(80);
    expect(points.size).toBeLessThan(40);
    expect(repository).toMatchObject({ availability: 'available', message: null });
  });

  it('is the same for the same seed, and another for another', () => {
    expect(play(planOf('slow'))).toEqual(play(planOf('slow')));
    expect(play(planOf(null), 8)).not.toEqual(play(planOf(null)));
  });

  it('plays its faults', () => {
    expect(outcomes('failing')).toEqual(['failed']);
    expect(outcomes('repository-unavailable')).toEqual(['failed']);
    expect(outcomes('stopped')).toEqual([]);
    expect(outcomes('stuck')).toEqual(['running']);
    const all = read(play(planOf('never-succeeded'))).runs;
    expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
    const longest = Math.max(...recent('overrun').map((run) => run.durationSeconds ?? 0));
    expect(longest).toBeGreaterThan(6 * 3_600);
  });

  it('succeeds without the volume it cannot read (FM-28)', () => {
    expect(outcomes('partial')).toEqual(['success']);
    const { runs, volumes } = read(play(planOf('partial')));
    const last = runs.at(-1);
    expect(volumes.filter(({ runId }) => runId === last?.runId)).toHaveLength(1);
    expect(last?.unlistedVolumes).toBe('not-taken');
    expect(() => k8upSchedule(frame, planOf('partial', ['orders']))).toThrow('with one claim');
  });

  it('shows that prunes fail, while backups go on (FM-09)', () => {
    expect(outcomes('maintenance-failing')).toEqual(['success']);
    const { repository } = read(play(planOf('maintenance-failing')));
    expect(repository?.availability).toBe('available');
    expect(repository?.message).toMatch(/^The last prune .* failed/);
  });

  it('refuses a fault it cannot have', () => {
    expect(() => k8upSchedule(frame, planOf('suspended'))).toThrow('cannot play the fault');
  });
});
