import { field, isRecord, textOf } from '../kubernetes/object-meta.ts';

export interface OwnerRef {
  kind: string;
  name: string;
  uid: string;
}

/** The controller of an object, else its first owner. */
export function ownerOf(object: unknown): OwnerRef | null {
  const references = field(object, 'metadata', 'ownerReferences');
  const owners = (Array.isArray(references) ? references : []).filter(isRecord);
  const owner = owners.find((candidate) => candidate['controller'] === true) ?? owners[0];
  const [kind, name, uid] = ['kind', 'name', 'uid'].map((key) => textOf(owner?.[key]));
  return kind && name && uid ? { kind, name, uid } : null;
}

/** These stand between a pod and its app and have names no one knows. */
const BETWEEN = new Set(['ReplicaSet', 'Job']);

export type OwnerLookup = (uid: string) => OwnerRef | null | undefined;

/**
 * The app at the top of a pod's owners. `owners` gives an object's own owner: null when it has none, undefined when
 * the object has not been read; `unread` then names what to wait for.
 */
export function climbOwners(
  first: OwnerRef | null,
  owners: OwnerLookup,
): { app: OwnerRef | null; unread: string | null } {
  let app = first;
  for (let steps = 0; app !== null && steps < 8; steps += 1) {
    const above = owners(app.uid);
    if (above === undefined)
      return { app: BETWEEN.has(app.kind) && app.kind !== 'Job' ? null : app, unread: app.uid };
    if (above === null) break;
    app = above;
  }
  return { app, unread: null };
}
