import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { objectProblem, parseLoosely } from '../../parse-loosely.ts';
import { field } from '../../kubernetes/object-meta.ts';
import { readObject } from '../../read-object.ts';
import { runOfUid } from '../../run-of-uid.ts';
import { SnapshotContent, VolumeSnapshot } from './schema.ts';
import { isAnothersWork, outcomeOf, pointId, restorePointOf, runFactOf } from './snapshot.ts';

const GROUP = 'snapshot.storage.k8s.io';
const SOURCE = `${GROUP}/volumesnapshots`;
/** A VolumeSnapshot is a run and a restore point of its claim, on the claim's own storage. */
export function createCsiReader(): EngineReader {
  /** What the storage says went wrong, by the UID of the VolumeSnapshot. */
  const contentErrors = new Map<string, string>();
  /** Snapshots that were not ready when last seen: a word of the storage is added to them. */
  const unready = new Map<string, KubernetesObject>();

  function onSnapshot(
    object: KubernetesObject,
    observedAt: Date,
    context: EngineContext,
  ): EngineFacts {
    if (isAnothersWork(object)) return {};
    const read = readObject(VolumeSnapshot, SOURCE, object);
    if (!('value' in read)) return read;
    const { value, dropped, problems } = read;
    const { uid } = value.metadata;
    const ahead = aheadOf(value, observedAt);
    if (ahead !== null) problems.push(objectProblem(SOURCE, object, ahead));
    const outcome = ahead === null ? outcomeOf(value, dropped) : 'unknown';
    const run = runFactOf(value, outcome, contentErrors.get(uid) ?? null, context);
    if (run === null) return { problems };
    if (outcome === 'running') unready.set(uid, object);
    else unready.delete(uid);
    const points = outcome === 'success' ? [restorePointOf(value, run, context)] : [];
    return { runs: [run], restorePoints: points, problems };
  }

  function onContent(
    object: KubernetesObject,
    observedAt: Date,
    context: EngineContext,
  ): EngineFacts {
    const { value } = parseLoosely(SnapshotContent, object);
    const uid = value?.spec?.volumeSnapshotRef?.uid;
    if (!uid) return {};
    const message = value?.status?.error?.message;
    if (message) contentErrors.set(uid, message);
    else contentErrors.delete(uid);
    const waiting = unready.get(uid);
    return waiting === undefined ? {} : onSnapshot(waiting, observedAt, context);
  }

  function onGone(object: KubernetesObject, context: EngineContext): EngineFacts {
    const { value, dropped } = parseLoosely(VolumeSnapshot, object);
    if (value === null || isAnothersWork(object)) return {};
    const { uid } = value.metadata;
    const error = contentErrors.get(uid) ?? null;
    contentErrors.delete(uid);
    unready.delete(uid);
    const removedRestorePointIds = [pointId(context, uid)];
    if (outcomeOf(value, dropped) !== 'running') return { removedRestorePointIds };
    // One that goes before it was ready failed if it said why; else nobody will say how it went.
    const failed = error !== null || Boolean(value.status?.error?.message);
    const run = runFactOf(value, failed ? 'failed' : 'unknown', error, context);
    return { runs: run === null ? [] : [run], removedRestorePointIds };
  }

  return {
    engine: 'csi',
    kinds: [
      {
        group: GROUP,
        versions: ['v1'],
        plural: 'volumesnapshotcontents',
        kind: 'VolumeSnapshotContent',
      },
      {
        group: GROUP,
        versions: ['v1'],
        plural: 'volumesnapshots',
        kind: 'VolumeSnapshot',
        rank: 1,
      },
    ],
    onObject(kind, object, observedAt, context) {
      if (kind === 'VolumeSnapshot') return onSnapshot(object, observedAt, context);
      return kind === 'VolumeSnapshotContent' ? onContent(object, observedAt, context) : {};
    },
    onDeleted: (kind, object, _observedAt, context) =>
      kind === 'VolumeSnapshot' ? onGone(object, context) : {},
    onListed(kind, namespace, uids, context) {
      const gone = [...unready].filter(
        ([uid, object]) =>
          kind === 'VolumeSnapshot' &&
          !uids.has(uid) &&
          (namespace === null || field(object, 'metadata', 'namespace') === namespace),
      );
      const facts = gone.map(([, object]) => onGone(object, context));
      return { runs: facts.flatMap((one) => one.runs ?? []) };
    },
    idOf(kind, object, context) {
      if (kind !== 'VolumeSnapshot' || isAnothersWork(object)) return null;
      const { value } = parseLoosely(VolumeSnapshot, object);
      if (value === null) return null;
      return { table: 'restore_points', id: pointId(context, value.metadata.uid) };
    },
    runIdOf: runOfUid('csi', 'VolumeSnapshot'),
  };
}

/** A time in the future proves nothing yet. */
function aheadOf({ status }: VolumeSnapshot, observedAt: Date): string | null {
  return aheadOfClock([status?.creationTime], observedAt);
}
