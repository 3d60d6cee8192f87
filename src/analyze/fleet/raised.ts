import type { FindingDraft } from '../../domain/judgement.ts';
import type { Raised } from './deliver.ts';
import type { Trip } from './shared-cause.ts';

/** What delivery asks of a finding. */
export function raisedOf(draft: FindingDraft, trip: Trip): Raised {
  const { fingerprint, severity, probability = null } = draft;
  return { ...trip, fingerprint, severity, probability, factor: factorOf(draft) };
}

/** How far what was seen is from what is usual; null: one of them is no positive number. */
function factorOf({ observed, expected }: FindingDraft): number | null {
  const [seen, usual] = [observed.value, expected.value];
  const numbers = typeof seen === 'number' && typeof usual === 'number' && seen > 0 && usual > 0;
  return numbers ? Math.max(seen / usual, usual / seen) : null;
}
