import type { SelectedClaim } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import type { Identity } from '../../left-out.ts';
import type { Snapshot, Volume } from './schema.ts';

/** What is kept of a volume. */
export interface KnownVolume extends Identity {
  claim: SelectedClaim | null;
  jobs: string[];
  groups: string[];
  target: string;
  attached: boolean;
  actualBytes: number | null;
}

const GROUP = 'recurring-job-group.longhorn.io/';
const JOB = 'recurring-job.longhorn.io/';

export function knownVolumeOf(object: Volume, context: EngineContext): KnownVolume {
  const { metadata, spec, status } = object;
  const jobs = enabled(metadata.labels, JOB);
  const groups = enabled(metadata.labels, GROUP);
  const name = claimNameOf(object, context);
  return {
    uid: metadata.uid,
    namespace: metadata.namespace,
    claim: name === null ? null : { ...name, detachedSince: detachedSinceOf(object) },
    jobs,
    groups: jobs.length + groups.length === 0 ? ['default'] : groups,
    target: spec?.backupTargetName || 'default',
    attached: status?.state === 'attached',
    actualBytes: status?.actualSize ?? null,
  };
}

function enabled(labels: Record<string, string> | null | undefined, prefix: string): string[] {
  return Object.entries(labels ?? {})
    .filter(([key, value]) => key.startsWith(prefix) && value === 'enabled')
    .map(([key]) => key.slice(prefix.length));
}

function claimNameOf({ metadata, status }: Volume, context: EngineContext) {
  const { pvName, namespace, pvcName } = status?.kubernetesStatus ?? {};
  const bound = context.claimOfVolume(pvName || metadata.name);
  if (bound !== null) return { namespace: bound.namespace, name: bound.name };
  return namespace && pvcName ? { namespace, name: pvcName } : null;
}

/** When the last pod let go of it; since it was made, if none ever had it. A pod that waits for it uses it. */
function detachedSinceOf({ metadata, status }: Volume): Date | null {
  if (status?.state !== 'detached') return null;
  const { lastPodRefAt, workloadsStatus } = status.kubernetesStatus ?? {};
  if (lastPodRefAt) return lastPodRefAt;
  return workloadsStatus?.length ? null : (metadata.creationTimestamp ?? null);
}

/** The snapshots of each volume, to tell whether anything was written since the last backup. */
export interface SnapshotBook {
  note(object: Snapshot): void;
  forget(name: string): void;
  forgetGone(isGone: (snapshot: Identity) => boolean): void;
  /** The volume's newest backup was made of this snapshot. */
  noteBackup(volume: string, snapshot: string, takenAt: Date): void;
  /**
   * True when the newest backup holds all of the volume: its snapshot is the one below the head, and the snapshots
   * account for all bytes, so that the head holds none. False also when it cannot be told.
   */
  holdsAll(volume: string, actualBytes: number | null): boolean;
}

export function createSnapshotBook(): SnapshotBook {
  const snapshots = new Map<string, Identity & { volume: string }>();
  const sizes = new Map<string, Map<string, number>>();
  const belowHead = new Map<string, string>();
  const backedUp = new Map<string, { snapshot: string; takenAt: number }>();

  function forget(name: string): void {
    const volume = snapshots.get(name)?.volume;
    if (volume === undefined) return;
    snapshots.delete(name);
    const own = sizes.get(volume);
    own?.delete(name);
    if (own?.size === 0) sizes.delete(volume);
    if (belowHead.get(volume) === name) belowHead.delete(volume);
  }

  return {
    forget,
    forgetGone(isGone) {
      for (const [name, snapshot] of snapshots) if (isGone(snapshot)) forget(name);
    },
    note({ metadata: { name, namespace, uid }, spec, status }) {
      forget(name);
      if (!spec?.volume) return;
      snapshots.set(name, { volume: spec.volume, namespace, uid });
      const own = sizes.get(spec.volume) ?? new Map<string, number>();
      sizes.set(spec.volume, own.set(name, status?.size ?? 0));
      if (status?.children?.['volume-head'] === true) belowHead.set(spec.volume, name);
    },
    noteBackup(volume, snapshot, takenAt) {
      if ((backedUp.get(volume)?.takenAt ?? 0) <= takenAt.getTime())
        backedUp.set(volume, { snapshot, takenAt: takenAt.getTime() });
    },
    holdsAll(volume, actualBytes) {
      const snapshot = backedUp.get(volume)?.snapshot;
      if (actualBytes === null || snapshot === undefined) return false;
      if (belowHead.get(volume) !== snapshot) return false;
      const held = [...(sizes.get(volume)?.values() ?? [])].reduce((sum, size) => sum + size, 0);
      return held >= actualBytes;
    },
  };
}
