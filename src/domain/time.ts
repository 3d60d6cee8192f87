/** Where every `now` comes from. `compose.ts` hands one out; the pure rooms take instants as arguments. */
export interface Clock {
  now(): Date;
}

export const SECOND_MS = 1_000;
export const MINUTE_MS = 60_000;
export const HOUR_MS = 3_600_000;
export const DAY_MS = 86_400_000;

/** Judgement moves in aligned five-minute event-time ticks, so that replay and production agree. */
export const TICK_MS = 5 * MINUTE_MS;

/** The first tick at or after the instant. */
export function tickAtOrAfter(instant: Date): Date {
  return new Date(Math.ceil(instant.getTime() / TICK_MS) * TICK_MS);
}

export function secondsBetween(from: Date, until: Date): number {
  return (until.getTime() - from.getTime()) / SECOND_MS;
}

export function addSeconds(instant: Date, seconds: number): Date {
  return new Date(instant.getTime() + seconds * SECOND_MS);
}
