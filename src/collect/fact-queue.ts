import type { Waiting } from './fact-drain.ts';

/** An object with the place in time at which its watch delivered it; null when nothing there carries stamps. */
export interface Placed {
  waiting: Waiting;
  orderAt: number | null;
}

/** Objects on their way to becoming facts, in order of arrival. */
export interface FactQueue {
  /**
   * Waits while the queue is full, so that what feeds it stops reading. What the cycle waits for is never held up by
   * what came later: it has as much room of its own.
   */
  push(placed: Placed): Promise<void>;
  /** Makes room for all that happened up to the instant. */
  await(at: Date): void;
  /** Takes out what happened up to the instant; what came later stays for a later cycle. */
  take(at: Date): Waiting[];
}

export function createFactQueue(limit: number, onPush: () => void, signal: AbortSignal): FactQueue {
  let queue: Placed[] = [];
  let horizon = Number.NEGATIVE_INFINITY;
  let due = 0;
  let waiters: (() => void)[] = [];
  const release = (): void => {
    const released = waiters;
    waiters = [];
    for (const resolve of released) resolve();
  };
  const isDue = ({ orderAt }: Placed): boolean => orderAt === null || orderAt <= horizon;
  const hasRoom = (placed: Placed): boolean =>
    signal.aborted || (isDue(placed) ? due : queue.length) < limit;
  signal.addEventListener('abort', release, { once: true });
  return {
    async push(placed) {
      while (!hasRoom(placed)) {
        onPush();
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
      queue.push(placed);
      if (isDue(placed)) due += 1;
      onPush();
    },
    await(at) {
      horizon = at.getTime();
      due = queue.filter(isDue).length;
      release();
    },
    take(at) {
      const isTaken = ({ orderAt }: Placed): boolean => orderAt === null || orderAt <= at.getTime();
      const taken = queue.filter(isTaken).map(({ waiting }) => waiting);
      queue = queue.filter((placed) => !isTaken(placed));
      due = queue.filter(isDue).length;
      release();
      return taken;
    },
  };
}
