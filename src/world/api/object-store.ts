import type { WorldKind } from './kinds.ts';
import type { WorldObject } from './world-object.ts';

export interface Change {
  type: 'ADDED' | 'MODIFIED' | 'DELETED';
  version: number;
  kind: WorldKind;
  object: WorldObject;
  /** The object before the change; null when it was added. */
  before: WorldObject | null;
}

/**
 * Objects with one version counter, and the newest changes for watches that start late. Versions count writes,
 * so the same writes in the same order give the same versions.
 */
export interface ObjectStore {
  version(): number;
  get(kind: WorldKind, namespace: string, name: string): WorldObject | null;
  /** Ordered by namespace and name; null lists every namespace. */
  list(kind: WorldKind, namespace: string | null): WorldObject[];
  /** Stores the object as it is, save its `resourceVersion`; returns what was stored. */
  put(kind: WorldKind, object: WorldObject): WorldObject;
  /** Returns what was removed, with the version of its removal; null when there was nothing. */
  remove(kind: WorldKind, namespace: string, name: string): WorldObject | null;
  /** Null when the changes after that version are no longer all known. */
  changesAfter(version: number): Change[] | null;
  /** Forgets all past changes: watches from older versions and pages of older lists expire. */
  compact(): void;
  /** Changes at or below this version are forgotten. */
  compactedAt(): number;
  onChange(listener: (change: Change) => void): () => void;
}

const keyOf = (namespace: string, name: string): string => `${namespace}/${name}`;

function byKey(left: [string, WorldObject], right: [string, WorldObject]): number {
  return left[0] < right[0] ? -1 : 1;
}

/** `historyLimit`: how many past changes are kept for late watches (default 2,000). */
export function createObjectStore(options: { historyLimit?: number } = {}): ObjectStore {
  const { historyLimit = 2_000 } = options;
  const tables = new Map<WorldKind, Map<string, WorldObject>>();
  const listeners = new Set<(change: Change) => void>();
  let history: Change[] = [];
  let version = 1;
  let compactedAt = 0;

  const tableOf = (kind: WorldKind): Map<string, WorldObject> => {
    const known = tables.get(kind) ?? new Map<string, WorldObject>();
    tables.set(kind, known);
    return known;
  };

  function record(change: Change): void {
    history.push(change);
    if (history.length > historyLimit * 2) {
      compactedAt = history[history.length - historyLimit - 1]?.version ?? compactedAt;
      history = history.slice(-historyLimit);
    }
    for (const listener of listeners) listener(change);
  }

  function stamped(object: WorldObject): WorldObject {
    version += 1;
    return { ...object, metadata: { ...object.metadata, resourceVersion: String(version) } };
  }

  return {
    version: () => version,
    get: (kind, namespace, name) => tableOf(kind).get(keyOf(namespace, name)) ?? null,
    list(kind, namespace) {
      const prefix = namespace === null ? '' : `${namespace}/`;
      return [...tableOf(kind)]
        .filter(([key]) => key.startsWith(prefix))
        .sort(byKey)
        .map(([, object]) => object);
    },
    put(kind, object) {
      const key = keyOf(object.metadata.namespace ?? '', object.metadata.name);
      const before = tableOf(kind).get(key) ?? null;
      const stored = stamped(object);
      tableOf(kind).set(key, stored);
      record({ type: before ? 'MODIFIED' : 'ADDED', version, kind, object: stored, before });
      return stored;
    },
    remove(kind, namespace, name) {
      const before = tableOf(kind).get(keyOf(namespace, name));
      if (!before) return null;
      tableOf(kind).delete(keyOf(namespace, name));
      const removed = stamped(before);
      record({ type: 'DELETED', version, kind, object: removed, before });
      return removed;
    },
    changesAfter(after) {
      return after < compactedAt ? null : history.filter((change) => change.version > after);
    },
    compact() {
      history = [];
      compactedAt = version;
    },
    compactedAt: () => compactedAt,
    onChange(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
