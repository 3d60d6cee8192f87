import { AppError } from '../../domain/error.ts';
import { SECOND_MS } from '../../domain/time.ts';
import { pause } from './backoff.ts';

/** As often as the API's own clients ask again. */
const TRIES = 10;
const LONGEST_MS = 60 * SECOND_MS;

/** The seconds a `Retry-After` names, in milliseconds; null when it names none. */
export function retryAfterMs(header: string | undefined): number | null {
  const text = header?.trim() ?? '';
  return /^\d{1,6}$/.test(text) ? Math.min(Number(text) * SECOND_MS, LONGEST_MS) : null;
}

/**
 * Asks again when the API says that it is busy and how long to wait, as its flow control does (429, at times 503): no
 * sooner than it says, and up to a quarter later, so that those who were refused together do not come back together.
 */
export async function withRetryAfter<T>(
  ask: () => Promise<T>,
  signal: AbortSignal,
  random: () => number = Math.random,
): Promise<T> {
  for (let tried = 1; ; tried += 1) {
    try {
      return await ask();
    } catch (error) {
      const wait = error instanceof AppError ? error.details['retryAfterMs'] : null;
      if (typeof wait !== 'number' || tried >= TRIES || signal.aborted) throw error;
      await pause(wait * (1 + random() / 4), signal);
      signal.throwIfAborted();
    }
  }
}
