import { describe, expect, it } from 'vitest';
import { nightly } from '../../../test/support/run-lines.ts';
import { replayRuns } from '../replay/replay-runs.ts';

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const FROM = Date.parse('2026-09-06T02:00:00Z');

const iso = (at: number) => new Date(at).toISOString();

/** A nightly job of half an hour, on Sundays of so many minutes. */
function nightsWithSundays(count: number, sundayMinutes: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const start = FROM + index * DAY;
    const minutes = index % 7 === 0 ? sundayMinutes : 30;
    return nightly(1, {
      dueAt: null,
      startedAt: iso(start),
      endedAt: iso(start + minutes * 60_000),
    });
  });
}

async function stuck(lines: readonly string[], until?: Date) {
  const found = [];
  const options = until === undefined ? {} : { until };
  for await (const line of replayRuns(lines, options))
    if (line.kind === 'stuck-run') found.push(line);
  return found;
}

describe('stuck-run', () => {
  it('does not take a long run for stuck that has taken as long before', async () => {
    const found = await stuck(nightsWithSundays(36, 400));
    expect(found.filter(({ raisedAt }) => Date.parse(raisedAt) > FROM + 8 * DAY)).toEqual([]);
  });

  it('tells a run that hangs far longer than the longest', async () => {
    const start = FROM + 36 * DAY;
    const hanging = nightly(1, {
      dueAt: null,
      startedAt: iso(start),
      endedAt: null,
      outcome: 'running',
    });
    const lines = [...nightsWithSundays(36, 400), hanging];
    const [found] = await stuck(lines, new Date(start + 20 * HOUR));
    expect(Date.parse(found?.raisedAt ?? '')).toBe(start + 10 * HOUR);
    expect(found?.sentence).toContain('6 h 40 min');
  });
});
