import type { ResourceFact } from '../domain/facts.ts';
import type { ClaimLabels } from './claim-labels.ts';
import type { Claim } from './selection.ts';

/** Velero's annotations of pods; they list the pod's volumes, and people write claims' names into them. */
const LISTS = ['backup.velero.io/backup-volumes', 'backup.velero.io/backup-volumes-excludes'];

interface VolumeList {
  key: string;
  text: string;
  names: string[];
}

/** The volume lists of pods that have any, by `namespace/name`. */
export type VolumeLists = ReadonlyMap<string, VolumeList[]>;

export function volumeListsOf(resources: readonly ResourceFact[]): VolumeLists {
  const found = new Map<string, VolumeList[]>();
  for (const { kind, namespace, name, annotations } of resources) {
    if (kind !== 'Pod') continue;
    const lists = LISTS.flatMap((key) => {
      const text = annotations[key];
      if (text === undefined) return [];
      return [{ key, text, names: text.split(',').map((one) => one.trim()) }];
    });
    if (lists.length > 0) found.set(`${namespace}/${name}`, lists);
  }
  return found;
}

/** Where a pod lists the claim by its own name instead of the volume's: Velero skips what is no volume (FM-15). */
export function misnamedVolumes(claim: Claim, lists: VolumeLists): ClaimLabels['unknown'] {
  const { mounts } = claim.claim;
  for (const { pod, podVolume, fileSystemBackup } of mounts) {
    if (fileSystemBackup !== 'unset' || podVolume === claim.name) continue;
    const known = new Set(mounts.filter((one) => one.pod === pod).map((one) => one.podVolume));
    const list = lists
      .get(`${claim.namespace}/${pod}`)
      ?.find(({ names }) => names.includes(claim.name) && !known.has(claim.name));
    if (list === undefined) continue;
    const said = `annotation ${list.key} of pod ${pod}: ${list.text.slice(0, 200)}`;
    return [{ said, value: claim.name, allowed: [`the pod’s volume ${podVolume}`] }];
  }
  return [];
}
