import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { newKeplerSeries, trueJoules, type MeteredTruth } from '../../../test/support/kepler.ts';
import { energySeriesOf } from '../../collect/kepler/energy-series-of.ts';
import type { EndedRun } from './account-input.ts';
import { splitByBytes } from './split-by-bytes.ts';

const START = 1_790_000_000;
const DAY = 86_400;
const AGENT: MeteredTruth = {
  namespace: 'velero',
  name: 'node-agent-aaaaa',
  uid: 'u',
  startedAt: START,
  endedAt: START + DAY,
  watts: [3, 7, 5, 11],
};
const plan = { intervalSeconds: 60, offsetSeconds: 7, restartsAt: [], scrapeUntil: START + DAY };
const agents = newKeplerSeries(AGENT, plan).flatMap((series) => energySeriesOf(series) ?? []);

function aRun(index: number, from: number, seconds: number, bytes: number): EndedRun {
  return {
    runId: `run-${index}`,
    runDay: '2026-09-21',
    engine: 'velero',
    policyId: null,
    namespace: 'velero',
    name: `backup-${index}`,
    startedAt: new Date((START + from) * 1_000),
    endedAt: new Date((START + from + seconds) * 1_000),
    outcome: 'success',
    logicalBytes: bytes,
    addedBytes: null,
    storedBytes: null,
    expiresAt: null,
    known: null,
  };
}

const runs = fc
  .array(
    fc.tuple(
      fc.integer({ min: 600, max: 60_000 }),
      fc.integer({ min: 60, max: 20_000 }),
      fc.integer({ min: 1, max: 1e12 }),
    ),
    { minLength: 1, maxLength: 8 },
  )
  .map((some) => some.map(([from, seconds, bytes], index) => aRun(index, from, seconds, bytes)));

/** What the agent used while at least one of the runs was under way, by construction. */
function usedByAny(some: EndedRun[]): number {
  const spans = some
    .map(
      ({ startedAt, endedAt }) => [startedAt.getTime() / 1_000, endedAt.getTime() / 1_000] as const,
    )
    .sort((a, b) => a[0] - b[0]);
  let reached = 0;
  let joules = 0;
  for (const [from, until] of spans) {
    const begin = Math.max(from, reached);
    if (until > begin) joules += trueJoules(AGENT, until) - trueJoules(AGENT, begin);
    reached = Math.max(reached, until);
  }
  return joules;
}

describe('the energy of shared agents', () => {
  it('is given out whole and once, however runs overlap', () => {
    fc.assert(
      fc.property(runs, (some) => {
        const shares = [...splitByBytes(some, agents).values()];
        const total = shares.reduce<number>((sum, share) => sum + (share ?? Number.NaN), 0);
        // Between two scrapes the power is taken as even; it changes three times.
        expect(Math.abs(total - usedByAny(some))).toBeLessThan(3 * 60 * 8);
      }),
    );
  });

  it('does not depend on the order of runs', () => {
    fc.assert(
      fc.property(runs, (some) => {
        const there = splitByBytes(some, agents);
        const back = splitByBytes(some.toReversed(), agents);
        for (const [runId, share] of there) expect(back.get(runId)).toBeCloseTo(share ?? -1, 6);
      }),
    );
  });

  it('is unknown where the agents were not seen', () => {
    const [share] = splitByBytes([aRun(0, 2 * DAY, 600, 1)], agents).values();
    expect(share).toBeNull();
  });
});
