import type { Schedule } from '../../domain/facts.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { cadence, dueTimes, INTERVAL_FROM } from '../schedules/due-times.ts';

/** Due times looked at. */
const MOST_DUES = 400;

export interface OutlookDues {
  /** ms, ascending. */
  dues: number[];
  /** ms; as far as they are looked at: there may be more of them beyond. */
  until: number;
}

/** The due time `first` and those after it up to and including `until`, or as many as are looked at. */
export function outlookDues(schedule: Schedule, first: number, until: number): OutlookDues {
  const dues: number[] = [];
  for (const due of duesFrom(schedule, first, until)) {
    dues.push(due);
    if (dues.length >= MOST_DUES) return { dues, until: due };
  }
  return { dues, until };
}

function* duesFrom(schedule: Schedule, first: number, until: number): Generator<number> {
  if (first <= until) yield first;
  const step = (regularInterval(schedule) ?? 0) * SECOND_MS;
  if (step > 0) for (let due = first + step; due <= until; due += step) yield due;
  else for (const due of dueTimes(schedule, new Date(first), new Date(until))) yield due.getTime();
}

/** s, where due times lie evenly; null: they do not, or there are none. */
function regularInterval(schedule: Schedule): number | null {
  const found = cadence(schedule, INTERVAL_FROM);
  return found !== null && found.longestGapSeconds === found.intervalSeconds
    ? found.intervalSeconds
    : null;
}
