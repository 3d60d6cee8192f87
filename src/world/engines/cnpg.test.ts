import { describe, expect, it } from 'vitest';
import { readingWith } from '../../../test/contracts/engine-reader.ts';
import { realDefinitions } from '../../../test/support/definitions.ts';
import { createCnpgReader } from '../../collect/engines/cnpg/reader.ts';
import type { EngineFacts } from '../../collect/engine.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { cadenceOf } from '../home/cadence.ts';
import type { WorldEvent } from '../home/world-event.ts';
import type { CnpgPlan } from './cnpg-objects.ts';
import { cnpgPolicy } from './cnpg.ts';
import type { EngineFaultScript } from './workload.ts';

const ANCHOR = Date.parse('2026-11-20T12:00:00Z');
const frame = { seed: 7, anchor: ANCHOR, begin: ANCHOR - 40 * DAY_MS };
const SINCE = ANCHOR - 5 * DAY_MS;
const METHODS = ['barmanObjectStore', 'plugin', 'volumeSnapshot'] as const;

function planOf(script: EngineFaultScript | null, method: CnpgPlan['method'] = 'plugin'): CnpgPlan {
  const claims = ['crm-db-1', 'crm-db-2'].map((name) => ({
    namespace: 'crm',
    app: 'crm-db',
    workload: 'StatefulSet' as const,
    name,
    gib: 12,
    files: 3_000,
  }));
  return {
    name: 'crm-nightly',
    namespace: 'crm',
    cluster: 'crm-db',
    method,
    cadence: cadenceOf('daily', 10, 3),
    createdAt: frame.begin,
    claims,
    fault: script && { script, since: SINCE },
  };
}

function play(plan: CnpgPlan): WorldEvent[] {
  const events: WorldEvent[] = [];
  for (const event of cnpgPolicy(frame, plan)) {
    if (event.at > ANCHOR) break;
    events.push(event);
  }
  return events;
}

/** What the reader makes of these writes: the newest row of each run and policy. */
function read(events: WorldEvent[]) {
  const reading = readingWith({ create: createCnpgReader });
  const facts = events.map((event): EngineFacts => {
    const at = new Date(event.at);
    return event.change === 'put'
      ? reading.read(event.object, at)
      : reading.remove(event.object, at);
  });
  const removed = new Set(facts.flatMap((one) => one.removedPolicyIds ?? []));
  const policies = facts.flatMap((one) => one.policies ?? []);
  const runs = facts.flatMap((one) => one.runs ?? []);
  return {
    problems: facts.flatMap((one) => one.problems ?? []),
    runs: [...new Map(runs.map((run) => [run.runId, run])).values()],
    policies: new Map(
      policies.filter((one) => !removed.has(one.policyId)).map((one) => [one.kind, one]),
    ),
  };
}
const recent = (events: WorldEvent[]) =>
  read(events).runs.filter(({ startedAt }) => startedAt.getTime() >= SINCE);

const definitions = realDefinitions(['cnpg']);

describe('a simulated database', () => {
  it.skipIf(!definitions.present)('writes only what its definitions allow, in time order', () => {
    const known = definitions.validators();
    for (const method of METHODS)
      for (const script of [null, 'wal-archiving', 'failing', 'stuck', 'suspended'] as const) {
        const events = play(planOf(script, method));
        expect(events.map(({ at }) => at)).toEqual(
          events.map(({ at }) => at).toSorted((a, b) => a - b),
        );
        for (const { object } of events) {
          const validate = known.get(object.kind);
          validate?.(object);
          expect({ [object.kind]: validate?.errors }).toEqual({ [object.kind]: null });
        }
      }
  });

  it.each(METHODS)('by %s succeeds every night, and its archive works', (method) => {
    const { runs, policies, problems } = read(play(planOf(null, method)));
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(40);
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    const archive = policies.get('Cluster');
    expect(archive?.problem).toBeNull();
    expect(archive?.lastSuccessAt?.getTime()).toBeGreaterThan(ANCHOR - 10 * HOUR_MS);
  });

  it('is the same for the same seed', () => {
    expect(play(planOf(null))).toEqual(play(planOf(null)));
  });

  it.each([
    ['failing', ['failed', 'failed', 'failed', 'failed', 'failed']],
    ['wal-archiving', ['failed', 'failed', 'failed', 'failed', 'failed']],
    ['stuck', ['running']],
    ['stopped', []],
    ['suspended', []],
    ['orphaned', []],
  ] as const)('%s shows in its backups', (script, outcomes) => {
    expect(recent(play(planOf(script))).map(({ outcome }) => outcome)).toEqual(outcomes);
  });

  it('FM-27 shows in the condition, a suspension in the schedule, an orphan by the missing Cluster', () => {
    const archive = read(play(planOf('wal-archiving'))).policies.get('Cluster');
    expect(archive?.problem).toContain('Expected empty archive');
    const paused = read(play(planOf('suspended'))).policies.get('ScheduledBackup');
    expect(paused?.paused).toBe(true);
    expect(read(play(planOf('orphaned'))).policies.has('Cluster')).toBe(false);
  });

  it('refuses a fault it cannot show', () => {
    expect(() => play(planOf('locked'))).toThrow('locked');
  });
});
