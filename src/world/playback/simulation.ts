import { kindNamed } from '../api/kinds.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { homeLives } from '../home/home-world.ts';
import type { WorldEvent, WorldFrame } from '../home/world-event.ts';
import { createEventQueue } from './event-queue.ts';

/** The home moving through time. Its objects and their versions depend on frame and instant alone. */
export interface Simulation {
  now(): number;
  nextAt(): number;
  /** Moves to the instant, or less far when `most` events have happened on the way. Returns how many did. */
  advance(until: number, most?: number): number;
}

function apply(store: ObjectStore, { plural, change, object }: WorldEvent): void {
  const kind = kindNamed(plural);
  if (change === 'put') store.put(kind, object);
  else store.remove(kind, object.metadata.namespace ?? '', object.metadata.name);
}

export function createSimulation(frame: WorldFrame, store: ObjectStore): Simulation {
  const queue = createEventQueue(homeLives(frame));
  let now = frame.begin;
  return {
    now: () => now,
    nextAt: () => queue.nextAt(),
    advance(until, most = Number.POSITIVE_INFINITY) {
      let happened = 0;
      while (queue.nextAt() <= until && happened < most) {
        const event = queue.take();
        if (!event) break;
        apply(store, event);
        now = Math.max(now, event.at);
        happened += 1;
      }
      if (queue.nextAt() > until) now = Math.max(now, until);
      return happened;
    },
  };
}
