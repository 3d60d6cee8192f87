import type { CollectProblem, FactBatch } from '../domain/facts.ts';

/** Who a cluster is, as its own API says. */
export interface ClusterIdentity {
  /** UID of the namespace `kube-system`. */
  clusterId: string;
  /** The name people use: context or file entry. */
  name: string;
  server: string;
  version: string | null;
  /** True when the API says it is the demo world. */
  demo: boolean;
}

/** What the store knows of a cluster when a reader starts. */
export interface ReaderMemory {
  /** policyId → the engine reader's opaque memory. */
  policies: ReadonlyMap<string, string>;
}

/** Where a reader puts what it read. A rejected promise ends the reader; it never drops a batch silently. */
export interface FactSink {
  /** Called with batches in the order of reading, one at a time; resolves when the batch is durable. */
  save(batch: FactBatch): Promise<void>;
}

export interface ReaderProgress {
  phase: 'discover' | 'list' | 'watch';
  text: string;
}

/** What is understood of a cluster: engines by API discovery, rights, problems. */
export interface ReaderStatus {
  engines: string[];
  kinds: { source: string; watching: boolean; lastEventAt: Date | null }[];
  problems: CollectProblem[];
  requests: number;
}

/**
 * Reads one cluster. Read-only: get, list and watch, never a Secret.
 *
 * - `collectOnce` lists every readable kind once, saves, and returns. It throws AppError `source-unreachable` or
 *   `source-unauthorized` when nothing at all can be read; a forbidden or broken kind is a problem in the batch.
 * - `watch` lists and then watches until the signal aborts. It calls `onSettled(observedAt)` after each cycle: every
 *   change up to that cluster time has been saved. A lost API is reported as a problem and retried with backoff.
 */
export interface ClusterReader {
  identify(signal: AbortSignal): Promise<ClusterIdentity>;
  collectOnce(
    memory: ReaderMemory,
    sink: FactSink,
    signal: AbortSignal,
    onProgress?: (progress: ReaderProgress) => void,
  ): Promise<{ observedAt: Date; problems: CollectProblem[] }>;
  watch(
    memory: ReaderMemory,
    sink: FactSink,
    onSettled: (observedAt: Date) => Promise<void>,
    signal: AbortSignal,
    onProgress?: (progress: ReaderProgress) => void,
  ): Promise<void>;
  status(): ReaderStatus;
}

/** One line of `doctor` about a cluster. */
export interface ClusterCheck {
  check: string;
  ok: boolean | 'unknown';
  text: string;
  nextStep: string | null;
}

/** Checks reachability, rights (access reviews), engines and clock; changes nothing. */
export interface ClusterDoctor {
  examine(signal: AbortSignal): Promise<ClusterCheck[]>;
}
