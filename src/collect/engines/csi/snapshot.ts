import { idOf, resourceIdOf, runIdOf } from '../../../domain/id.ts';
import type { RestorePointFact, RunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext, KubernetesObject } from '../../engine.ts';
import { isEnginesOwn } from '../../inventory/own-objects.ts';
import { field, isRecord, textMap, textOf } from '../../kubernetes/object-meta.ts';
import type { VolumeSnapshot } from './schema.ts';

/** What backup engines write on snapshots they take for their own work. */
const LABELS = ['velero.io/', 'cnpg.io/', 'k10.kasten.io/', 'k8up.io/', 'longhorn.io/'];
const OWNERS = ['postgresql.cnpg.io/', 'stash.appscode.com/', 'storage.kubestash.com/'];

/** True for a snapshot that another engine reads back itself: it tells of it in its own objects. */
export function isAnothersWork(object: KubernetesObject): boolean {
  if (isEnginesOwn(object)) return true;
  const keys = Object.keys(textMap(field(object, 'metadata', 'labels')));
  if (keys.some((key) => LABELS.some((prefix) => key.startsWith(prefix)))) return true;
  const owners = field(object, 'metadata', 'ownerReferences');
  return (Array.isArray(owners) ? owners : []).filter(isRecord).some((owner) => {
    const apiVersion = textOf(owner['apiVersion']) ?? '';
    return OWNERS.some((group) => apiVersion.startsWith(group));
  });
}

export function pointId(context: EngineContext, uid: string): string {
  return idOf('restore-point', context.clusterId, 'csi', uid);
}

/**
 * How a snapshot went. An error is the text of the last attempt and may be followed by success: until it is ready the
 * snapshot is under way, and a rule tells when that takes too long.
 */
export function outcomeOf(object: VolumeSnapshot, dropped: string[]): Outcome {
  if (dropped.includes('status') || dropped.includes('status.readyToUse')) return 'unknown';
  return object.status?.readyToUse === true ? 'success' : 'running';
}

/** A VolumeSnapshot as a run that nobody scheduled; null without a claim of its own or any time. */
export function runFactOf(
  object: VolumeSnapshot,
  outcome: Outcome,
  contentError: string | null,
  context: EngineContext,
): RunFact | null {
  const { metadata, spec, status } = object;
  const claim = spec?.source?.persistentVolumeClaimName;
  const born = metadata.creationTimestamp ?? status?.creationTime;
  if (!claim || !born) return null;
  const { clusterId } = context;
  const { namespace, name, uid } = metadata;
  const taken = status?.creationTime ?? born;
  const errorText = outcome === 'success' ? null : status?.error?.message || contentError;
  return {
    runId: runIdOf(clusterId, 'csi', uid),
    runDay: born.toISOString().slice(0, 10),
    engine: 'csi',
    policyId: null,
    resourceId: resourceIdOf({
      clusterId,
      kind: 'PersistentVolumeClaim',
      namespace,
      name: claim,
    }),
    namespace,
    name,
    startedAt: born,
    endedAt: outcome === 'success' ? laterOf(taken, born) : null,
    outcome,
    durationSeconds: null,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: null,
    errors: null,
    errorText: errorText?.slice(0, 2_048) ?? null,
    fullRead: false,
  };
}

export function restorePointOf(
  object: VolumeSnapshot,
  run: RunFact,
  context: EngineContext,
): RestorePointFact {
  const { metadata, status } = object;
  return {
    restorePointId: pointId(context, metadata.uid),
    engine: 'csi',
    policyId: null,
    repositoryId: null,
    resourceId: run.resourceId,
    runId: run.runId,
    takenAt: status?.creationTime ?? run.startedAt,
    expiresAt: null,
    handle: metadata.name,
    logicalBytes: status?.restoreSize ?? null,
  };
}

function laterOf(a: Date, b: Date): Date {
  return a > b ? a : b;
}
