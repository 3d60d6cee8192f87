import type { Json, WorldObject } from '../api/world-object.ts';

/** One write into the world at one instant (milliseconds since 1970). */
export interface WorldEvent {
  at: number;
  change: 'put' | 'delete';
  plural: string;
  object: WorldObject;
}

export interface WorldFrame {
  seed: number;
  /** The end of the history: the moment the demo was first started. */
  anchor: number;
  /** The first event: some days before the history begins, so that it begins in a lived-in house. */
  begin: number;
}

/** Whole seconds, as Kubernetes writes instants. */
export const timestamp = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export const put = (at: number, plural: string, object: WorldObject): WorldEvent => ({
  at,
  change: 'put',
  plural,
  object,
});
export const remove = (at: number, plural: string, object: WorldObject): WorldEvent => ({
  at,
  change: 'delete',
  plural,
  object,
});

/** An unversioned object; the store stamps its resourceVersion. */
export function objectOf(
  apiVersion: string,
  kind: string,
  metadata: { name: string; namespace?: string; uid: string; createdAt: number } & Json,
  content: Json,
): WorldObject {
  const { createdAt, ...rest } = metadata;
  return {
    apiVersion,
    kind,
    metadata: {
      ...rest,
      resourceVersion: '',
      creationTimestamp: timestamp(createdAt),
      generation: 1,
    },
    ...content,
  };
}

/**
 * Events in time order from batches that overlap: `from` promises that no later batch has an earlier event.
 */
export function* inOrder(
  batches: Iterable<{ from: number; events: WorldEvent[] }>,
): Generator<WorldEvent> {
  let waiting: WorldEvent[] = [];
  for (const { from, events } of batches) {
    const due = waiting.filter(({ at }) => at < from);
    waiting = [...waiting.filter(({ at }) => at >= from), ...events].sort((l, r) => l.at - r.at);
    yield* due;
  }
  yield* waiting;
}
