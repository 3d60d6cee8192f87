import type { EndedRun, Readings } from '../analyze/ledger/account-input.ts';
import type { CorePrice } from '../analyze/ledger/prices.ts';
import type { CollectProblem, FactBatch } from '../domain/facts.ts';
import type { MetricsBatch, MetricsState, MetricValue } from '../domain/metrics.ts';

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
  /**
   * Called with batches in the order of reading, one at a time; resolves when the batch is durable. One that says only
   * that someone was watching may become so later.
   */
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

/** Where a metrics reader puts what it read; resolves when the batch is durable. */
export interface MetricsSink {
  save(batch: MetricsBatch): Promise<void>;
}

/** One cluster's cycle: half open, in the cluster's time. */
export interface MetricsWindow {
  clusterId: string;
  from: Date;
  until: Date;
}

/** How the asking went. */
export interface MetricsReport {
  state: MetricsState;
  problems: CollectProblem[];
}

/** How far a look back came. */
export interface HistoryRead {
  /** How far back the store could be asked. */
  historyFrom: Date;
  /** From when on something is missing, because an answer failed or was partial; null: nothing is. */
  missingFrom: Date | null;
}

/**
 * Asks a metrics store about one cluster: a fixed number of grouped questions a cycle, however large the cluster.
 * Nothing here stops the reading of objects: what cannot be asked or understood is a problem of the report, and only an
 * abort or a failing sink rejects. What is missing is unknown: no sample, never zero.
 */
export interface MetricsReader {
  /** Where it asks; without credentials. */
  readonly url: string;
  /**
   * What holds at the end of the window and what ended in it; the same window twice saves the same. `whole`: every
   * question was answered in full, so nothing of the window is missing. `witnesses`: what operators' series say now,
   * whole; null: that is not known.
   */
  collect(
    window: MetricsWindow,
    sink: MetricsSink,
    signal: AbortSignal,
  ): Promise<MetricsReport & { whole: boolean; witnesses: MetricValue[] | null }>;
  /**
   * Takes over what history the store still has in the window, oldest first: usage, movers, and runs that no object
   * shows. Ends with the first failure, and goes on where parts are missing; the same window twice saves the same.
   */
  backfill(
    window: MetricsWindow,
    sink: MetricsSink,
    signal: AbortSignal,
  ): Promise<MetricsReport & HistoryRead>;
  /** Requests made so far. */
  requests(): number;
  close(): void;
}

/** What a metrics store tells of runs' movers, and OpenCost of the cluster. */
export interface MeterReading {
  readings: Readings;
  /** Null: OpenCost does not run there. */
  cpuPrices: CorePrice | null;
  /** The cloud region its nodes' prices name; null: not told. */
  region: string | null;
}

/** Asks for the energy, CPU time and traffic of the movers of ended runs. */
export interface RunMeter {
  /**
   * A few questions however many runs; AppError when the store does not answer, or in part only. `until` may lie in the
   * past: nothing later is asked for.
   */
  read(runs: readonly EndedRun[], until: Date, signal: AbortSignal): Promise<MeterReading>;
  /** How long the store keeps samples, ms; infinite where it does not say. */
  keepsMs(signal: AbortSignal): Promise<number>;
}
