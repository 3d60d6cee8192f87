import { field, isRecord, textMap, textOf } from '../kubernetes/object-meta.ts';

const OWNER_GROUPS = [
  'volsync.backube/',
  'velero.io/',
  'kopiur.home-operations.com/',
  'k8up.io/',
  'longhorn.io/',
];
/** A volume populator's intermediate claim: `prime-` and the UID of the claim it fills. */
const PRIME = /^prime-[0-9a-f]{8}-[0-9a-f-]{27}$/;

/** True for what a backup engine made for its own work: movers, caches, point-in-time copies. */
export function isEnginesOwn(object: unknown): boolean {
  const labels = textMap(field(object, 'metadata', 'labels'));
  if (labels['app.kubernetes.io/created-by'] === 'volsync') return true;
  if ('volsync.backube/cleanup' in labels) return true;
  if ('velero.io/data-upload' in labels || 'velero.io/data-download' in labels) return true;
  if ('velero.io/pod-volume-backup' in labels || 'velero.io/pod-volume-restore' in labels)
    return true;
  // Their pods belong to Jobs, so that the owner does not tell.
  if ('k8upjob' in labels || 'kopiur.home-operations.com/schedule' in labels) return true;
  if (PRIME.test(textOf(field(object, 'metadata', 'name')) ?? '')) return true;
  const owners = field(object, 'metadata', 'ownerReferences');
  return (Array.isArray(owners) ? owners : []).filter(isRecord).some((owner) => {
    const apiVersion = textOf(owner['apiVersion']) ?? '';
    return OWNER_GROUPS.some((group) => apiVersion.startsWith(group));
  });
}
