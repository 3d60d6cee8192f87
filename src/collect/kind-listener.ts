import type { AppError } from '../domain/error.ts';
import { addTo, completeLists, emptyLists, type Listed } from './complete-lists.ts';
import type { EngineContext } from './engine.ts';
import type { KindListener } from './kubernetes/follow-kind.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import type { ProblemBook } from './kubernetes/problem-book.ts';
import type { ObjectIntake } from './object-intake.ts';
import { problemOf } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';
import type { Waker } from './waker.ts';
import { scopeOf, type WatchedKinds } from './watched-kinds.ts';

export interface ListenerDeps {
  context: EngineContext;
  intake: ObjectIntake;
  problems: ProblemBook;
  watched: WatchedKinds;
  waker: Waker;
  /** The cluster's time of the last cycle; null before the first. */
  clusterTime(): Date | null;
}

export interface ListenerCalls {
  /** A list is complete. */
  onDone(): void;
  onBroken(error: AppError, failures: number): void;
}

/** Takes what happens to a kind in one scope to where it belongs. */
export function createKindListener(
  deps: ListenerDeps,
  kind: ReadKind,
  calls: ListenerCalls,
): KindListener {
  const { context, intake, problems, watched, waker } = deps;
  const { target, reader } = kind;
  const problemKey = `kind:${scopeOf(kind)}`;
  const status = watched.begin(kind);
  let ids: Listed = new Map();
  const close = (): void => watched.close(kind, deps.clusterTime());
  return {
    onListStart() {
      ids = emptyLists(kind, context);
      close();
    },
    onSeen(object) {
      if (reader !== null) addTo(ids, reader, target.kind, object, context);
    },
    async onObject(object) {
      status.lastEventAt = deps.clusterTime();
      await intake.take(kind, object);
    },
    async onDeleted(object) {
      status.lastEventAt = deps.clusterTime();
      await intake.takeDeleted(kind, object);
    },
    async onListed(uids) {
      problems.clear(problemKey);
      await intake.takeListed(kind, uids, () => completeLists(ids, kind));
      calls.onDone();
    },
    onWatching(since) {
      problems.clear(problemKey);
      watched.open(kind, since);
    },
    onBroken(error, failures) {
      close();
      const outOfReach = error.code === 'source-unreachable' || error.code === 'internal';
      // One lost connection that comes back at once is no news.
      if (!outOfReach || failures > 0)
        problems.report(problemKey, {
          ...problemOf(sourceOf(target), error),
          namespaces: kind.among?.filter((namespace) => namespace !== target.namespace) ?? null,
        });
      waker.wake();
      calls.onBroken(error, failures);
    },
    onMalformed: (object, missing) => intake.reportFaults(kind, object, [`${missing} is missing`]),
  };
}
