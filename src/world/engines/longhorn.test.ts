import { describe, expect, it } from 'vitest';
import { readingWith } from '../../../test/contracts/engine-reader.ts';
import { realDefinitions } from '../../../test/support/definitions.ts';
import { createLonghornReader } from '../../collect/engines/longhorn/reader.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { cadenceOf } from '../home/cadence.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { longhornJob } from './longhorn.ts';
import type { EngineFaultScript, EnginePolicyPlan } from './workload.ts';

const ANCHOR = Date.parse('2026-11-20T12:00:00Z');
const frame = { seed: 7, anchor: ANCHOR, begin: ANCHOR - 40 * DAY_MS };
const SINCE = ANCHOR - 5 * DAY_MS;
const SCRIPTS = [
  'failing',
  'never-succeeded',
  'empty',
  'stopped',
  'stuck',
  'shrunk',
  'slow',
  'overrun',
  'repository-unavailable',
  'detached',
] as const;

function play(script: EngineFaultScript | null, seed = 7): WorldEvent[] {
  const plan: EnginePolicyPlan = {
    name: 'nightly',
    namespace: 'longhorn-system',
    cadence: cadenceOf('six-hourly', 10),
    createdAt: frame.begin,
    claims: ['orders', 'photos'].map((name) => ({
      namespace: 'shop',
      app: name,
      workload: 'Deployment' as const,
      name,
      gib: 20,
      files: 3_000,
    })),
    fault: script && { script, since: SINCE },
  };
  const events: WorldEvent[] = [];
  for (const event of longhornJob({ ...frame, seed }, plan)) {
    if (event.at > ANCHOR) break;
    events.push(event);
  }
  return events;
}

/** What the reader makes of these writes. */
function read(script: EngineFaultScript | null) {
  const reading = readingWith({ create: createLonghornReader });
  const facts = play(script).map((event) => {
    const at = new Date(event.at);
    return event.change === 'put'
      ? reading.read(event.object, at)
      : reading.remove(event.object, at);
  });
  const runs = new Map(facts.flatMap((one) => one.runs ?? []).map((run) => [run.runId, run]));
  const recent = [...runs.values()].filter(({ startedAt }) => startedAt.getTime() >= SINCE);
  return {
    problems: facts.flatMap((one) => one.problems ?? []),
    runs: [...runs.values()],
    recent: new Set(recent.map(({ outcome }) => outcome)),
    policy: facts.flatMap((one) => one.policies ?? []).at(-1),
    target: facts.flatMap((one) => one.repositories ?? []).at(-1),
  };
}

const definitions = realDefinitions(['longhorn']);

describe('a simulated RecurringJob', () => {
  it.skipIf(!definitions.present)('writes only what its definitions allow, in time order', () => {
    const known = definitions.validators();
    for (const script of [null, ...SCRIPTS]) {
      const events = play(script);
      const times = events.map(({ at }) => at);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
      for (const { object } of events) {
        const validate = known.get(object.kind);
        validate?.(object);
        expect(validate?.errors).toBeNull();
      }
    }
  });

  it('is the same for the same seed, and another for another', () => {
    expect(play(null)).toEqual(play(null));
    expect(play(null)).not.toEqual(play(null, 8));
  });

  it('backs up every volume at every due time, or skips it when nothing was written', () => {
    const { runs, problems, policy, target } = read(null);
    expect(problems).toEqual([]);
    const [skipped, taken] = [true, false].map((idle) =>
      runs.filter(({ outcome }) => (outcome === 'skipped') === idle),
    );
    expect(runs).toHaveLength(40 * 4 * 2);
    expect(new Set(taken!.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    expect(skipped!.length).toBeGreaterThan(5);
    expect(skipped!.length).toBeLessThan(40);
    expect(policy?.selection).toMatchObject({ claims: [{ name: 'orders' }, { name: 'photos' }] });
    expect(target?.availability).toBe('available');
  });

  it('keeps a failure that Longhorn itself soon forgets (FM-23)', () => {
    expect(read('failing').recent).toEqual(new Set(['failed']));
    const gone = play('failing').filter(({ change, at }) => change === 'delete' && at > SINCE);
    const errors = gone.filter(({ object }) => JSON.stringify(object).includes('AccessDenied'));
    expect(errors).toHaveLength(5 * 4 * 2);
    expect(new Set(read('never-succeeded').runs.map(({ outcome }) => outcome))).toEqual(
      new Set(['failed']),
    );
  });

  it('has a target that cannot be reached, and says so', () => {
    const { recent, target } = read('repository-unavailable');
    expect(recent).toEqual(new Set(['failed']));
    expect(target).toMatchObject({ availability: 'unavailable' });
    expect(target?.message).toContain('connection refused');
  });

  it('runs on without a word when the volume is detached (FM-22)', () => {
    const { recent, policy } = read('detached');
    expect(recent).toEqual(new Set());
    expect(policy?.selection).toMatchObject({ claims: [{ detachedSince: new Date(SINCE) }, {}] });
    const executions = play('detached').filter(
      ({ plural, at }) => plural === 'recurringjobs' && at > ANCHOR - DAY_MS,
    );
    expect(executions).toHaveLength(4);
  });

  it('hangs, stops, is empty', () => {
    expect(read('stuck').recent).toEqual(new Set(['running']));
    expect(read('stopped').recent).toEqual(new Set());
    expect(read('empty').recent).toEqual(new Set(['empty']));
  });

  it('takes longer than its interval and then starts less often', () => {
    const late = read('overrun').runs.filter(({ startedAt }) => startedAt.getTime() >= SINCE);
    const ended = late.filter(({ outcome }) => outcome === 'success');
    expect(ended.length).toBeGreaterThan(10);
    expect(Math.min(...ended.map((run) => run.durationSeconds ?? 0))).toBeGreaterThan(
      (6 * HOUR_MS) / 1_000,
    );
    expect(late.length).toBeLessThan(30);
  });

  it('cannot play what Longhorn does not do', () => {
    expect(() => play('wal-archiving')).toThrow('cannot play');
  });
});
