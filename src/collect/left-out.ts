/** What tells one object from another of its name. */
export interface Identity {
  uid: string;
  /** '' for cluster-scoped kinds. */
  namespace: string;
}

/** Whether a list that is complete, of one namespace or of all (null), leaves an object out: then it is gone. */
export function leftOutOf(
  namespace: string | null,
  uids: ReadonlySet<string>,
): (object: Identity) => boolean {
  return (object) =>
    (namespace === null || namespace === object.namespace) && !uids.has(object.uid);
}
