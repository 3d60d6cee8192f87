import type { Workspace } from '../services/api.ts';

type Listener = (revision: string) => void;

export interface RevisionWatch {
  /** Tells of each revision after `known` until the returned function is called. */
  join(who: string, known: string, workspace: Workspace, listener: Listener): () => void;
}

interface Group {
  known: string;
  listeners: Set<Listener>;
  timer: NodeJS.Timeout;
}

/** Reads the revision once per interval and caller, however many pages listen, and not at all when none does. */
export function createRevisionWatch(intervalMs: number): RevisionWatch {
  const groups = new Map<string, Group>();

  async function look(group: Group, workspace: Workspace): Promise<void> {
    // A store that gives no answer now is asked again at the next tick.
    const revision = await workspace.readRevision().catch(() => group.known);
    if (revision !== group.known) {
      group.known = revision;
      for (const listener of group.listeners) listener(revision);
    }
    if (group.listeners.size > 0)
      group.timer = setTimeout(() => void look(group, workspace), intervalMs);
  }

  return {
    join(who, known, workspace, listener) {
      const running = groups.get(who);
      const group = running ?? {
        known,
        listeners: new Set(),
        timer: setTimeout(() => void look(group, workspace), intervalMs),
      };
      groups.set(who, group);
      group.listeners.add(listener);
      if (group.known !== known) listener(group.known);
      return () => {
        group.listeners.delete(listener);
        if (group.listeners.size > 0) return;
        clearTimeout(group.timer);
        if (groups.get(who) === group) groups.delete(who);
      };
    },
  };
}
