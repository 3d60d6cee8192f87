import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../domain/time.ts';
import type { Random } from './random.ts';

export type CadenceName = 'hourly' | 'six-hourly' | 'half-daily' | 'daily' | 'weekly';

/** A schedule in UTC: its cron expression, and its due times at phase + n × period (milliseconds). */
export interface Cadence {
  name: CadenceName;
  expression: string;
  periodMs: number;
  phaseMs: number;
}

/** 1 January 1970 was a Thursday. */
const FIRST_WEEKDAY = 4;

/** `hour` and `weekday` matter only where the cadence has them. */
export function cadenceOf(name: CadenceName, minute: number, hour = 0, weekday = 0): Cadence {
  const minuteMs = minute * MINUTE_MS;
  const dayMs = hour * HOUR_MS + minuteMs;
  const weekMs = ((weekday - FIRST_WEEKDAY + 7) % 7) * DAY_MS + dayMs;
  const rows: Record<CadenceName, [string, number, number]> = {
    hourly: [`${minute} * * * *`, HOUR_MS, minuteMs],
    'six-hourly': [`${minute} */6 * * *`, 6 * HOUR_MS, minuteMs],
    'half-daily': [`${minute} */12 * * *`, 12 * HOUR_MS, minuteMs],
    daily: [`${minute} ${hour} * * *`, DAY_MS, dayMs],
    weekly: [`${minute} ${hour} * * ${weekday}`, 7 * DAY_MS, weekMs],
  };
  const [expression, periodMs, phaseMs] = rows[name];
  return { name, expression, periodMs, phaseMs };
}

/** A nightly hour and a minute away from the full hour. */
export function randomCadence(name: CadenceName, random: Random): Cadence {
  return cadenceOf(name, random.int(2, 57), random.int(1, 5), random.int(0, 6));
}

/** The number of the first due time after the instant; `dueAt` turns it into the instant. */
export function nextDue(cadence: Cadence, after: number): number {
  return Math.floor((after - cadence.phaseMs) / cadence.periodMs) + 1;
}

export function dueAt(cadence: Cadence, due: number): number {
  return cadence.phaseMs + due * cadence.periodMs;
}
