import { secondsBetween } from '../../../domain/time.ts';
import type { RestoreRunFact, RunFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { backupRunId, claimId, restoreRunId, schedulePolicyId } from './ids.ts';
import type { WorkEnd } from './outcome.ts';
import type { Work } from './schema.ts';

/**
 * A Backup as a run. K8up drops the condition that says when the work began once it has ended, so a run begins with
 * its object: the wait for a free slot is part of it.
 */
export function runFactOf(object: Work, end: WorkEnd, context: EngineContext): RunFact | null {
  const { metadata } = object;
  const startedAt = metadata.creationTimestamp;
  if (!startedAt) return null;
  const { outcome, endedAt } = end;
  return {
    runId: backupRunId(context, metadata.uid),
    runDay: startedAt.toISOString().slice(0, 10),
    engine: 'k8up',
    policyId: policyIdFor(object, context),
    resourceId: null,
    namespace: metadata.namespace,
    name: metadata.name,
    startedAt,
    endedAt,
    outcome,
    durationSeconds:
      endedAt !== null && endedAt >= startedAt ? secondsBetween(startedAt, endedAt) : null,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: null,
    errors: null,
    errorText: end.words,
    fullRead: false,
    unlistedVolumes: outcome === 'success' ? 'unknown' : null,
    volumeObjects: null,
  };
}

/** By label, else by the Schedule that owns it; null for a Backup made by hand. */
function policyIdFor({ metadata }: Work, context: EngineContext): string | null {
  const { namespace, labels, ownerReferences } = metadata;
  const owner = ownerReferences?.find(({ kind }) => kind === 'Schedule')?.name;
  const name =
    labels?.['k8up.io/schedule-name'] ?? labels?.['k8up.syn.tools/schedule-name'] ?? owner;
  return name ? schedulePolicyId(context, { namespace, name }) : null;
}

/** K8up does not say how many bytes came back, nor how old they were. */
export function restoreFactOf(object: Work, end: WorkEnd, context: EngineContext): RestoreRunFact {
  const { metadata, spec } = object;
  const { namespace, name, uid } = metadata;
  const claim = spec?.restoreMethod?.folder?.claimName;
  return {
    restoreRunId: restoreRunId(context, uid),
    engine: 'k8up',
    kind: 'Restore',
    namespace,
    name,
    uid,
    resourceId: claim ? claimId(context, { namespace, name: claim }) : null,
    outcome: end.outcome,
    imageTakenAt: null,
    startedAt: metadata.creationTimestamp ?? null,
    endedAt: end.endedAt,
    restoredBytes: null,
    message: end.words ?? (spec?.snapshot ? `from snapshot ${spec.snapshot}`.slice(0, 200) : null),
  };
}
