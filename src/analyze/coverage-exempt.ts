import type { Claim } from './selection.ts';
import { hasCome } from './cluster/view-time.ts';
import { atText } from './cluster/words.ts';
import type { ClusterView } from './cluster/view.ts';

/** The reason why a claim needs no backup, as someone gave it; null when nobody did or it has run out. */
export function exemptionOf(view: ClusterView, claim: Claim): string | null {
  const row = view.index.exemptions.get(claim.resourceId);
  const told = view.index.labels.get(claim.resourceId)?.exemptions ?? [];
  const given = [
    ...(row === undefined ? [] : [{ reason: row.reason, until: row.expiresAt }]),
    ...told,
  ].find(({ until }) => until === null || !hasCome(view, until));
  if (given === undefined) return null;
  return given.until === null ? given.reason : `${given.reason} (until ${atText(given.until)})`;
}
