import type { RaisedFigures } from '../../domain/delivery.ts';
import type { FindingDraft } from '../../domain/judgement.ts';

/** What delivery asks of a finding besides what it shares with others. */
export type OwnFigures = Pick<RaisedFigures, 'kind' | 'severity' | 'probability' | 'factor'>;

export function ownFigures(draft: FindingDraft): OwnFigures {
  const { kind, severity, probability = null } = draft;
  return { kind, severity, probability, factor: factorOf(draft) };
}

/** How far what was seen is from what is usual; null: one of them is no positive number. */
function factorOf({ observed, expected }: FindingDraft): number | null {
  const [seen, usual] = [observed.value, expected.value];
  const numbers = typeof seen === 'number' && typeof usual === 'number' && seen > 0 && usual > 0;
  return numbers ? Math.max(seen / usual, usual / seen) : null;
}
