import type { Waiting } from './fact-drain.ts';

/** Objects on their way to becoming facts, in order of arrival. */
export interface FactQueue {
  /** Waits while the queue is full: what feeds it stops reading. */
  push(waiting: Waiting): Promise<void>;
  next(): Waiting | undefined;
  size(): number;
  /** True while someone waits to push. */
  full(): boolean;
}

export function createFactQueue(limit: number, onPush: () => void, signal: AbortSignal): FactQueue {
  const queue: Waiting[] = [];
  let waiters: (() => void)[] = [];
  const release = (): void => {
    const released = waiters;
    waiters = [];
    for (const resolve of released) resolve();
  };
  signal.addEventListener('abort', release, { once: true });
  return {
    async push(waiting) {
      while (queue.length >= limit && !signal.aborted) {
        onPush();
        await new Promise<void>((resolve) => waiters.push(resolve));
      }
      queue.push(waiting);
      onPush();
    },
    next() {
      const waiting = queue.shift();
      if (queue.length * 2 <= limit) release();
      return waiting;
    },
    size: () => queue.length,
    full: () => waiters.length > 0,
  };
}
