import { resourceIdOf } from '../../../domain/id.ts';
import type { RunVolumeFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import type { RunKey } from './backup.ts';
import type { VolumeObject } from './schema.ts';

/** One volume's part of a Backup; null while the claim it belongs to is not known. */
export function runVolumeOf(
  object: VolumeObject,
  key: RunKey,
  phase: Outcome,
  context: EngineContext,
): RunVolumeFact | null {
  const claim = claimOf(object, context);
  if (claim === null) return null;
  const { metadata, status } = object;
  const empty = status?.message?.includes('volume was empty') ?? false;
  return {
    ...key,
    resourceId: resourceIdOf({
      clusterId: context.clusterId,
      kind: 'PersistentVolumeClaim',
      ...claim,
    }),
    outcome: phase === 'success' && empty ? 'empty' : phase,
    startedAt:
      status?.acceptedTimestamp ?? status?.startTimestamp ?? metadata.creationTimestamp ?? null,
    endedAt: phase === 'running' ? null : (status?.completionTimestamp ?? null),
    logicalBytes: status?.progress?.totalBytes ?? status?.progress?.bytesDone ?? null,
    addedBytes: status?.incrementalBytes ?? null,
    snapshotId: status?.snapshotID || null,
    message: messageOf(status),
  };
}

/** The engine's message, else the phase it is in, so that a wait in `Accepted` can be seen. */
function messageOf(status: VolumeObject['status']): string | null {
  if (status?.message) return status.message.slice(0, 2_048);
  return status?.phase && status.phase !== 'Completed' ? `phase ${status.phase}` : null;
}

/**
 * By name where the object gives one (DataUpload, a PodVolumeBackup's annotation), else by the claim's UID, else by
 * the pod's volume.
 */
function claimOf(
  { metadata, spec }: VolumeObject,
  context: EngineContext,
): { namespace: string; name: string } | null {
  if (spec?.sourceNamespace && spec.sourcePVC) {
    return { namespace: spec.sourceNamespace, name: spec.sourcePVC };
  }
  const namespace = spec?.pod?.namespace;
  const annotated = metadata.annotations?.['velero.io/pvc-name'];
  if (namespace && annotated) return { namespace, name: annotated };
  const uid = metadata.labels?.['velero.io/pvc-uid'];
  const byUid = uid ? context.claimByUid(uid) : null;
  if (byUid) return { namespace: byUid.namespace, name: byUid.name };
  if (!namespace || !spec?.pod?.name || !spec.volume) return null;
  const name = context.claimOfPodVolume(namespace, spec.pod.name, spec.volume);
  return name === null ? null : { namespace, name };
}
