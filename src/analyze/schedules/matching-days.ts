import { Cron } from 'croner';

const REMEMBERED = 1_000;
const years = new Map<string, readonly number[]>();

/**
 * Midnights, in UTC milliseconds, of a year's days that a day pattern of recurrence.ts names, ascending. A fleet has
 * few patterns and asks for the same years again and again, so they are remembered.
 */
export function matchingDays(dayPattern: string, year: number): readonly number[] {
  const key = `${year} ${dayPattern}`;
  const known = years.get(key);
  if (known !== undefined) return known;
  if (years.size >= REMEMBERED) years.clear();
  const days = find(dayPattern, year);
  years.set(key, days);
  return days;
}

function find(dayPattern: string, year: number): number[] {
  const cron = new Cron(dayPattern, { timezone: 'UTC', mode: '5-part' });
  const end = Date.UTC(year + 1, 0, 1);
  const days: number[] = [];
  let day = cron.nextRun(new Date(Date.UTC(year, 0, 1) - 1_000));
  while (day !== null && day.getTime() < end) {
    days.push(day.getTime());
    day = cron.nextRun(day);
  }
  return days;
}
