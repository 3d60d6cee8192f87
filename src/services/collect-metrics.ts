import type { MetricsReader } from '../collect/port.ts';
import type { CollectProblem } from '../domain/facts.ts';
import { emptyMetrics } from '../domain/metrics.ts';
import type { MetricsBatch, MetricsSourceState, MetricValue } from '../domain/metrics.ts';
import { DAY_MS, HOUR_MS } from '../domain/time.ts';
import type { SystemStore } from '../store/port.ts';

export interface MetricsCollectorDeps {
  store: Pick<SystemStore, 'saveMetrics' | 'readMetricsState'>;
  tenantId: string;
  clusterId: string;
  reader: MetricsReader;
  /** A cycle of metrics at most this often, however often objects change. */
  intervalMs: number;
  backfillDays: number;
}

/** Collects one cluster's metrics. Only the holder of the cluster's lease may call it. */
export interface MetricsCollector {
  /**
   * A cycle up to the cluster time, or nothing when the last one is recent. When the store answers, what is missing of
   * the past follows: all of it at first contact, else the time without us or without an answer in full. Call it when the objects up to then are stored: what they show is not taken from metrics again.
   * Returns how many runs only metrics show are new, and what operators' series said last; null: nothing is known, or
   * they no longer answer. Rejects when the store fails or the signal aborts, never because
   * of the metrics store: how that one stands is stored.
   */
  collect(
    observedAt: Date,
    signal: AbortSignal,
  ): Promise<{ runs: number; witnesses: MetricValue[] | null }>;
}

/** The state is written when it changes, and now and then: so a longer silence of it means a gap. */
const SAY_AGAIN_MS = HOUR_MS;
/** Cycles come a moment early or late: one just short of the interval is due. */
const NEARLY = 0.9;
/** A history that could not be read in full is asked for again after this, then after twice as long, up to a day. */
const TRY_AGAIN_MS = HOUR_MS;

export function createMetricsCollector(deps: MetricsCollectorDeps): MetricsCollector {
  const { store, tenantId, clusterId, reader, intervalMs } = deps;
  let stored: MetricsSourceState | null = null;
  let historyFrom: Date | null = null;
  /** Since when history is missing; null: nothing is. */
  let missing: Date | null = null;
  /** How far back the first look at what is missing came. */
  let lookedFrom: Date | null = null;
  let tryAt: Date | null = null;
  let tryAgainMs = TRY_AGAIN_MS;
  let wasWhole = true;
  let collectedAt: Date | null = null;
  let startedAt: Date | null = null;
  let newRuns = 0;
  let witnesses: MetricValue[] | null = null;

  const sink = {
    save: async (batch: MetricsBatch) => {
      newRuns += (await store.saveMetrics(tenantId, batch)).runs;
    },
  };

  /** What is missing of the past: all of it, or what came after the last answer in full. */
  async function resume(at: Date): Promise<void> {
    const state = await store.readMetricsState(tenantId, clusterId);
    stored = state;
    historyFrom = state?.url === reader.url ? state.historyFrom : null;
    if (historyFrom === null) missing = new Date(at.getTime() - deps.backfillDays * DAY_MS);
    else collectedAt = state?.observedAt ?? null;
  }

  /** The state says hourly up to when it holds: only a longer silence is a gap. */
  function isAway(last: Date, at: Date): boolean {
    return at.getTime() - last.getTime() > SAY_AGAIN_MS + 2 * intervalMs;
  }

  /** What is wrong now that more was asked; null: nothing was. */
  async function readHistory(at: Date, signal: AbortSignal): Promise<CollectProblem[] | null> {
    if (missing === null || (tryAt !== null && at < tryAt)) return null;
    const window = { clusterId, from: missing, until: at };
    const read = await reader.backfill(window, sink, signal);
    lookedFrom ??= read.historyFrom;
    missing = read.missingFrom;
    tryAt = missing === null ? null : new Date(at.getTime() + tryAgainMs);
    tryAgainMs = missing === null ? TRY_AGAIN_MS : Math.min(DAY_MS, 2 * tryAgainMs);
    if (missing === null) {
      historyFrom ??= lookedFrom;
      // What the cycles in between could not read is in it.
      collectedAt = at;
    }
    return read.problems;
  }

  async function saveState(state: MetricsSourceState, at: Date): Promise<void> {
    if (stored !== null && !isNews(stored, state)) return;
    await sink.save({ ...emptyMetrics(clusterId, at), source: state });
    stored = state;
  }

  async function cycle(at: Date, signal: AbortSignal): Promise<void> {
    if (startedAt === null) await resume(at);
    startedAt = at;
    if (collectedAt !== null && isAway(collectedAt, at)) missing ??= collectedAt;
    const from = collectedAt ?? new Date(at.getTime() - intervalMs);
    const read = await reader.collect({ clusterId, from, until: at }, sink, signal);
    witnesses = read.witnesses;
    // What could not be read in full while the store was in trouble need not wait now that it is out of it.
    if (read.whole && !wasWhole) tryAt = null;
    wasWhole = read.whole;
    if (read.whole) collectedAt = at;
    const answers = read.state === 'answers' || read.state === 'partial';
    const problems = (answers ? await readHistory(at, signal) : null) ?? read.problems;
    const state = answers ? (problems.length === 0 ? 'answers' : 'partial') : read.state;
    const observedAt = collectedAt ?? stored?.observedAt ?? null;
    await saveState({ url: reader.url, state, observedAt, historyFrom, problems }, at);
  }

  return {
    async collect(observedAt, signal) {
      const since = startedAt === null ? Infinity : observedAt.getTime() - startedAt.getTime();
      if (since < NEARLY * intervalMs) return { runs: 0, witnesses };
      newRuns = 0;
      await cycle(observedAt, signal);
      return { runs: newRuns, witnesses };
    },
  };
}

function isNews(before: MetricsSourceState, now: MetricsSourceState): boolean {
  const elapsed = (now.observedAt?.getTime() ?? 0) - (before.observedAt?.getTime() ?? 0);
  return elapsed >= SAY_AGAIN_MS || textOf(before) !== textOf(now);
}

function textOf({ url, state, historyFrom, problems }: MetricsSourceState): string {
  return JSON.stringify([url, state, historyFrom, problems]);
}
