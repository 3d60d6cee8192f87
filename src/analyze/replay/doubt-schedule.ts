import type { RunLine } from '../../domain/run-line.ts';
import { sayDuration } from '../job/phrases.ts';
import { INTERVAL_FROM, intervalSeconds, readSchedule } from '../schedules/due-times.ts';
import { scheduleOf } from './segments.ts';

/** Why a run's cron expression hardly says what was meant; null: nothing speaks against it. */
export function doubtSchedule(run: RunLine): string | null {
  const schedule = scheduleOf(run);
  if (schedule.type !== 'cron') return null;
  const reading = readSchedule(schedule);
  if (reading.type === 'unknown') return `schedule: ${reading.reason}; nothing is due by it`;
  const text = schedule.expression.trim();
  if (run.engine !== 'cnpg' || text.split(/\s+/).length !== 5) return null;
  // CloudNativePG's own admission warns of it, and then goes by it.
  const interval = sayDuration(intervalSeconds(schedule, INTERVAL_FROM) ?? 0);
  return `schedule: "${text}" has five fields, and CloudNativePG takes the first for seconds: it is due every ${interval}; what it means elsewhere is "0 ${text}"`;
}
