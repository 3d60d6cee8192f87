import type { RestorePointFact } from '../domain/facts.ts';
import type { RiskScore } from '../domain/judgement.ts';
import type { Engine } from '../domain/words.ts';
import type { JudgedPolicy } from './cluster/inventory.ts';
import type { Claim } from './selection.ts';
import { lastSuccessOf, protectionOf, sharesSuccess } from './cluster/view.ts';
import type { ClusterView } from './cluster/view.ts';
import { hasCome } from './cluster/view-time.ts';

export interface RpoTarget {
  seconds: number | null;
  source: RiskScore['rpoSource'];
  /** Why this value, in words. */
  why: string;
}

/**
 * An objective that someone set, else what the claim's label promises. Without either the target is twice the interval
 * of the tightest policy that takes the claim.
 */
export function rpoTargetOf(view: ClusterView, claim: Claim): RpoTarget {
  const objective = view.index.objectives.get(claim.resourceId)?.rpo ?? null;
  if (objective !== null) return { ...objective, source: 'set' };
  const labelled = view.index.labels.get(claim.resourceId)?.objective ?? null;
  if (labelled !== null)
    return { seconds: labelled.rpoSeconds, source: 'label', why: `the claim’s ${labelled.said}` };
  const intervals = takersOf(view, claim)
    .map((policy) => view.intervalOf(policy))
    .filter((interval) => interval !== null);
  return intervals.length === 0
    ? { seconds: null, source: 'none', why: 'nothing sets one, and no schedule runs' }
    : {
        seconds: 2 * Math.min(...intervals),
        source: 'derived',
        why: 'twice the interval of the tightest schedule',
      };
}

/** Living policies that are not paused and take the claim's data. */
export function takersOf(view: ClusterView, claim: Claim): JudgedPolicy[] {
  const declarations = view.index.declarations.get(claim.resourceId) ?? [];
  return declarations
    .filter(({ policy, taking }) => !policy.paused && taking.take === 'taken')
    .map(({ policy }) => policy);
}

/** Engines that keep no object per restore point: a success is the only sign that there is one. */
const NO_POINT_OBJECTS = new Set<Engine>(['volsync', 'cronjob']);

/** When the newest state was taken that the policy could bring back now; null: none that we know of. */
export function newestPointOf(view: ClusterView, policy: JudgedPolicy, claim: Claim): Date | null {
  const instants = (view.index.pointsOfClaim.get(claim.resourceId) ?? [])
    .filter((point) => point.policyId === policy.policyId && isKept(view, point))
    .map((point) => point.takenAt.getTime());
  if (NO_POINT_OBJECTS.has(policy.engine) || policy.schedule.type === 'continuous') {
    const success = lastSuccessOf(view, policy, claim);
    if (success !== null) instants.push(success.getTime());
  } else {
    const shared = sharedPointOf(view, policy, claim);
    if (shared !== null) instants.push(shared);
  }
  const latest = protectionOf(view, policy.policyId, claim.resourceId);
  // Skipped for want of anything new: the newest point still holds everything.
  if (
    instants.length > 0 &&
    policy.selection.type === 'each-claim' &&
    latest?.outcome === 'skipped'
  )
    instants.push(latest.startedAt);
  return instants.length === 0 ? null : new Date(Math.max(...instants));
}

/** A point of several resources holds the claim when the claim's own part of a run succeeded. */
function sharedPointOf(view: ClusterView, policy: JudgedPolicy, claim: Claim): number | null {
  const point = view.index.pointOfPolicy.get(policy.policyId);
  const success = sharesSuccess(policy.selection)
    ? (lastSuccessOf(view, policy, claim)?.getTime() ?? null)
    : (protectionOf(view, policy.policyId, claim.resourceId)?.lastSuccessAt ?? null);
  if (point === undefined || success === null || !isKept(view, point)) return null;
  return Math.min(success, point.takenAt.getTime());
}

/** Engines whose points lie on the claim's own storage and are lost with it. */
const ON_THE_SAME_STORAGE = new Set<Engine>(['csi']);

/** The newest point of the claim that no living policy accounts for: a manual backup, or one whose policy is gone. */
export function strayPointOf(
  view: ClusterView,
  claim: Claim,
  storage: 'elsewhere' | 'same',
): RestorePointFact | null {
  const points = (view.index.pointsOfClaim.get(claim.resourceId) ?? [])
    .filter((point) => ON_THE_SAME_STORAGE.has(point.engine) === (storage === 'same'))
    .filter((point) => point.policyId === null || !view.index.policyById.has(point.policyId))
    .filter((point) => isKept(view, point))
    .sort((a, b) => b.takenAt.getTime() - a.takenAt.getTime());
  return points[0] ?? null;
}

function isKept(view: ClusterView, { expiresAt }: { expiresAt: Date | null }): boolean {
  return expiresAt === null || !hasCome(view, expiresAt);
}
