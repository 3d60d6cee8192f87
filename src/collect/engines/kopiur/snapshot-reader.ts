import type { RunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineFacts } from '../../engine.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { readObject } from '../../read-object.ts';
import { createWaitingRoom } from '../../waiting-room.ts';
import { claimId, pointId } from './ids.ts';
import { snapshotOutcome } from './outcome.ts';
import { onlyClaimOf } from './policy.ts';
import type { PolicyBook } from './policy-book.ts';
import { Snapshot } from './schema.ts';
import { claimIdsOf, pointFactOf, policyIdFor, runFactOf, runVolumesOf } from './snapshot.ts';
import { liesAhead, sourceOf, timesOf, told, type Visit } from './visit.ts';

/** Snapshots as runs and restore points. */
export interface SnapshotReader {
  read(visit: Visit): EngineFacts;
  /** The facts of Snapshots that waited for this policy to tell their claim. */
  readWaiting(policyId: string): EngineFacts[];
  /** The run of a Snapshot deleted before it ended: nobody will say how it went. */
  abandon(visit: Visit): RunFact[];
}

/** Snapshots that may wait for the policy that tells their claim. */
const WAITING_LIMIT = 5_000;
const RESTORABLE: readonly Outcome[] = ['success', 'partial'];

export function createSnapshotReader(policies: PolicyBook): SnapshotReader {
  const waiting = createWaitingRoom<Visit>(WAITING_LIMIT);

  function read(visit: Visit): EngineFacts {
    const parsed = readObject(Snapshot, sourceOf('Snapshot'), visit.object);
    if (!('value' in parsed)) return parsed;
    const { value, dropped, problems } = parsed;
    const { context } = visit;
    const outcome = told(snapshotOutcome(value, dropped), timesOf(value), visit, problems);
    const claims = claimsOf(value, visit);
    const { uid } = value.metadata;
    const deleting = value.status?.phase === 'Deleting';
    const removedRestorePointIds = deleting ? [pointId(context, uid)] : [];
    // The outcome told before the deletion began stays the run's outcome.
    if (deleting && value.status?.timing?.endTime) return { removedRestorePointIds, problems };
    const run = outcome === null ? null : runFactOf(value, outcome, claims, context);
    if (outcome !== null && run === null) {
      problems.push(objectProblem(sourceOf('Snapshot'), visit.object, 'has no creation time'));
      return { problems };
    }
    const point =
      (outcome === null && !liesAhead(timesOf(value), visit, problems)) ||
      (outcome !== null && RESTORABLE.includes(outcome))
        ? pointFactOf(value, run, claims, context)
        : null;
    return {
      runs: run === null ? [] : [run],
      runVolumes: run === null ? [] : runVolumesOf(run, claims),
      restorePoints: point === null ? [] : [point],
      removedRestorePointIds,
      problems,
    };
  }

  /** What the Snapshot says, else the only claim of its policy; it waits while neither is known. */
  function claimsOf(snapshot: Snapshot, visit: Visit): string[] {
    const { context } = visit;
    const { uid, namespace } = snapshot.metadata;
    const policy = policyIdFor(snapshot, context);
    const own = claimIdsOf(snapshot, context);
    if (policy === null) return own;
    if (own.length > 0) {
      waiting.leave(policy, uid);
      return own;
    }
    const recipe = policies.recipe(namespace, snapshot.spec?.policyRef?.name ?? '');
    if (recipe === null) {
      waiting.wait(policy, uid, visit);
      return [];
    }
    waiting.leave(policy, uid);
    const name = onlyClaimOf(recipe.object);
    return name === null ? [] : [claimId(context, { namespace, name })];
  }

  function abandon(visit: Visit): RunFact[] {
    const { value, dropped } = parseLoosely(Snapshot, visit.object);
    if (value === null || snapshotOutcome(value, dropped).outcome !== 'running') return [];
    const claims = claimsOf(value, visit);
    const policy = policyIdFor(value, visit.context);
    if (policy !== null) waiting.leave(policy, value.metadata.uid);
    const run = runFactOf(value, 'unknown', claims, visit.context);
    return run === null ? [] : [run];
  }

  return {
    read,
    readWaiting: (policyId) => waiting.of(policyId).map(read),
    abandon,
  };
}
