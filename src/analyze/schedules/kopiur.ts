import type { Dialect, Reading, Recurrence } from './recurrence.ts';
import { DESCRIPTORS, readRobfig } from './robfig.ts';

/** The least value of each of the five fields. */
const LEAST = [0, 0, 1, 1, 0];
const DAY_SECONDS = 86_400;

/**
 * kopiur's schedule: five fields, in which `H` is a value the controller draws from the schedule's UID. Where only
 * that is open, the time between two runs is known though not the hour; the reader puts the value in as soon as
 * `status.nextSchedule` shows it.
 */
export const readKopiur: Dialect = (expression, timeZone) => {
  const fields = expression.trim().split(/\s+/);
  const drawn = fields.map((field, index) => (field === 'H' ? String(LEAST[index]) : field));
  const read = readRobfig(drawn.join(' '), timeZone, {
    descriptors: Object.keys(DESCRIPTORS),
    names: true,
  });
  return read.type === 'recurrence' && fields.includes('H') ? periodOf(read.recurrence) : read;
};

/** The time between two runs where it is always the same. */
function periodOf({ dayPattern, minutesOfDay }: Recurrence): Reading {
  const days = dayPattern.replace(/^0 0 /, '');
  const [first = 0] = minutesOfDay;
  const gaps = minutesOfDay.map(
    (minute, index) => (minutesOfDay[index + 1] ?? first + 24 * 60) - minute,
  );
  const even = gaps.every((gap) => gap === gaps[0]);
  if (days === '* * *' && even) return { type: 'interval', seconds: (gaps[0] ?? 0) * 60 };
  if (/^\* \* \d$/.test(days) && gaps.length === 1)
    return { type: 'interval', seconds: 7 * DAY_SECONDS };
  return { type: 'unknown', reason: 'it is due at a moment that only kopiur knows' };
}
