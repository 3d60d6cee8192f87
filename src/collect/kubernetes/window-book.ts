import type { ObservedWindow } from '../../domain/facts.ts';

/** Keeps since when each kind has really been watched, in the cluster's time. */
export interface WindowBook {
  /** A scope of the kind is to be watched; until all scopes are, the kind is not. */
  expect(kind: string, scope: string): void;
  /** Open since then; null: it was open before and only reconnected. */
  opened(kind: string, scope: string, since: Date | null): void;
  /** Broken; what was seen up to then counts. */
  closed(kind: string, scope: string, at: Date): void;
  forget(kind: string, scope: string): void;
  /** The stretches watched since the last call, up to this time. */
  take(until: Date): ObservedWindow[];
}

interface Watched {
  scopes: Map<string, Date | null>;
  /** Told up to here. */
  until: Date | null;
}

export function createWindowBook(): WindowBook {
  const kinds = new Map<string, Watched>();
  const ended: ObservedWindow[] = [];

  function stretch(kind: string, watched: Watched, until: Date): ObservedWindow | null {
    const starts = [...watched.scopes.values()];
    if (starts.length === 0 || starts.includes(null)) return null;
    const from = new Date(
      Math.max(watched.until?.getTime() ?? 0, ...starts.map((start) => start?.getTime() ?? 0)),
    );
    return until > from ? { kind, from, until } : null;
  }

  function watchedOf(kind: string): Watched {
    const watched = kinds.get(kind) ?? { scopes: new Map(), until: null };
    kinds.set(kind, watched);
    return watched;
  }

  return {
    expect(kind, scope) {
      watchedOf(kind).scopes.set(scope, null);
    },
    opened(kind, scope, since) {
      const { scopes } = watchedOf(kind);
      if (since !== null && (scopes.get(scope) ?? null) === null) scopes.set(scope, since);
    },
    closed(kind, scope, at) {
      const watched = watchedOf(kind);
      const last = stretch(kind, watched, at);
      if (last !== null) {
        ended.push(last);
        watched.until = at;
      }
      watched.scopes.set(scope, null);
    },
    forget(kind, scope) {
      watchedOf(kind).scopes.delete(scope);
    },
    take(until) {
      const windows = ended.splice(0);
      for (const [kind, watched] of kinds) {
        const window = stretch(kind, watched, until);
        if (window === null) continue;
        windows.push(window);
        watched.until = until;
      }
      return windows;
    },
  };
}
