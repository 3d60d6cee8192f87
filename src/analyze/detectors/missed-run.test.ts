import { describe, expect, it } from 'vitest';
import { nightly } from '../../../test/support/run-lines.ts';
import { HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import { replayRuns } from '../replay/replay-runs.ts';

const FROM = Date.parse('2026-11-01T02:00:00Z');

const iso = (at: number) => new Date(at).toISOString();

/** Runs of two minutes that start as many minutes late as given by their number, by default one. */
function runs(hours: number, count: number, late: Readonly<Record<number, number>>): string[] {
  const schedule = hours === 24 ? '0 2 * * *' : `0 ${hours === 1 ? '*' : '2,8,14,20'} * * *`;
  return Array.from({ length: count }, (_, index) => {
    const start = FROM + index * hours * HOUR_MS + (late[index] ?? 1) * MINUTE_MS;
    const times = { dueAt: null, startedAt: iso(start), endedAt: iso(start + 2 * MINUTE_MS) };
    return nightly(1, { schedule, ...times });
  });
}

async function missed(lines: readonly string[]) {
  const found = [];
  for await (const line of replayRuns(lines)) if (line.kind === 'missed-run') found.push(line);
  return found;
}

describe('missed-run', () => {
  it.each([
    [1, 9],
    [6, 17],
    [24, 29],
  ])('of a job every %i h is not told of a run %i minutes late', async (hours, late) => {
    expect(await missed(runs(hours, 30, { 20: late }))).toEqual([]);
  });

  it.each([
    [1, 10],
    [6, 20],
    [24, 30],
  ])('of a job every %i h is told %i minutes after its due time', async (hours, minutes) => {
    const due = FROM + 20 * hours * HOUR_MS;
    const [found, ...more] = await missed(runs(hours, 30, { 20: 50 }));
    expect(more).toEqual([]);
    expect(found?.raisedAt.slice(0, 16)).toBe(iso(due + minutes * MINUTE_MS).slice(0, 16));
  });
});
