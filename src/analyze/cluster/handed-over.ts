import type { Claim } from '../selection.ts';
import type { JudgedPolicy } from './inventory.ts';
import { lastSuccessOf } from './view.ts';
import type { ClusterView } from './view.ts';

/** The claim's newest success by a policy that no longer runs: it is gone, or paused. */
export interface HandedOver {
  policy: JudgedPolicy;
  at: Date;
}

/** Null when no policy that has ended is known to have taken the claim with success. */
export function handedOver(view: ClusterView, claim: Claim): HandedOver | null {
  const { declarations, gonePolicies, pointsOfClaim } = view.index;
  let newest: HandedOver | null = null;
  const offer = (policy: JudgedPolicy, at: Date | null): void => {
    if (at !== null && (newest === null || at > newest.at)) newest = { policy, at };
  };
  for (const { policy } of declarations.get(claim.resourceId) ?? [])
    if (policy.paused) offer(policy, lastSuccessOf(view, policy, claim));
  for (const { policyId, takenAt } of pointsOfClaim.get(claim.resourceId) ?? []) {
    const policy = policyId === null ? undefined : gonePolicies.get(policyId);
    if (policy !== undefined) offer(policy, takenAt);
  }
  return newest;
}
