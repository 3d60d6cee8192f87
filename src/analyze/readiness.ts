import type { RestoreRunFact } from '../domain/facts.ts';
import type { Readiness } from '../domain/judgement.ts';
import { DAY_MS } from '../domain/time.ts';
import { atText, nameOf } from './cluster/words.ts';
import { sayBytes } from './job/phrases.ts';
import type { ClusterView } from './cluster/view.ts';
import { hasPassed } from './cluster/view-time.ts';
import type { RecoveryPath } from './risk-paths.ts';
import type { Claim } from './selection.ts';

/** A restore proves for a quarter of a year that the way back works; then it is history. */
const PROOF_LASTS_MS = 90 * DAY_MS;

/** How surely the claim can come back, by the best evidence that still counts. Texts hold instants, not ages. */
export function readinessOf(
  view: ClusterView,
  claim: Claim,
  paths: readonly RecoveryPath[],
): Readiness {
  const newest = newestOf(paths.filter((path) => !path.locationUnavailable));
  const restore = lastRestoreOf(view, claim);
  const restoredAt = restore === null ? null : endOf(restore);
  if (restore !== null && restoredAt !== null && newest !== null) {
    const text = `a restore of ${sayBytes(restore.restoredBytes ?? 0)} through ${restore.kind} ${nameOf(restore)} succeeded at ${atText(restoredAt)}`;
    if (!hasPassed(view, restoredAt.getTime() + PROOF_LASTS_MS))
      return { level: 'restored', provenAt: restoredAt, text };
    return listed(newest, `; ${text}, too long ago to count`);
  }
  if (newest !== null) return listed(newest, '; no restore has proved it');
  if (paths.some((path) => path.newestAt !== null && path.locationUnavailable))
    return declared('its restore points lie in a storage location that is unavailable');
  const local = paths.find((path) => path.sameStorage)?.newestAt ?? null;
  if (local !== null)
    return listed(
      local,
      ' is a snapshot on the volume’s own storage and is lost with it; no backup lies elsewhere',
    );
  if (paths.some((path) => path.active)) return declared('a policy names it, no restore point yet');
  return { level: 'none', provenAt: null, text: 'no policy and no restore point' };
}

function listed(newest: Date, note: string): Readiness {
  return {
    level: 'listed',
    provenAt: newest,
    text: `newest restore point ${atText(newest)}${note}`,
  };
}

function declared(text: string): Readiness {
  return { level: 'declared', provenAt: null, text };
}

/** When the newest copy was made that outlives the claim's own storage; null: there is none. */
export function newestOf(paths: readonly RecoveryPath[]): Date | null {
  let newest: Date | null = null;
  for (const { newestAt, sameStorage } of paths)
    if (!sameStorage && newestAt !== null && (newest === null || newestAt > newest))
      newest = newestAt;
  return newest;
}

/** The last restore that brought bytes back; "succeeded" without bytes proves nothing. */
export function lastRestoreOf(view: ClusterView, claim: Claim): RestoreRunFact | null {
  let last: RestoreRunFact | null = null;
  for (const restore of view.index.restoresOf.get(claim.resourceId) ?? []) {
    const at = endOf(restore);
    if (restore.outcome !== 'success' || (restore.restoredBytes ?? 0) <= 0 || at === null) continue;
    const known = last === null ? null : endOf(last);
    if (known === null || at > known) last = restore;
  }
  return last;
}

function endOf(restore: RestoreRunFact): Date | null {
  return restore.endedAt ?? restore.startedAt;
}
