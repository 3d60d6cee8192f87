import type { CoverageRow, Protection } from '../domain/judgement.ts';
import { outcomesUnseen, policiesUnseen } from './coverage-sight.ts';
import { exemptionOf } from './coverage-exempt.ts';
import { handedOver } from './cluster/handed-over.ts';
import type { Declaration, JudgedPolicy } from './cluster/inventory.ts';
import { patienceEnds } from './cluster/never-succeeded.ts';
import { scheduleKey } from './cluster/run-memory.ts';
import type { Claim } from './selection.ts';
import { atText, nameOf } from './cluster/words.ts';
import { isUnclear, lastSuccessOf, lastSuccessOfPolicy } from './cluster/view.ts';
import type { ClusterView } from './cluster/view.ts';
import { hasCome } from './cluster/view-time.ts';

/** Which policy takes which claim; a paused one too, for what it took is still there. Mere wishes do not count. */
export function protectionsOf(view: ClusterView): Protection[] {
  const protections: Protection[] = [];
  for (const { policyId } of view.index.policies)
    for (const { resourceId } of view.index.claimsOf.get(policyId) ?? [])
      protections.push({ policyId, resourceId });
  return protections;
}

type Verdict = Pick<CoverageRow, 'state' | 'reason'>;

/** Whether each claim's data is taken, and how we know. Temporary claims are not listed. */
export function coverageOf(view: ClusterView): CoverageRow[] {
  return view.index.claims.map((claim) => coverClaim(view, claim));
}

/** The same for one claim. */
export function coverClaim(view: ClusterView, claim: Claim): CoverageRow {
  const all = view.index.declarations.get(claim.resourceId) ?? [];
  const active = all.filter((one) => !one.policy.paused);
  const taking = active.filter((one) => one.taking.take === 'taken');
  const successes = [
    handedOver(view, claim)?.at ?? null,
    ...all.map(({ policy }) => lastSuccessOf(view, policy, claim)),
  ].filter((at) => at !== null);
  const lastSuccessAt =
    successes.length === 0 ? null : new Date(Math.max(...successes.map((at) => at.getTime())));
  const exemption = exemptionOf(view, claim);
  const verdict: Verdict =
    exemption !== null
      ? { state: 'exempt', reason: exemption }
      : (declared(view, claim, taking) ?? undeclared(view, claim, all, active));
  const policyIds = taking.map((one) => one.policy.policyId);
  return { resourceId: claim.resourceId, ...verdict, policyIds, lastSuccessAt };
}

/** The verdict when at least one running policy takes the claim; null when none does. */
function declared(view: ClusterView, claim: Claim, taking: Declaration[]): Verdict | null {
  if (taking.length === 0) return null;
  let best: { policy: JudgedPolicy; at: Date } | null = null;
  for (const { policy } of taking) {
    const at = lastSuccessOf(view, policy, claim);
    if (at !== null && (best === null || at > best.at)) best = { policy, at };
  }
  if (best !== null)
    return {
      state: 'protected',
      reason: `${best.policy.kind} ${nameOf(best.policy)} takes it; last success ${atText(best.at)}`,
    };
  return takenOver(view, claim, taking) ?? unproven(view, claim, taking);
}

/** A claim that has moved stays protected by its last success while its new policy has yet to have its first. */
function takenOver(view: ClusterView, claim: Claim, taking: Declaration[]): Verdict | null {
  const heir = taking.find(({ policy }) => !hasCome(view, patienceEnds(view, policy)))?.policy;
  const before = heir === undefined ? null : handedOver(view, claim);
  if (heir === undefined || before === null) return null;
  const { policy, at } = before;
  return {
    state: 'protected',
    reason: `${heir.kind} ${nameOf(heir)} takes over from ${policy.kind} ${nameOf(policy)}; last success ${atText(at)}`,
  };
}

function unproven(view: ClusterView, claim: Claim, taking: Declaration[]): Verdict {
  for (const { policy, taking: how } of taking) {
    const unread = outcomesUnseen(view.index.inventory.problems, policy.engine, policy.namespace);
    const who = `${policy.kind} ${nameOf(policy)}`;
    if (unread !== null)
      return {
        state: 'unknown',
        reason: `${who} names it, but what its runs came to could not be read: ${unread.message}`,
      };
    if (isUnclear(view, policy.policyId, claim.resourceId))
      return {
        state: 'unknown',
        reason: `${who} names it, but how its newest run went is not known`,
      };
    if (how.take === 'taken' && !how.listed && lastSuccessOfPolicy(view, policy) !== null)
      return {
        state: 'unknown',
        reason: `${who} has it in scope, but provider snapshots leave no object per volume: whether it was taken cannot be seen`,
      };
    const { latest } = view.runs.schedules.get(scheduleKey(policy.policyId)) ?? {};
    if (latest?.unlisted === true)
      return {
        state: 'unknown',
        reason: `${who} has it in scope, but no object says which volumes ${latest.name} took`,
      };
  }
  const names = taking.map(({ policy }) => nameOf(policy)).join(', ');
  return {
    state: 'never-succeeded',
    reason: `declared by ${names}, which has never succeeded for it`,
  };
}

function undeclared(
  view: ClusterView,
  claim: Claim,
  all: Declaration[],
  active: Declaration[],
): Verdict {
  for (const { policy, taking } of active)
    if (taking.take === 'unknown')
      return { state: 'unknown', reason: `${policy.kind} ${nameOf(policy)}: ${taking.reason}` };
  const unseen = policiesUnseen(view.index.inventory.problems, claim.namespace);
  if (unseen !== null)
    return {
      state: 'unknown',
      reason: `whether a policy covers it could not be read: ${unseen.message}`,
    };
  for (const { policy, taking } of active)
    if (taking.take === 'opted-out')
      return { state: 'exempt', reason: `left out of ${nameOf(policy)}: ${taking.reason}` };
  if (claim.claim.phase === 'Pending')
    return { state: 'unknown', reason: 'Pending: it has no volume yet, so nothing to protect' };
  return { state: 'uncovered', reason: whyUncovered(all) };
}

function whyUncovered(all: Declaration[]): string {
  const paused = all.find(({ policy, taking }) => policy.paused && taking.take === 'taken');
  if (paused !== undefined) {
    const { policy } = paused;
    // It is when the pause was first seen.
    const since =
      policy.pausedSince === null ? '' : `, since ${atText(policy.pausedSince)} or longer`;
    return `its only policy, ${policy.kind} ${nameOf(policy)}, is paused${since}`;
  }
  for (const { policy, taking } of all)
    if (taking.take === 'not-taken')
      return `${policy.kind} ${nameOf(policy)} has it in scope, but ${taking.reason}`;
  return 'no backup policy names it';
}
