import type { Readings } from '../analyze/ledger/account-input.ts';
import { accountRuns } from '../analyze/ledger/account-runs.ts';
import type { CorePrice, Grid, Prices } from '../analyze/ledger/prices.ts';
import type { MeterReading, RunMeter } from '../collect/port.ts';
import { AppError } from '../domain/error.ts';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../domain/time.ts';
import type { LedgerRun, SystemStore } from '../store/port.ts';
import { CHUNK, firstChunk } from './chunks-of-runs.ts';

export interface ClusterLedgerDeps {
  store: Pick<SystemStore, 'readLedgerInput' | 'saveLedger'>;
  tenantId: string;
  clusterId: string;
  /** Null: no metrics store; then energy is modelled. */
  meter: RunMeter | null;
  prices: Prices;
  /** Whose electricity it is, given the region that the cluster's prices name. */
  gridOf(region: string | null): Grid;
  /** How far back a meter is asked at most; 90 when left out. */
  historyDays?: number;
}

/** Keeps one cluster's ledger. Only the holder of the cluster's lease may call it. */
export interface ClusterLedger {
  /**
   * Writes the entries of runs that ended some minutes before the cluster time `until`, so that their last samples have
   * arrived; the metrics store is asked about a bounded stretch of time in each call, the oldest first, as far back as
   * it keeps samples. With one that does not answer, runs wait for six hours, are then accounted without it, and again
   * once it answers. Every ended run gets an entry, whatever fails in between; calls never overlap. `more` asks for the
   * next call at once. Returns too how many entries were new or changed, and how many runs wait.
   */
  account(until: Date, signal: AbortSignal): Promise<Accounted>;
}

export interface Accounted {
  written: number;
  waiting: number;
  more: boolean;
}

const PAGE = 2_000;
/** Small, so that an embedded database answers others in between. */
const BATCH = 250;
/** Three scrapes at a usual interval. */
const SETTLE_MS = 3 * MINUTE_MS;
const PATIENCE_MS = 6 * HOUR_MS;
/** Runs in memory that a meter is to be asked about again; what is more is read again from the store. */
const MOST_OWED = 20_000;

const NOTHING_READ: Readings = {
  pods: [],
  energy: [],
  meterVersion: null,
  scrapeIntervalSeconds: 60,
};
const NO_READING: MeterReading = { readings: NOTHING_READ, cpuPrices: null, region: null };

export function createClusterLedger(deps: ClusterLedgerDeps): ClusterLedger {
  const { store, tenantId, clusterId, meter } = deps;
  const waiting = new Map<string, LedgerRun>();
  /** Those of them that have an entry made without the meter. */
  const owed = new Set<string>();
  /** The oldest revision of owed runs that are no longer in memory. */
  let leftOut = Infinity;
  let seen: number | null = null;
  let most = CHUNK.runs;
  let last: Promise<unknown> = Promise.resolve();

  /** Everything up to it is accounted: what still waits is read again after a restart. */
  function accountedUpTo(): number {
    const mark = Math.min(seen ?? 0, leftOut - 1);
    return waiting.values().reduce((least, { revision }) => Math.min(least, revision - 1), mark);
  }

  /** Unless `settled`, the runs stay: the meter is asked about them again. */
  async function save(
    runs: readonly LedgerRun[],
    reading: MeterReading,
    settled: boolean,
  ): Promise<number> {
    let written = 0;
    const { readings, cpuPrices, region } = reading;
    const prices = { ...deps.prices, core: chosenCore(cpuPrices, deps.prices.core) };
    const revisions = new Map(runs.map(({ runId, revision }) => [runId, revision]));
    const entries = accountRuns(runs, readings, prices, deps.gridOf(region)).map((entry) => ({
      ...entry,
      revision: revisions.get(entry.runId) ?? 0,
      settled,
    }));
    for (const { runId, revision } of runs) {
      if (settled) owed.delete(runId);
      else if (owed.size < MOST_OWED) owed.add(runId);
      else leftOut = Math.min(leftOut, revision);
      if (!owed.has(runId)) waiting.delete(runId);
    }
    const revision = accountedUpTo();
    for (let first = 0; first < entries.length; first += BATCH) {
      const batch = entries.slice(first, first + BATCH);
      // The mark moves with the last batch alone.
      const mark = first + BATCH >= entries.length ? revision : 0;
      const saved = await store.saveLedger(tenantId, {
        clusterId,
        revision: mark,
        entries: batch,
      });
      written += saved.written;
    }
    return written;
  }

  /** New runs join those that wait, a page at a time: what has no entry yet goes first. */
  async function takeNew(): Promise<boolean> {
    if (waiting.size - owed.size >= PAGE) return true;
    if (waiting.size === 0 && leftOut < Infinity) {
      seen = null;
      leftOut = Infinity;
    }
    const { runs, revision, more } = await store.readLedgerInput(tenantId, clusterId, seen, PAGE);
    for (const run of runs) {
      waiting.set(run.runId, run);
      owed.delete(run.runId);
    }
    seen = revision;
    return more;
  }

  function runsEndedBefore(at: number): LedgerRun[] {
    return [...waiting.values()].filter(({ endedAt }) => endedAt.getTime() <= at);
  }

  async function account(until: Date, signal: AbortSignal): Promise<Accounted> {
    const more = await takeNew();
    const done =
      meter === null
        ? { written: await withoutMeter(until.getTime(), true), more }
        : await ask(meter, until, more, signal);
    return { ...done, waiting: waiting.size };
  }

  async function withoutMeter(before: number, settled: boolean): Promise<number> {
    const runs = runsEndedBefore(before).filter(({ runId }) => settled || !owed.has(runId));
    return runs.length === 0 ? 0 : save(runs, NO_READING, settled);
  }

  /** About one stretch of time; what ended before all that the store keeps needs no asking. */
  async function ask(asked: RunMeter, until: Date, moreToTake: boolean, signal: AbortSignal) {
    const now = until.getTime();
    let chunk: LedgerRun[] = [];
    let written = 0;
    try {
      if (runsEndedBefore(now - PATIENCE_MS).length > 0) {
        const reach = Math.min((deps.historyDays ?? 90) * DAY_MS, await asked.keepsMs(signal));
        written = await withoutMeter(now - reach, true);
      }
      const ripe = runsEndedBefore(now - SETTLE_MS);
      chunk = firstChunk(ripe, most);
      if (chunk.length === 0) return { written, more: moreToTake };
      const at = Math.min(now, lastEndOf(chunk) + SETTLE_MS);
      written += await save(chunk, await asked.read(chunk, new Date(at), signal), true);
      most = Math.min(CHUNK.runs, 2 * most);
      return { written, more: moreToTake || chunk.length < ripe.length };
    } catch (error) {
      if (!(error instanceof AppError) || error.code.startsWith('store-')) throw error;
      return { written: written + (await goOn(error, chunk, now)), more: isTooMuch(error) };
    }
  }

  /** After a failure of the meter, which its own reader tells: it is asked about less, or the runs wait. */
  async function goOn(error: AppError, chunk: readonly LedgerRun[], now: number): Promise<number> {
    if (isTooMuch(error) && chunk.length === 1) return save(chunk, NO_READING, true);
    if (error.details['tooMuch'] === true) most = Math.max(1, Math.floor(chunk.length / 2));
    return withoutMeter(now - PATIENCE_MS, false);
  }

  return {
    account(until, signal) {
      const turn = last.then(
        () => account(until, signal),
        () => account(until, signal),
      );
      last = turn.catch(forget);
      return turn;
    },
  };

  /** After a failure the store says again what is to be done. */
  function forget(): void {
    seen = null;
    leftOut = Infinity;
    waiting.clear();
    owed.clear();
  }
}

/** Of these runs, not of the metrics store's state. */
function isTooMuch({ code, details }: AppError): boolean {
  return code === 'source-invalid' && details['tooMuch'] === true;
}

function lastEndOf(runs: readonly LedgerRun[]): number {
  return runs.reduce((last, { endedAt }) => Math.max(last, endedAt.getTime()), 0);
}

/** What OpenCost was told comes before our own table; its defaults come last. */
function chosenCore(told: CorePrice | null, own: CorePrice | null): CorePrice | null {
  if (told === null) return own;
  return told.quality === 'default' ? (own ?? told) : told;
}
