import type { RestorePointFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { withoutUser } from './address.ts';
import { claimId, pointId, repositoryId } from './ids.ts';
import type { Snapshot } from './schema.ts';

/** What is kept of a Snapshot object: enough to find its run, in whatever order they come. */
export interface SeenSnapshot {
  uid: string;
  namespace: string;
  name: string;
  takenAt: Date;
  handle: string;
  /** Of the claim's mount; null for the dump of a pre-backup pod. */
  resourceId: string | null;
  repositoryId: string | null;
}

/** Backup pods mount each claim at `/data/<claim>`. */
const MOUNT = /^\/data\/([^/]+)\/?$/;

/** Null when it has no time or no id: then there is nothing to go back to. */
export function seenSnapshotOf(object: Snapshot, context: EngineContext): SeenSnapshot | null {
  const { metadata, spec } = object;
  if (!spec?.date || !spec.id) return null;
  const { uid, namespace, name } = metadata;
  const [path, ...more] = spec.paths ?? [];
  const claim = more.length === 0 ? MOUNT.exec(path ?? '')?.[1] : undefined;
  const address = spec.repository ? withoutUser(spec.repository) : null;
  return {
    uid,
    namespace,
    name,
    takenAt: spec.date,
    handle: spec.id.slice(0, 64),
    resourceId: claim ? claimId(context, { namespace, name: claim }) : null,
    repositoryId: address === null ? null : repositoryId(context, { namespace, name: address }),
  };
}

/**
 * A dump belongs to no claim; as a point of its policy it would be taken for one that holds them all. Which run made
 * it is left to the run's volumes: the Backup is gone long before the Snapshot.
 */
export function pointFactOf(
  seen: SeenSnapshot,
  policyId: string | null,
  context: EngineContext,
): RestorePointFact {
  const { resourceId } = seen;
  return {
    restorePointId: pointId(context, seen),
    engine: 'k8up',
    policyId: resourceId === null ? null : policyId,
    repositoryId: seen.repositoryId,
    resourceId,
    runId: null,
    takenAt: seen.takenAt,
    expiresAt: null,
    handle: seen.handle,
    logicalBytes: null,
  };
}
