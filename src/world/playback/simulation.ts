import { kindNamed } from '../api/kinds.ts';
import type { ObjectStore } from '../api/object-store.ts';
import { timestamp, type WorldEvent, type WorldFrame } from '../home/world-event.ts';
import type { WorldObject } from '../api/world-object.ts';
import { createEventQueue } from './event-queue.ts';
import type { WorldScript } from './world-script.ts';

/** A simulated cluster moving through time. Its objects and their versions depend on frame and instant alone. */
export interface Simulation {
  now(): number;
  nextAt(): number;
  /** Moves to the instant, or less far when `most` events have happened on the way. Returns how many did. */
  advance(until: number, most?: number): number;
}

/** Who wrote the object last and when, as a real API server keeps it. */
function signed({ at, object }: WorldEvent): WorldObject {
  const writer = {
    manager: 'controller',
    operation: 'Update',
    apiVersion: object.apiVersion,
    time: timestamp(at),
    fieldsType: 'FieldsV1',
    fieldsV1: {},
  };
  return { ...object, metadata: { ...object.metadata, managedFields: [writer] } };
}

function apply(store: ObjectStore, event: WorldEvent): void {
  const { plural, change, object } = event;
  const kind = kindNamed(plural);
  if (change === 'put') store.put(kind, signed(event));
  else store.remove(kind, object.metadata.namespace ?? '', object.metadata.name);
}

export function createSimulation(
  frame: WorldFrame,
  store: ObjectStore,
  { lives }: Pick<WorldScript, 'lives'>,
): Simulation {
  const queue = createEventQueue(lives(frame));
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
