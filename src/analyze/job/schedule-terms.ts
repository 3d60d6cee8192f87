import type { Schedule } from '../../domain/facts.ts';
import { cadence, INTERVAL_FROM, readSchedule } from '../schedules/due-times.ts';
import type { Cadence } from '../schedules/due-times.ts';
import { stateKey } from './state-key.ts';
import type { Reading } from '../schedules/recurrence.ts';

/** What a schedule means to a job. */
export interface ScheduleTerms {
  text: string;
  /** The same for schedules that say the same. */
  key: string;
  reading: Reading;
  /** Null when it has no due times. */
  cadence: Cadence | null;
}

const known = new WeakMap<Schedule, ScheduleTerms>();

/** Found out once for each object; facts are never changed but replaced. */
export function termsOf(schedule: Schedule): ScheduleTerms {
  const before = known.get(schedule);
  if (before !== undefined) return before;
  const text = JSON.stringify(schedule);
  const terms = {
    text,
    key: stateKey(text),
    reading: readSchedule(schedule),
    cadence: cadence(schedule, INTERVAL_FROM),
  };
  known.set(schedule, terms);
  return terms;
}
