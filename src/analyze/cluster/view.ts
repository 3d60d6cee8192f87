import type { CoverageRow, FindingDraft } from '../../domain/judgement.ts';
import type { RestorePointFact, Selection } from '../../domain/facts.ts';
import type { MetricValue } from '../../domain/metrics.ts';
import type { Claim } from '../selection.ts';
import type { InventoryIndex, JudgedPolicy } from './inventory.ts';
import { protectionKey, scheduleKey } from './run-memory.ts';
import type { ProtectionRecord, RunMemory } from './run-memory.ts';

/** What the last look at a metrics store found, by metric and subject; empty when there is none to look at. */
export type Witnesses = ReadonlyMap<string, MetricValue>;

/**
 * The earliest instant, in milliseconds since 1970, at which time alone may turn an answer; whoever wants to keep
 * answers lays a fresh one into the view. Rules never write it: `hasCome` and `noteTurn` do.
 */
export interface NextTurn {
  at: number;
}

/** A cluster at one instant of its own time: what every cluster-level rule looks at. */
export interface ClusterView {
  clusterId: string;
  /** Rules compare it through `hasCome` alone. */
  now: Date;
  /** Where it is noted until when answers hold; absent: nobody keeps them. */
  turn?: NextTurn | undefined;
  index: InventoryIndex;
  runs: RunMemory;
  /** Null: what metrics say is not known. */
  witnesses: Witnesses | null;
  /** Seconds between two due runs (median); null when nothing is due by a clock. */
  intervalOf(policy: JudgedPolicy): number | null;
  /** Of the next run of the claim's job under the policy failing or being missed; null: no forecast. */
  failureChance?: (policyId: string, resourceId: string) => number | null;
}

/** What later rules may rest on besides the view. */
export interface CoveredView extends ClusterView {
  coverage: Map<string, CoverageRow>;
  /** Open findings by fingerprint, job-level ones included. */
  findings: ReadonlyMap<string, FindingDraft>;
}

export function protectionOf(
  view: ClusterView,
  policyId: string,
  resourceId: string,
): ProtectionRecord | undefined {
  return view.runs.protections.get(protectionKey(policyId, resourceId));
}

/** When the policy last took this claim with success, by any witness; null: never seen. */
export function lastSuccessOf(view: ClusterView, policy: JudgedPolicy, claim: Claim): Date | null {
  const recorded = protectionOf(view, policy.policyId, claim.resourceId)?.lastSuccessAt ?? null;
  const instants = pointsBy(view, policy, claim).map((point) => point.takenAt.getTime());
  if (recorded !== null) instants.push(recorded);
  if (sharesSuccess(policy.selection)) {
    const whole = view.runs.schedules.get(scheduleKey(policy.policyId))?.lastSuccessAt ?? null;
    if (whole !== null) instants.push(whole);
    if (policy.lastSuccessAt !== null) instants.push(policy.lastSuccessAt.getTime());
  }
  return instants.length === 0 ? null : new Date(Math.max(...instants));
}

/**
 * Whether the policy's success is its claim's, seen or not: it has no other, or they are a database's, of which a claim
 * that joined since shares in what there is.
 */
export function sharesSuccess(selection: Selection): boolean {
  return (
    selection.type === 'labels' || (selection.type === 'claims' && selection.names.length === 1)
  );
}

/** Nobody can say how the policy's newest run for this claim went: it may have succeeded. */
export function isUnclear(view: ClusterView, policyId: string, resourceId: string): boolean {
  const whole = view.runs.schedules.get(scheduleKey(policyId));
  return protectionOf(view, policyId, resourceId)?.unclear === true || whole?.unclear === true;
}

/** When the policy as a whole last succeeded. */
export function lastSuccessOfPolicy(view: ClusterView, policy: JudgedPolicy): Date | null {
  const recorded = view.runs.schedules.get(scheduleKey(policy.policyId))?.lastSuccessAt ?? null;
  const instants = [policy.lastSuccessAt?.getTime() ?? null, recorded].filter((at) => at !== null);
  for (const claim of view.index.claimsOf.get(policy.policyId) ?? []) {
    const at = lastSuccessOf(view, policy, claim);
    if (at !== null) instants.push(at.getTime());
  }
  return instants.length === 0 ? null : new Date(Math.max(...instants));
}

function pointsBy(view: ClusterView, policy: JudgedPolicy, claim: Claim): RestorePointFact[] {
  const points = view.index.pointsOfClaim.get(claim.resourceId) ?? [];
  return points.filter((point) => point.policyId === policy.policyId);
}
