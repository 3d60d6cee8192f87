import { describe, expect, it } from 'vitest';
import { readingWith } from '../../../test/contracts/engine-reader.ts';
import { createCronjobReader } from '../../collect/engines/cronjob/reader.ts';
import type { EngineFacts } from '../../collect/engine.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { cadenceOf, type CadenceName } from '../home/cadence.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { cronjobPolicy } from './cronjob.ts';
import type { EngineFaultScript, EnginePolicyPlan } from './workload.ts';

const ANCHOR = Date.parse('2026-11-20T12:00:00Z');
const frame = { seed: 7, anchor: ANCHOR, begin: ANCHOR - 20 * DAY_MS };
const SINCE = ANCHOR - 5 * DAY_MS;

const planOf = (script: EngineFaultScript | null, cadence: CadenceName = 'daily') => ({
  name: 'wiki-backup',
  namespace: 'wiki',
  cadence: cadenceOf(cadence, 40, 2),
  createdAt: frame.begin,
  claims: [
    {
      namespace: 'wiki',
      app: 'wiki',
      workload: 'Deployment' as const,
      name: 'wiki-data',
      gib: 3,
      files: 900,
    },
  ],
  fault: script && { script, since: SINCE },
});

function play(plan: EnginePolicyPlan): WorldEvent[] {
  const events: WorldEvent[] = [];
  for (const event of cronjobPolicy(frame, plan)) {
    if (event.at > ANCHOR) break;
    events.push(event);
  }
  return events;
}

function read(events: WorldEvent[]) {
  const reading = readingWith({ create: createCronjobReader });
  const facts = events.map((event): EngineFacts => {
    const at = new Date(event.at);
    return event.change === 'put'
      ? reading.read(event.object, at)
      : reading.remove(event.object, at);
  });
  const runs = facts.flatMap((one) => one.runs ?? []);
  return {
    problems: facts.flatMap((one) => one.problems ?? []),
    runs: [...new Map(runs.map((run) => [run.runId, run])).values()],
    policy: facts.flatMap((one) => one.policies ?? []).at(-1),
  };
}

describe('a simulated CronJob', () => {
  it('runs every night, keeps three Jobs, and is told apart from no backup', () => {
    const events = play(planOf(null));
    const times = events.map(({ at }) => at);
    expect(times).toEqual(times.toSorted((a, b) => a - b));
    const { runs, policy, problems } = read(events);
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(20);
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    expect(policy?.selection).toMatchObject({ names: ['wiki-data'] });
    expect(policy?.lastSuccessAt?.getTime()).toBeGreaterThan(ANCHOR - 10 * HOUR_MS);
    const removed = events.filter(({ change }) => change === 'delete');
    expect(removed).toHaveLength(17);
    expect(play(planOf(null))).toEqual(events);
  });

  it.each([
    ['failing', ['failed', 'failed', 'failed', 'failed', 'failed']],
    ['stuck', ['running']],
    ['orphaned', ['running']],
    ['stopped', []],
    ['suspended', []],
  ] as const)('%s shows in its Jobs', (script, outcomes) => {
    const { runs, policy } = read(play(planOf(script)));
    const recent = runs.filter(({ startedAt }) => startedAt.getTime() >= SINCE);
    expect(recent.map(({ outcome }) => outcome)).toEqual(outcomes);
    expect(policy?.paused).toBe(script === 'suspended');
  });

  it('that overruns misses what was due meanwhile: Forbid lets no other start', () => {
    const { runs } = read(play(planOf('overrun', 'hourly')));
    const recent = runs.filter(({ startedAt }) => startedAt.getTime() >= SINCE);
    expect(recent.length).toBeLessThan(20);
    expect(recent.every(({ outcome }) => outcome === 'success' || outcome === 'running')).toBe(
      true,
    );
  });

  it('refuses a fault it cannot show', () => {
    expect(() => play(planOf('empty'))).toThrow('empty');
  });
});
