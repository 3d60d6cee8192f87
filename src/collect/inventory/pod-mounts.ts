import type { ClaimMount } from '../../domain/facts.ts';
import { field, textMap, textOf } from '../kubernetes/object-meta.ts';

export type PodMount = ClaimMount & { claim: string };

/** The claims a pod mounts (generic ephemeral volumes too, whose claim is `<pod>-<volume>`). */
export function podMounts(pod: unknown): PodMount[] {
  const name = textOf(field(pod, 'metadata', 'name')) ?? '';
  const annotations = textMap(field(pod, 'metadata', 'annotations'));
  const optIn = namesIn(annotations['backup.velero.io/backup-volumes']);
  const optOut = namesIn(annotations['backup.velero.io/backup-volumes-excludes']);
  const volumes = field(pod, 'spec', 'volumes');
  return (Array.isArray(volumes) ? volumes : []).flatMap((volume: unknown) => {
    const podVolume = textOf(field(volume, 'name'));
    const claim = claimOf(volume, name);
    if (podVolume === null || claim === null) return [];
    const fileSystemBackup = optOut.has(podVolume)
      ? ('opt-out' as const)
      : optIn.has(podVolume)
        ? ('opt-in' as const)
        : ('unset' as const);
    return [{ claim, pod: name, podVolume, fileSystemBackup }];
  });
}

function claimOf(volume: unknown, pod: string): string | null {
  if (field(volume, 'ephemeral', 'volumeClaimTemplate') !== undefined)
    return `${pod}-${String(field(volume, 'name'))}`;
  return textOf(field(volume, 'persistentVolumeClaim', 'claimName'));
}

function namesIn(list: string | undefined): Set<string> {
  return new Set((list ?? '').split(',').map((name) => name.trim()));
}
