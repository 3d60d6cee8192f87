import type { Cadence } from '../home/cadence.ts';
import type { CatalogueClaim } from '../home/catalogue.ts';

/** An app's data: one claim. The claim, its volume, its app and its pod are put into the world by others. */
export type Workload = Omit<CatalogueClaim, 'protection'>;

/** How a fault plays out. Each engine says which of them it can play; it throws for another, a mistake of the caller. */
export type EngineFaultScript =
  /** Every run fails, with a cause that the engine shows. */
  | 'failing'
  /** As `failing`, from the very first run on. */
  | 'never-succeeded'
  /** Runs fail since a dead process holds the repository's lock (FM-01). */
  | 'locked'
  /** Runs succeed and move nothing (FM-04). */
  | 'empty'
  /** Runs are told as successes and leave something out (FM-28; a kopiur Snapshot with failed files). */
  | 'partial'
  /** From then on nothing runs and nothing says why (FM-25). */
  | 'stopped'
  /** Someone suspended it (FM-29). */
  | 'suspended'
  /** One run begins and never ends (FM-07, FM-23). */
  | 'stuck'
  /** The run moves a tenth of what it did. */
  | 'shrunk'
  /** The run takes many times as long as before. */
  | 'slow'
  /** Runs take longer than their interval (FM-12). */
  | 'overrun'
  /** The claim is gone and the policy stays. */
  | 'orphaned'
  /** Repository, backup target or object store does not answer (FM-20). */
  | 'repository-unavailable'
  /** Prune or maintenance fails (FM-09). */
  | 'maintenance-failing'
  /** Maintenance ends well and the repository's index grows all the same (FM-10). */
  | 'index-growing'
  /** Someone restores a snapshot into a claim that is smaller than it (FM-30). */
  | 'too-small'
  /** The volume is detached, so nothing runs (FM-22). */
  | 'detached'
  /** WAL archiving fails (FM-27). */
  | 'wal-archiving';

export interface EngineFault {
  script: EngineFaultScript;
  /** When it begins, in milliseconds since 1970. */
  since: number;
}

/**
 * One policy as an engine's simulator plays it: `function* xPolicy(frame, plan): Generator<WorldEvent>` yields every
 * write of the engine's objects in time order, without end unless the fault ends it. All randomness comes from
 * `createRandom(frame.seed, …)`, sizes and durations from `runModelOf`, UIDs from
 * `uuidOf(frame.seed, plural, namespace, name)`: a claim's too, so that references resolve. A plural that several
 * groups serve is written with its group (`backups.k8up.io`).
 */
export interface EnginePolicyPlan {
  /** Of the policy's objects. */
  name: string;
  namespace: string;
  cadence: Cadence;
  /** When the policy is made, in milliseconds since 1970; its claims are there already. */
  createdAt: number;
  /** What it protects, at least one. */
  claims: readonly Workload[];
  fault: EngineFault | null;
}
