import { describe, expect, it } from 'vitest';
import { readingWith } from '../../../test/contracts/engine-reader.ts';
import { createKopiurReader } from '../../collect/engines/kopiur/reader.ts';
import type { EngineFacts } from '../../collect/engine.ts';
import { DAY_MS } from '../../domain/time.ts';
import { cadenceOf } from '../home/cadence.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { kopiurPolicy, type KopiurPlan } from './kopiur.ts';
import type { EngineFaultScript } from './workload.ts';

const ANCHOR = Date.parse('2026-11-20T12:00:00Z');
const frame = { seed: 7, anchor: ANCHOR, begin: ANCHOR - 20 * DAY_MS };
const SINCE = ANCHOR - 4 * DAY_MS;

function planOf(script: EngineFaultScript | null, claims = ['photos']): KopiurPlan {
  return {
    name: 'photos',
    namespace: 'media',
    cadence: cadenceOf('six-hourly', 17),
    createdAt: frame.begin,
    claims: claims.map((name) => ({
      namespace: 'media',
      app: name,
      workload: 'Deployment' as const,
      name,
      gib: 40,
      files: 90_000,
    })),
    fault: script && { script, since: SINCE },
  };
}

function play(plan: KopiurPlan, seed = frame.seed): WorldEvent[] {
  const events: WorldEvent[] = [];
  for (const event of kopiurPolicy({ ...frame, seed }, plan)) {
    if (event.at > ANCHOR) break;
    events.push(event);
  }
  return events;
}

/** What the reader makes of these writes: the newest row of each run, the newest policy and repository. */
function read(events: WorldEvent[]) {
  const reading = readingWith({ create: createKopiurReader });
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
    repository: facts.flatMap((one) => one.repositories ?? []).at(-1),
  };
}
const recent = (script: EngineFaultScript | null) =>
  read(play(planOf(script))).runs.filter(({ startedAt }) => startedAt.getTime() >= SINCE);
const outcomes = (script: EngineFaultScript | null) => [
  ...new Set(recent(script).map(({ outcome }) => outcome)),
];

describe('a simulated kopiur policy', () => {
  it('writes in time order and is understood whole', () => {
    const events = play(planOf(null));
    expect(events.map(({ at }) => at)).toEqual(
      events.map(({ at }) => at).toSorted((a, b) => a - b),
    );
    const { runs, problems, policy, repository } = read(events);
    expect(problems).toEqual([]);
    expect(runs).toHaveLength(80);
    expect(new Set(runs.map(({ outcome }) => outcome))).toEqual(new Set(['success']));
    expect(new Set(runs.map(({ resourceId }) => resourceId)).size).toBe(1);
    expect(runs.every(({ logicalBytes }) => (logicalBytes ?? 0) > 30 * 1_024 ** 3)).toBe(true);
    expect(policy?.schedule).toMatchObject({ expression: '17 */6 * * *' });
    expect(policy?.lastSuccessAt).toEqual(runs.at(-1)?.endedAt);
    expect(repository).toMatchObject({ availability: 'available', message: null });
  });

  it('takes several claims together', () => {
    const { runs } = read(play(planOf(null, ['photos', 'albums'])));
    expect(
      runs.every(({ resourceId, outcome }) => resourceId === null && outcome === 'success'),
    ).toBe(true);
  });

  it('keeps what retention leaves', () => {
    const there = new Set<string>();
    for (const { change, object } of play(planOf(null)))
      if (object.kind === 'Snapshot')
        if (change === 'put') there.add(object.metadata.name);
        else there.delete(object.metadata.name);
    expect(there.size).toBe(24);
  });

  it('is the same for the same seed, and another for another', () => {
    expect(play(planOf('slow'))).toEqual(play(planOf('slow')));
    expect(play(planOf(null), 8)).not.toEqual(play(planOf(null)));
  });

  it.each([
    ['failing', ['failed']],
    ['orphaned', ['failed']],
    ['repository-unavailable', ['failed']],
    ['empty', ['empty']],
    ['partial', ['partial']],
    ['stopped', []],
    ['suspended', []],
    ['stuck', ['running']],
    ['shrunk', ['success']],
    ['slow', ['success']],
    ['maintenance-failing', ['success']],
    ['index-growing', ['success']],
  ] as const)('plays %s as %j', (script, expected) => {
    expect(outcomes(script)).toEqual(expected);
  });

  it('plays what figures and states show', () => {
    const shrunk = recent('shrunk').map(({ logicalBytes }) => logicalBytes ?? 0);
    expect(Math.max(...shrunk)).toBeLessThan(8 * 1_024 ** 3);
    expect(recent('overrun')[0]?.durationSeconds).toBeGreaterThan(6 * 3_600);
    expect(read(play(planOf('suspended'))).policy?.paused).toBe(true);
    const all = read(play(planOf('never-succeeded'))).runs;
    expect(new Set(all.map(({ outcome }) => outcome))).toEqual(new Set(['failed']));
    expect(all[0]?.errorText).toContain('invalid repository password');
  });

  it('shows a repository that is out of reach or not looked after (FM-20, FM-09, FM-10)', () => {
    expect(read(play(planOf('repository-unavailable'))).repository?.availability).toBe(
      'unavailable',
    );
    expect(read(play(planOf('maintenance-failing'))).repository).toMatchObject({
      availability: 'available',
      message: 'The full maintenance (photos) has failed 4 times in a row.',
    });
    const grown = read(play(planOf('index-growing'))).repository;
    expect(grown?.message).toMatch(/^IndexBlobHealth: Found too many index blobs \(1599\)/);
  });

  it('refuses a fault it cannot have', () => {
    expect(() => kopiurPolicy(frame, planOf('detached'))).toThrow('cannot play the fault');
  });
});
