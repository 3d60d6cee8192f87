import { describe, expect, it } from 'vitest';
import {
  brokeWithin,
  followObjective,
  freshWatch,
  isTimeForOutlook,
  noteCopy,
  takeOver,
} from './outlook-watch.ts';
import type { OutlookWatch } from './outlook-watch.ts';

const DAY = 86_400_000;

/** A copy of day 0, two days allowed, and an outlook of `at`. */
function watchFrom(at: number): OutlookWatch {
  const watch = freshWatch();
  followObjective(watch, 2 * DAY);
  noteCopy(watch, 0, 1_000);
  watch.waiting.push({ at, x: [[1], [1]], stated: [0.1, 0.4], brokenAt: null });
  return watch;
}

describe('an outlook that waits', () => {
  it('is answered when its week is over, and not as soon as the RPO breaks', () => {
    const watch = watchFrom(DAY);
    noteCopy(watch, 3 * DAY, 3 * DAY + 1_000);
    expect(takeOver(watch, 5 * DAY)).toEqual([]);
    const [over] = takeOver(watch, 8 * DAY);
    expect(over).toMatchObject({ at: DAY, brokenAt: 2 * DAY });
    expect(watch.waiting).toEqual([]);
    expect([brokeWithin(over!, 0), brokeWithin(over!, 1)]).toEqual([1, 1]);
  });

  it('tells the day from the week', () => {
    const watch = watchFrom(DAY / 2);
    noteCopy(watch, 3 * DAY, 3 * DAY + 1_000);
    const [over] = takeOver(watch, 8 * DAY);
    expect([brokeWithin(over!, 0), brokeWithin(over!, 1)]).toEqual([0, 1]);
  });

  it('held where each copy came in time, to the end of its run', () => {
    const watch = watchFrom(DAY);
    for (let day = 1; day < 9; day += 1) noteCopy(watch, day * DAY, (day + 0.9) * DAY);
    expect(takeOver(watch, 9 * DAY)).toMatchObject([{ brokenAt: null }]);
    const slow = watchFrom(DAY);
    noteCopy(slow, 1.5 * DAY, 2.1 * DAY);
    expect(slow.waiting).toMatchObject([{ brokenAt: 2 * DAY }]);
  });

  it('is not answered under another objective', () => {
    const watch = watchFrom(DAY);
    followObjective(watch, 2 * DAY);
    expect(watch.waiting).toHaveLength(1);
    followObjective(watch, 3 * DAY);
    expect(watch.waiting).toEqual([]);
  });

  it('is kept every third day, three at once', () => {
    const watch = watchFrom(0);
    const kept: number[] = [];
    for (let day = 1; day < 30; day += 1) {
      noteCopy(watch, (day - 1) * DAY, (day - 1) * DAY);
      takeOver(watch, day * DAY);
      if (!isTimeForOutlook(watch, day * DAY)) continue;
      watch.waiting.push({ at: day * DAY, x: [[1], [1]], stated: [0.1, 0.4], brokenAt: null });
      kept.push(day);
      expect(watch.waiting.length).toBeLessThanOrEqual(3);
    }
    expect(kept).toEqual([3, 6, 9, 12, 15, 18, 21, 24, 27]);
  });
});
