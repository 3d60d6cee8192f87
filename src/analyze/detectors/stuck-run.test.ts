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

/** A job of eight minutes four times a day, which begins each week and month with so many minutes. */
function quartersOfDays(days: number, { week = 8, month = 8 }): string[] {
  return Array.from({ length: days * 4 }, (_, index) => {
    const start = FROM + index * 6 * HOUR;
    const at = new Date(start);
    const first = index % 4 === 0;
    const weekly = first && at.getUTCDay() === 0 ? week : 8;
    const minutes = first && at.getUTCDate() === 1 ? month : weekly;
    return nightly(1, {
      schedule: '0 2,8,14,20 * * *',
      dueAt: null,
      startedAt: iso(start),
      endedAt: iso(start + (minutes + (index % 3) / 4) * 60_000),
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

  it('knows the full backup of a week or month after many others', async () => {
    const found = await stuck(quartersOfDays(100, { week: 100, month: 200 }));
    expect(found.map(({ raisedAt }) => raisedAt.slice(0, 10))).toEqual([
      '2026-09-13',
      '2026-10-01',
    ]);
  });

  it('tells a full backup that hangs, and any other after an hour', async () => {
    const runs = quartersOfDays(56, { week: 100 });
    const hanging = (index: number) =>
      stuck(
        [
          ...runs.slice(0, index),
          nightly(1, {
            schedule: '0 2,8,14,20 * * *',
            dueAt: null,
            startedAt: iso(FROM + index * 6 * HOUR),
            endedAt: null,
            outcome: 'running',
          }),
        ],
        new Date(FROM + (index + 2) * 6 * HOUR),
      );
    const onSunday = (await hanging(49 * 4)).at(-1);
    expect(Date.parse(onSunday?.raisedAt ?? '')).toBeLessThan(FROM + 49 * DAY + 5 * HOUR);
    expect(onSunday?.sentence).toContain('no longer than 3 h');
    const onSaturday = (await hanging(55 * 4)).at(-1);
    expect(Date.parse(onSaturday?.raisedAt ?? '')).toBeLessThan(FROM + 55 * DAY + 1.5 * HOUR);
  });

  it('tells a first run of a day in the digest only: it may still be copying', async () => {
    const times = { startedAt: iso(FROM), endedAt: iso(FROM + 30 * HOUR), dueAt: null };
    const found = await stuck([nightly(1, { schedule: null, ...times })]);
    expect(found).toMatchObject([{ severity: 'low', delivery: 'digest' }]);
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
