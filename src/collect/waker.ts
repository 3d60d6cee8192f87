/** Lets many callers wake one sleeper; a call while it is awake is not lost. */
export interface Waker {
  wake(): void;
  /** Resolves when woken, when the time is over, or when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}

export function createWaker(): Waker {
  let woken = false;
  let resolveSleep: (() => void) | null = null;
  return {
    wake() {
      woken = true;
      resolveSleep?.();
    },
    async sleep(milliseconds, signal) {
      if (!woken && !signal.aborted)
        await new Promise<void>((resolve) => {
          const timer = setTimeout(resolve, milliseconds);
          const done = (): void => {
            clearTimeout(timer);
            resolve();
          };
          resolveSleep = done;
          signal.addEventListener('abort', done, { once: true });
        });
      woken = false;
      resolveSleep = null;
    },
  };
}
