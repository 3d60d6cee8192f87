import { addSeconds } from '../domain/time.ts';

/** Clocks of controllers, storage and API server may differ by this much before a time counts as in the future. */
const CLOCK_SLACK_SECONDS = 300;

/** The complaint about the first time that lies in the future by the cluster's clock and so proves nothing yet; null: none does. */
export function aheadOfClock(
  times: readonly (Date | null | undefined)[],
  observedAt: Date,
): string | null {
  const latest = addSeconds(observedAt, CLOCK_SLACK_SECONDS);
  const ahead = times.find((time) => time && time > latest);
  return ahead ? `${ahead.toISOString()} lies in the future: check the clocks` : null;
}
