import { describe, expect, it } from 'vitest';
import { nightly, seeded } from '../../../test/support/run-lines.ts';
import { replayRuns } from '../replay/replay-runs.ts';

const HOUR = 3_600_000;
const FROM = Date.parse('2026-11-01T00:00:00Z');

const iso = (at: number) => new Date(at).toISOString();

/** An hourly job whose runs take most of the hour; those that are named fail after five minutes. */
function longRuns(count: number, failed: readonly number[]): string[] {
  const random = seeded(3);
  return Array.from({ length: count }, (_, index) => {
    const start = FROM + index * HOUR;
    const minutes = failed.includes(index) ? 5 : 42 + 6 * random();
    const outcome = failed.includes(index) ? 'failed' : 'success';
    const times = { startedAt: iso(start), endedAt: iso(start + minutes * 60_000), dueAt: null };
    return nightly(1, { schedule: '0 * * * *', outcome, ...times });
  });
}

async function breaches(lines: readonly string[]) {
  const found = [];
  for await (const line of replayRuns(lines)) if (line.kind === 'rpo-breach') found.push(line);
  return found;
}

describe('rpo-breach', () => {
  it('waits for a run under way that takes no longer than usual', async () => {
    expect(await breaches(longRuns(100, [60]))).toEqual([]);
  });

  it('is told when that run fails too', async () => {
    const [found, ...more] = await breaches(longRuns(100, [60, 61]));
    expect(more).toEqual([]);
    expect(Date.parse(found?.raisedAt ?? '')).toBeLessThan(FROM + 62 * HOUR);
    expect(found?.resolvedAt).not.toBeNull();
  });

  it('is told once however many runs start and fail, and ends with a new copy', async () => {
    const failed = Array.from({ length: 12 }, (_, index) => 60 + index);
    const [found, ...more] = await breaches(longRuns(100, failed));
    expect(more).toEqual([]);
    const ended = Date.parse(found?.resolvedAt ?? '');
    expect(ended).toBeGreaterThan(FROM + 72.7 * HOUR);
    expect(ended).toBeLessThan(FROM + 73 * HOUR);
    expect(found?.resolvedBy).toBe('the newest copy is within the target');
  });

  it('goes on when the newer copy is too old by the time it is there, and another run starts', async () => {
    const runs = longRuns(100, [60, 61, 65, 66]);
    const late = iso(FROM + 64.7 * HOUR);
    runs[62] = JSON.stringify({ ...JSON.parse(runs[62]!), endedAt: late });
    const [found, ...more] = await breaches(runs.filter((_, hour) => hour !== 63 && hour !== 64));
    expect(more).toEqual([]);
    const ended = Date.parse(found?.resolvedAt ?? '');
    expect(ended).toBeGreaterThan(FROM + 67.7 * HOUR);
    expect(ended).toBeLessThan(FROM + 68 * HOUR);
  });

  it('ends with the target that was broken', async () => {
    const runs = longRuns(100, [60, 61, 62, 63, 64, 65, 66, 67]).map((text, index) =>
      JSON.stringify({ ...JSON.parse(text), rpoSeconds: index < 64 ? 7_200 : 86_400 }),
    );
    const [found, ...more] = await breaches(runs);
    expect(more).toEqual([]);
    expect(Date.parse(found?.resolvedAt ?? '')).toBeLessThanOrEqual(FROM + 64 * HOUR);
    expect(found?.resolvedBy).toBe('the newest copy is within the target');
  });
});
