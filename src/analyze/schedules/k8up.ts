import { DAY_MS, HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import type { Dialect } from './recurrence.ts';
import { readVelero } from './velero.ts';

/** What K8up draws once from the Schedule's name and keeps (its schedulecontroller/randomizer.go, 2026-06). */
const RANDOM_MS: Readonly<Record<string, number>> = {
  '@hourly-random': HOUR_MS,
  '@daily-random': DAY_MS,
  '@weekly-random': 7 * DAY_MS,
};

/** K8up's schedule: robfig's standard parser, as Velero's, and `@daily-random` and its like before they are drawn. */
export const readK8up: Dialect = (expression, timeZone) => {
  const text = expression.trim();
  const period = RANDOM_MS[text];
  if (period !== undefined) return { type: 'interval', seconds: period / SECOND_MS };
  if (text.endsWith('-random'))
    return { type: 'unknown', reason: `"${text}" is not drawn yet: when it is due is not known` };
  return readVelero(text, timeZone);
};
