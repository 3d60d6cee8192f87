/** How a reader paces itself; all but the interval are for tests and the demo's racing clock. */
export interface ReaderSettings {
  /** A cycle at least this often (`COLLECT_INTERVAL_SECONDS`). */
  intervalMs: number;
  /** A cycle this long after a watch event. */
  debounceMs: number;
  /** How long events that happened before the probed time may still be on their way. */
  settleMs: number;
  /** Engine objects waiting to be turned into facts; beyond this the watches are not read further. */
  queueLimit: number;
  /** Facts in one batch. */
  batchFacts: number;
  pageSize: number;
  watchSeconds: number;
  retryMinMs: number;
  retryMaxMs: number;
  slowRetryMs: number;
  requestTimeoutMs: number;
  /** Answers of one API under way at a time, so that many kinds are not listed at once. */
  concurrentRequests: number;
}

export const READER_SETTINGS: ReaderSettings = {
  intervalMs: 300_000,
  debounceMs: 1_000,
  settleMs: 500,
  queueLimit: 2_000,
  batchFacts: 1_000,
  pageSize: 500,
  watchSeconds: 240,
  retryMinMs: 1_000,
  retryMaxMs: 60_000,
  slowRetryMs: 300_000,
  requestTimeoutMs: 30_000,
  concurrentRequests: 4,
};
