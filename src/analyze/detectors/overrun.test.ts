import { describe, expect, it } from 'vitest';
import { nightly, seeded } from '../../../test/support/run-lines.ts';
import type { FindingLine } from '../../domain/run-line.ts';
import { replayRuns } from '../replay/replay-runs.ts';

const HOUR = 3_600_000;
const FROM = Date.parse('2026-11-01T00:00:00Z');

const iso = (at: number) => new Date(at).toISOString();

/** An hourly job whose n-th run takes that many minutes. */
function hourly(minutes: readonly number[]): string[] {
  return minutes.map((long, index) => {
    const start = FROM + index * HOUR;
    const endedAt = iso(start + long * 60_000);
    return nightly(1, { schedule: '0 * * * *', dueAt: null, startedAt: iso(start), endedAt });
  });
}

async function overruns(minutes: readonly number[]): Promise<FindingLine[]> {
  const found: FindingLine[] = [];
  for await (const line of replayRuns(hourly(minutes)))
    if (line.kind === 'overrun') found.push(line);
  return found;
}

const around = (middle: number, count: number, seed: number) => {
  const random = seeded(seed);
  return Array.from({ length: count }, () => middle * (0.8 + 0.4 * random()));
};

describe('overrun', () => {
  it('is one finding for a job that hovers about the limit, not one for each time it crosses it', async () => {
    for (const seed of [1, 2, 3]) {
      const found = await overruns(around(41, 400, seed));
      expect(found).toHaveLength(1);
      expect(found[0]?.resolvedAt).toBeNull();
    }
  });

  it('ends once runs clearly fit again', async () => {
    const found = await overruns([...around(50, 60, 4), ...around(20, 60, 5)]);
    expect(found).toHaveLength(1);
    expect(found[0]?.resolvedAt).not.toBeNull();
  });

  it('says nothing of runs that fit, nor of one slow run among them', async () => {
    expect(await overruns(around(30, 200, 6))).toEqual([]);
    expect(await overruns([...around(20, 30, 7), 55, ...around(20, 30, 8)])).toEqual([]);
  });

  it('claims no collision that has not happened', async () => {
    const [found] = await overruns(around(46, 60, 9));
    expect(found?.sentence).toContain('a slightly slower one runs into the next');
  });
});
