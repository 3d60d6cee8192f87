/** What an engine's objects told of one run of a policy that has ended. Instants in milliseconds since 1970. */
export interface WorldRun {
  startedAt: number;
  endedAt: number;
  outcome: 'success' | 'partial' | 'failed' | 'refused';
}

/** A policy as operators' metrics know it. */
export interface WorldPolicy {
  engine: 'volsync' | 'velero' | 'kopiur' | 'k8up' | 'cnpg' | 'cronjob';
  namespace: string;
  name: string;
  /** How it moves data, where the engine's metrics say so. */
  method: string;
  /** Between two due runs; null: by no clock, or not told. */
  periodMs: number | null;
  /** Oldest first; of those that ended before the book's limit the last alone is kept. */
  runs: WorldRun[];
  /** When it was removed; infinity: it is there. */
  goneAt: number;
}

/** A pod that moved the data of one run. */
export interface WorldMover {
  namespace: string;
  pod: string;
  container: string;
  startedAt: number;
  endedAt: number;
  /** What it sent away, where the objects say. */
  sentBytes: number | null;
  /** How long its object stays after its end. */
  keptMs: number;
}

/** Work that a node's long-lived agent did. */
export interface AgentWork {
  node: string;
  startedAt: number;
  endedAt: number;
}

export interface WorldClaim {
  namespace: string;
  name: string;
  capacityBytes: number;
  bornAt: number;
  goneAt: number;
}

/** A Job of a CronJob as kube-state-metrics sees it. */
export interface WorldJob {
  namespace: string;
  name: string;
  startedAt: number;
  endedAt: number;
  failed: boolean;
  goneAt: number;
}

/** A Velero storage location's phase from an instant on, oldest first. */
export interface WorldLocation {
  name: string;
  phases: { from: number; available: boolean }[];
}

/** A claim of Longhorn's with the ends of its backups, oldest first. */
export interface LonghornVolume {
  namespace: string;
  claim: string;
  volume: string;
  backupsAt: number[];
}

/** The newest of ascending instants up to the given one, by its place; -1: none. */
export function placeBefore(
  count: number,
  instantOf: (place: number) => number,
  at: number,
): number {
  let [low, high] = [0, count];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (instantOf(middle) <= at) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

export function runBefore({ runs }: WorldPolicy, at: number): WorldRun | null {
  return runs[placeBefore(runs.length, (place) => runs[place]?.endedAt ?? 0, at)] ?? null;
}

export function successBefore({ runs }: WorldPolicy, at: number): WorldRun | null {
  let place = placeBefore(runs.length, (each) => runs[each]?.endedAt ?? 0, at);
  while (place >= 0 && runs[place]?.outcome !== 'success') place -= 1;
  return runs[place] ?? null;
}
