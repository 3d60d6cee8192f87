import { describe, expect, it } from 'vitest';
import { seeded } from '../../../test/support/run-lines.ts';
import { createForecaster } from './forecaster.ts';
import type { Forecaster, KnownJob } from './forecaster.ts';

const DAY = 86_400_000;
const START = Date.UTC(2026, 0, 5);
const JOBS = 40;

function jobOf(index: number): KnownJob {
  return {
    key: `job ${index}`,
    className: 'volsync daily',
    groups: [],
    schedule: { type: 'interval', seconds: 86_400 },
    rpoMs: 2 * DAY,
  };
}

/** Every job runs each day; after `days`, what is stated of each job's day and week. */
function play(days: number, failsOn: (index: number, day: number) => boolean): Forecaster {
  const forecaster = createForecaster();
  for (let day = 0; day < days; day += 1)
    for (let index = 0; index < JOBS; index += 1) {
      const due = START + day * DAY + index * 60_000;
      forecaster.expect(jobOf(index), due);
      forecaster.settle(jobOf(index), {
        at: due + 30_000,
        dueAt: due,
        failed: failsOn(index, day),
        missed: false,
        seconds: 20,
        delaySeconds: 10,
        tries: 0,
        bytes: null,
        cause: null,
      });
    }
  return forecaster;
}

function weekOf(forecaster: Forecaster, days: number): number {
  const job = jobOf(0);
  const due = START + days * DAY;
  const first = forecaster.look(job, due).probability;
  const copyAt = due - DAY;
  return forecaster.outlook(job, { now: due, due, copyAt, first }).withinWeek!;
}

describe('the outlook on a broken RPO', () => {
  it('is certain where the copy at hand decides it', () => {
    const forecaster = play(3, () => false);
    const job = jobOf(0);
    const from = { now: START + 3 * DAY, due: START + 3 * DAY, first: 0.5 };
    const outlook = (copyAt: number | null) => forecaster.outlook(job, { ...from, copyAt });
    expect(outlook(null)).toEqual({ withinDay: null, withinWeek: null });
    expect(outlook(START + DAY)).toEqual({ withinDay: 1, withinWeek: 1 });
    expect(outlook(START + 2.5 * DAY)).toMatchObject({ withinDay: 0 });
    expect(forecaster.outlook({ ...job, rpoMs: 30 * DAY }, { ...from, copyAt: START })).toEqual({
      withinDay: 0,
      withinWeek: 0,
    });
  });

  it('of frequent runs reaches to the end of its week', () => {
    const forecaster = play(10, () => false);
    const week = (minutes: number) => {
      const schedule = { type: 'interval', seconds: minutes * 60 } as const;
      const job = { ...jobOf(0), schedule, rpoMs: DAY };
      const due = START + 10 * DAY;
      const ahead = { now: due, due, copyAt: due - minutes * 60_000, first: 1e-3 };
      return forecaster.outlook(job, ahead).withinWeek!;
    };
    expect(week(60)).toBeLessThan(0.05);
    expect(week(15)).toBeLessThan(0.05);
    expect(week(1)).toBeLessThan(0.05);
  });

  it.each([1, 5, 10])(
    'of runs that fail every %i minutes tells that the copy at hand gets too old in two days',
    (minutes) => {
      const forecaster = play(10, () => true);
      const schedule = { type: 'interval', seconds: minutes * 60 } as const;
      const job = { ...jobOf(0), schedule, rpoMs: 2 * DAY };
      const due = START + 10 * DAY;
      const ahead = { now: due, due, copyAt: due - DAY / 4, first: 0.999 };
      expect(forecaster.outlook(job, ahead).withinWeek).toBeGreaterThan(0.5);
    },
  );

  it('never holds a week for safer than its first day', () => {
    const random = seeded(3);
    const forecaster = play(20, () => random() < 0.3);
    for (let hour = 1; hour < 48; hour += 1) {
      const now = START + 20 * DAY;
      const ahead = { now, due: now, copyAt: now - hour * 3_600_000, first: 0.4 };
      const { withinDay, withinWeek } = forecaster.outlook(jobOf(1), ahead);
      expect(withinWeek).toBeGreaterThanOrEqual(withinDay!);
    }
  });

  it('learns how often weeks really break where failures come together', () => {
    // One day in ten all fail: 1 − .9⁶ = .47 of the weeks break, whatever one job's own luck.
    const random = seeded(5);
    const bad = Array.from({ length: 150 }, () => random() < 0.1);
    const forecaster = play(150, (_, day) => bad[day]!);
    const breaks = Array.from({ length: 140 }, (_, day) => bad.slice(day, day + 6).includes(true));
    const share = breaks.filter(Boolean).length / breaks.length;
    expect(Math.abs(weekOf(forecaster, 150) - share)).toBeLessThan(0.12);
  });

  it('learns at midnight only', () => {
    const random = seeded(9);
    const forecaster = play(40, () => random() < 0.2);
    const [, week] = forecaster.state.model.outlooks.beliefs;
    const due = START + 40 * DAY;
    forecaster.expect(jobOf(0), due);
    const morning = [...week!.mean];
    for (let index = 1; index < JOBS; index += 1) forecaster.expect(jobOf(index), due + index);
    expect(week!.mean).toEqual(morning);
    forecaster.advance(due + DAY);
    expect(week!.mean).not.toEqual(morning);
  });
});
