import { sourceOf } from './kubernetes/kind-target.ts';
import { createWindowBook } from './kubernetes/window-book.ts';
import type { ObservedWindow } from '../domain/facts.ts';
import type { ReaderStatus } from './port.ts';
import type { ReadKind } from './read-kind.ts';

export type KindStatus = ReaderStatus['kinds'][number];

/** Which kinds are being watched, each in its scopes, and since when nothing of them was missed. */
export interface WatchedKinds {
  /** A kind is to be read in this scope; its status is kept up to date by whoever reads it. */
  begin(kind: ReadKind): KindStatus;
  /** Its watch is open; `since` null: it was open before and only reconnected. */
  open(kind: ReadKind, since: Date | null): void;
  /** Its watch is broken; what was seen up to then counts. Null: nothing was ever seen. */
  close(kind: ReadKind, at: Date | null): void;
  /** It is read in other scopes instead. */
  forget(kind: ReadKind): void;
  /** The whole API is out of reach: nothing is being watched, whatever the open connections say. */
  lose(at: Date): void;
  /** It is back: what stayed open counts again. */
  regain(at: Date): void;
  /** The stretches watched since the last call. */
  takeWindows(until: Date): ObservedWindow[];
  statuses(): KindStatus[];
}

/** Names a kind in one scope. */
export function scopeOf({ target }: ReadKind): string {
  return `${sourceOf(target)}|${target.namespace ?? ''}`;
}

export function createWatchedKinds(): WatchedKinds {
  const windows = createWindowBook();
  const kinds = new Map<string, { kind: string; status: KindStatus }>();
  return {
    begin(read) {
      // Several engines have a kind of the same name: the group tells them apart.
      const kind = sourceOf(read.target);
      const scope = scopeOf(read);
      const status: KindStatus = {
        source: kind,
        watching: false,
        lastEventAt: null,
      };
      kinds.set(scope, { kind, status });
      windows.expect(kind, scope);
      return status;
    },
    open(read, since) {
      const known = kinds.get(scopeOf(read));
      if (known !== undefined) known.status.watching = true;
      windows.opened(sourceOf(read.target), scopeOf(read), since);
    },
    close(read, at) {
      const known = kinds.get(scopeOf(read));
      if (known !== undefined) known.status.watching = false;
      if (at !== null) windows.closed(sourceOf(read.target), scopeOf(read), at);
    },
    forget(read) {
      kinds.delete(scopeOf(read));
      windows.forget(sourceOf(read.target), scopeOf(read));
    },
    lose(at) {
      for (const [scope, { kind }] of kinds) windows.closed(kind, scope, at);
    },
    regain(at) {
      for (const [scope, { kind, status }] of kinds)
        if (status.watching) windows.opened(kind, scope, at);
    },
    takeWindows: (until) => windows.take(until),
    statuses: () => [...kinds.values()].map(({ status }) => ({ ...status })),
  };
}
