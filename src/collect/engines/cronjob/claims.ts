import { CLAIMS_ANNOTATION } from '../../../domain/backup-jobs.ts';
import type { Selection } from '../../../domain/facts.ts';
import type { Identified, Template } from './schema.ts';

/**
 * The claims a job backs up: those its annotation names, else those its pods mount. A job that mounts some read-only
 * and others not reads the former and writes to the latter, which are its target. `unread` = the pods' template was
 * not understood.
 */
export function claimsOf(
  { namespace, annotations }: Identified['metadata'],
  template: Template | null | undefined,
  unread: boolean,
): Selection {
  const annotated = annotations?.[CLAIMS_ANNOTATION];
  if (annotated !== undefined) {
    const names = annotated.split(',').map((name) => name.trim());
    return { type: 'claims', namespace, names: distinct(names.filter((name) => name !== '')) };
  }
  if (unread) return { type: 'unknown', reason: 'the pod template was not understood' };
  const mounted = mountsOf(template);
  const sources = mounted.filter(({ readOnly }) => readOnly);
  const taken = sources.length > 0 ? sources : mounted;
  return { type: 'claims', namespace, names: distinct(taken.map(({ claim }) => claim)) };
}

function mountsOf(template: Template | null | undefined): { claim: string; readOnly: boolean }[] {
  const pod = template?.spec;
  const mounts = [...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].flatMap(
    (container) => container.volumeMounts ?? [],
  );
  return (pod?.volumes ?? []).flatMap(({ name, persistentVolumeClaim: claim }) => {
    if (!claim?.claimName) return [];
    const own = mounts.filter((mount) => mount.name === name);
    const readOnly = claim.readOnly === true || (own.length > 0 && own.every((m) => m.readOnly));
    return [{ claim: claim.claimName, readOnly }];
  });
}

function distinct(names: string[]): string[] {
  return [...new Set(names)].toSorted();
}
