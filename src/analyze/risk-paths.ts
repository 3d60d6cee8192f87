import type { JudgedPolicy } from './cluster/inventory.ts';
import { failuresInARow } from './cluster/run-memory.ts';
import { protectionOf } from './cluster/view.ts';
import type { ClusterView } from './cluster/view.ts';
import type { Engine } from '../domain/words.ts';
import { newestPointOf, strayPointOf } from './rpo.ts';
import type { Claim } from './selection.ts';

/** One way to get a claim back: a policy and what it has made so far. */
export interface RecoveryPath {
  /** Null: points that no living policy accounts for. */
  policy: JudgedPolicy | null;
  /** False: nothing new is being made this way (paused, or the policy is gone). */
  active: boolean;
  newestAt: Date | null;
  engine: Engine;
  /** Where its copies lie; null: not known. */
  repositoryId: string | null;
  failures: number;
  locationUnavailable: boolean;
  /** Its points lie on the claim's own storage: no way back once that is lost. */
  sameStorage: boolean;
  /** What comes after the newest point is copied as it is written: a WAL archive that works. */
  keepsUp: boolean;
  /** That its next run fails or is missed, 0..1; null: no forecast. */
  failureChance: number | null;
  /** B/s, as the claim last changed; null: not known. */
  changeRate: number | null;
}

/** All ways to get the claim back, in the order of policy ids; a way without points is one too while it is active. */
export function recoveryPathsOf(view: ClusterView, claim: Claim): RecoveryPath[] {
  const paths: RecoveryPath[] = [];
  for (const { policy, taking } of view.index.declarations.get(claim.resourceId) ?? []) {
    const newestAt = newestPointOf(view, policy, claim);
    const active = taking.take === 'taken' && !policy.paused;
    if (active || newestAt !== null) paths.push(pathOf(view, policy, claim, active, newestAt));
  }
  return [...paths, ...strayPath(view, claim, 'elsewhere'), ...strayPath(view, claim, 'same')];
}

function strayPath(
  view: ClusterView,
  claim: Claim,
  storage: Parameters<typeof strayPointOf>[2],
): RecoveryPath[] {
  const point = strayPointOf(view, claim, storage);
  if (point === null) return [];
  const { engine, repositoryId, takenAt: newestAt } = point;
  const sameStorage = storage === 'same';
  const nothing = { policy: null, active: false, failures: 0, locationUnavailable: false };
  const unknown = { keepsUp: false, failureChance: null, changeRate: null };
  return [{ ...nothing, ...unknown, newestAt, engine, repositoryId, sameStorage }];
}

function pathOf(
  view: ClusterView,
  policy: JudgedPolicy,
  claim: Claim,
  active: boolean,
  newestAt: Date | null,
): RecoveryPath {
  const record = protectionOf(view, policy.policyId, claim.resourceId);
  const repository =
    policy.repositoryId === null ? undefined : view.index.repositoryById.get(policy.repositoryId);
  const { policyId, engine, repositoryId } = policy;
  return {
    policy,
    active,
    newestAt,
    engine,
    repositoryId,
    failures: record === undefined ? 0 : failuresInARow(record),
    locationUnavailable: repository?.availability === 'unavailable',
    sameStorage: policy.selection.type === 'each-claim' && policy.selection.storage === 'same',
    keepsUp: active && policy.schedule.type === 'continuous' && policy.problem === null,
    failureChance: active ? (view.failureChance?.(policyId, claim.resourceId) ?? null) : null,
    changeRate: record?.changeRate ?? null,
  };
}
