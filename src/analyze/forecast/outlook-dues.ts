import type { Schedule } from '../../domain/facts.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { cadence, dueTimes } from '../schedules/due-times.ts';

/** A schedule's interval must not depend on when it is asked for: a Monday. */
export const INTERVAL_FROM = new Date('2026-01-05T00:00:00Z');

/** Due times looked at; what lies beyond changes nothing a person would act on. */
const MOST_DUES = 400;

/** The due time `first` and those after it up to and including `until`, ascending. */
export function outlookDues(schedule: Schedule, first: number, until: number): number[] {
  const dues = first <= until ? [first] : [];
  const step = (regularInterval(schedule) ?? 0) * SECOND_MS;
  if (step > 0) {
    for (let due = first + step; due <= until && dues.length < MOST_DUES; due += step)
      dues.push(due);
    return dues;
  }
  for (const due of dueTimes(schedule, new Date(first), new Date(until))) {
    dues.push(due.getTime());
    if (dues.length >= MOST_DUES) break;
  }
  return dues;
}

/** s, where due times lie evenly; null: they do not, or there are none. */
function regularInterval(schedule: Schedule): number | null {
  const found = cadence(schedule, INTERVAL_FROM);
  return found !== null && found.longestGapSeconds === found.intervalSeconds
    ? found.intervalSeconds
    : null;
}
