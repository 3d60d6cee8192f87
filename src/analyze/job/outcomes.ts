/** Slots: runs in the window, their outcomes as bits (1 failed), then successes, failures, chances and onsets before it. */
export const OUTCOME_SLOTS = 6;
/** Runs that flapping looks at. */
export const OUTCOME_WINDOW = 14;
/** Older runs count for half beyond this many. */
const MEMORY = 400;

export interface OutcomeCounts {
  /** Runs that ended. */
  runs: number;
  failures: number;
  /** Times a run failed after one that succeeded. */
  onsets: number;
  /** Runs that came after one that succeeded. */
  chances: number;
}

/** How a job's runs ended: the newest each, the older ones as counts. */
export interface Outcomes {
  learn(memory: Int16Array, failed: boolean): void;
  recent(memory: Int16Array): OutcomeCounts;
  before(memory: Int16Array): OutcomeCounts;
}

export function createOutcomes(at: number): Outcomes {
  const add = (memory: Int16Array, slot: number): void => {
    memory[at + slot] = memory[at + slot]! + 1;
  };

  function learn(memory: Int16Array, failed: boolean): void {
    const held = memory[at]!;
    const bits = memory[at + 1]! & 0x3fff;
    if (held === OUTCOME_WINDOW) forget(memory, bits);
    memory[at] = Math.min(OUTCOME_WINDOW, held + 1);
    memory[at + 1] = ((bits << 1) | (failed ? 1 : 0)) & 0x3fff;
  }

  /** The oldest outcome of the window becomes a count, with the one that followed it. */
  function forget(memory: Int16Array, bits: number): void {
    const failed = (bits >> (OUTCOME_WINDOW - 1)) & 1;
    const next = (bits >> (OUTCOME_WINDOW - 2)) & 1;
    add(memory, failed === 1 ? 3 : 2);
    if (failed === 0) add(memory, 4);
    if (failed === 0 && next === 1) add(memory, 5);
    if (memory[at + 2]! + memory[at + 3]! < MEMORY) return;
    for (let slot = 2; slot < OUTCOME_SLOTS; slot += 1)
      memory[at + slot] = (memory[at + slot]! + 1) >> 1;
  }

  function recent(memory: Int16Array): OutcomeCounts {
    const held = memory[at]!;
    const counts = { runs: held, failures: 0, onsets: 0, chances: 0 };
    if (memory[at + 1] === 0) return { ...counts, chances: Math.max(0, held - 1) };
    for (let i = 0; i < held; i += 1) {
      const failed = (memory[at + 1]! >> i) & 1;
      counts.failures += failed;
      if (i + 1 === held || ((memory[at + 1]! >> (i + 1)) & 1) === 1) continue;
      counts.chances += 1;
      counts.onsets += failed;
    }
    return counts;
  }

  function before(memory: Int16Array): OutcomeCounts {
    const failures = memory[at + 3]!;
    const runs = memory[at + 2]! + failures;
    return { runs, failures, onsets: memory[at + 5]!, chances: memory[at + 4]! };
  }

  return { learn, recent, before };
}
