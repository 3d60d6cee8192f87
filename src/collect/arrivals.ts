/** Which watches have delivered all that happened up to an instant. */
export interface Arrivals {
  /** An object came; `writtenAt` is the API server's own stamp, null when it carries none. */
  note(scope: string, writtenAt: Date | null): void;
  /** One look: a watch that showed nothing since the last look has been silent for one more of them. */
  look(): void;
  /** Every watch has shown something written after the instant, or was silent for so many looks. */
  reached(at: Date, looks: number): boolean;
}

/** Silence is counted in looks, not in time: a busy thread that reads nothing has not heard silence. */
export function createArrivals(): Arrivals {
  const last = new Map<string, { silentLooks: number; newest: number }>();
  return {
    note(scope, writtenAt) {
      const newest = last.get(scope)?.newest ?? Number.NEGATIVE_INFINITY;
      last.set(scope, { silentLooks: 0, newest: Math.max(newest, writtenAt?.getTime() ?? newest) });
    },
    look() {
      for (const watch of last.values()) watch.silentLooks += 1;
    },
    reached: (at, looks) =>
      [...last.values()].every(
        ({ silentLooks, newest }) => newest > at.getTime() || silentLooks >= looks,
      ),
  };
}
