import type { Outcome } from '../../domain/words.ts';
import { causeOf } from '../causes.ts';

/** A run that leaves nothing usable, or less than was asked for, failed. */
export function failedOf(run: { outcome: Outcome } | null): boolean | null {
  if (run === null) return true;
  if (run.outcome === 'success') return false;
  return run.outcome === 'failed' || run.outcome === 'partial' || run.outcome === 'empty'
    ? true
    : null;
}

/** The known cause, else the engine's words without figures and names, cut short. */
export function causeKey(error: string | null): string | null {
  if (error === null || error === '') return null;
  const known = causeOf(error);
  return known === null
    ? error
        .toLowerCase()
        .replace(/[^a-z ]+/g, '')
        .slice(0, 24)
    : known.code;
}
