/** When something is due, in wall time of a zone: which days, and which minutes of such a day. */
export interface Recurrence {
  /** Five-field expression that croner reads as "midnight of each day that matches". */
  dayPattern: string;
  /** Minutes since midnight, ascending. */
  minutesOfDay: readonly number[];
  timeZone: string;
}

/** What an expression means in its engine's dialect; `unknown` says why nothing can be derived from it. */
export type Reading =
  | { type: 'recurrence'; recurrence: Recurrence }
  | { type: 'interval'; seconds: number }
  | { type: 'unknown'; reason: string };

/** Reads one engine's dialect. Never throws: what it does not understand is `unknown` with the reason. */
export type Dialect = (expression: string, timeZone: string) => Reading;
