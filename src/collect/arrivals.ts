/** Which watches have delivered all that happened up to an instant. */
export interface Arrivals {
  /**
   * An object came; `writtenAt` is the API server's own stamp, null when it carries none. Returns the newest stamp of
   * its watch so far: later objects of one watch never come before earlier ones. Null: no stamp yet.
   */
  note(scope: string, writtenAt: Date | null): number | null;
  /** Silence from before does not count. */
  begin(): void;
  /** One look: a watch that showed nothing since the last look has been silent for one more of them. */
  look(): void;
  /**
   * Every watch has shown something written after the instant, or was silent for so many looks. `late` no longer
   * waits for watches whose objects carry no stamps and never fall silent.
   */
  reached(at: Date, looks: number, late: boolean): boolean;
}

/** Silence is counted in looks, not in time: a busy thread that reads nothing has not heard silence. */
export function createArrivals(): Arrivals {
  const last = new Map<string, { silentLooks: number; newest: number }>();
  return {
    note(scope, writtenAt) {
      const before = last.get(scope)?.newest ?? Number.NEGATIVE_INFINITY;
      const newest = Math.max(before, writtenAt?.getTime() ?? before);
      last.set(scope, { silentLooks: 0, newest });
      return Number.isFinite(newest) ? newest : null;
    },
    begin() {
      for (const watch of last.values()) watch.silentLooks = 0;
    },
    look() {
      for (const watch of last.values()) watch.silentLooks += 1;
    },
    reached: (at, looks, late) =>
      [...last.values()].every(
        ({ silentLooks, newest }) =>
          newest > at.getTime() ||
          silentLooks >= looks ||
          (late && newest === Number.NEGATIVE_INFINITY),
      ),
  };
}
