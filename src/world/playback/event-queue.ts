import type { WorldEvent } from '../home/world-event.ts';

/** Many series in time order as one; at the same instant the earlier series comes first. */
export interface EventQueue {
  /** The next event's instant; infinity when nothing will ever happen. */
  nextAt(): number;
  /** Null when nothing will ever happen. */
  take(): WorldEvent | null;
}

interface Head {
  event: WorldEvent;
  rank: number;
  life: Iterator<WorldEvent>;
}

const before = (left: Head, right: Head): boolean =>
  left.event.at < right.event.at || (left.event.at === right.event.at && left.rank < right.rank);

export function createEventQueue(lives: Iterator<WorldEvent>[]): EventQueue {
  /** Sorted, the next one last. */
  const heads: Head[] = [];

  function insert(head: Head): void {
    let [low, high] = [0, heads.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = heads[middle];
      if (other && before(head, other)) low = middle + 1;
      else high = middle;
    }
    heads.splice(low, 0, head);
  }

  function advance(life: Iterator<WorldEvent>, rank: number): void {
    const step = life.next();
    if (step.done !== true) insert({ event: step.value, rank, life });
  }

  lives.forEach(advance);
  return {
    nextAt: () => heads.at(-1)?.event.at ?? Number.POSITIVE_INFINITY,
    take() {
      const head = heads.pop();
      if (!head) return null;
      advance(head.life, head.rank);
      return head.event;
    },
  };
}
