import type { Claim } from './selection.ts';
import { atText } from './cluster/words.ts';
import type { ClusterView } from './cluster/view.ts';

export const EXEMPT_ANNOTATION = 'plimsoll.dev/exempt';
/** An opt-out key that several GitOps repositories use, as label or annotation. */
const EXEMPT_KEY = 'backup-exempt';
const NO = new Set(['false', 'no', '0', 'off']);

/** The reason why a claim needs no backup, as someone gave it; null when nobody did or it has run out. */
export function exemptionOf(view: ClusterView, claim: Claim): string | null {
  const row = view.index.exemptions.get(claim.resourceId);
  if (row !== undefined && (row.expiresAt === null || row.expiresAt > view.now))
    return row.expiresAt === null ? row.reason : `${row.reason} (until ${atText(row.expiresAt)})`;
  const annotation = claim.annotations[EXEMPT_ANNOTATION];
  if (annotation !== undefined && !isNo(annotation))
    return annotation.trim() === ''
      ? `annotation ${EXEMPT_ANNOTATION}, no reason given`
      : annotation;
  const optOut = claim.annotations[EXEMPT_KEY] ?? claim.labels[EXEMPT_KEY];
  return optOut === undefined || isNo(optOut) ? null : `${EXEMPT_KEY}: ${optOut}`;
}

function isNo(value: string): boolean {
  return NO.has(value.trim().toLowerCase());
}
