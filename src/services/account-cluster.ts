import type { EndedRun, Readings } from '../analyze/ledger/account-input.ts';
import { accountRuns } from '../analyze/ledger/account-runs.ts';
import type { CorePrice, Grid, Prices } from '../analyze/ledger/prices.ts';
import type { MeterReading, RunMeter } from '../collect/port.ts';
import { AppError } from '../domain/error.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/time.ts';
import type { LedgerRun, SystemStore } from '../store/port.ts';

export interface ClusterLedgerDeps {
  store: Pick<SystemStore, 'readLedgerInput' | 'saveLedger'>;
  tenantId: string;
  clusterId: string;
  /** Null: no metrics store; then energy is modelled. */
  meter: RunMeter | null;
  prices: Prices;
  /** Whose electricity it is, given the region that the cluster's prices name. */
  gridOf(region: string | null): Grid;
}

/** Keeps one cluster's ledger. Only the holder of the cluster's lease may call it. */
export interface ClusterLedger {
  /**
   * Writes the entries of runs that ended some minutes before the cluster time `until`, so that their last samples have
   * arrived. With a metrics store that does not answer, runs wait for six hours and are then accounted without it.
   * Every ended run gets an entry, whatever fails in between; calls never overlap. A long history is taken in steps:
   * `more` asks for the next call. Returns too how many entries were new or changed, and how many runs wait.
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
  let seen: number | null = null;
  let last: Promise<unknown> = Promise.resolve();

  /** Everything up to it is accounted: what still waits is read again after a restart. */
  function accountedUpTo(): number {
    return waiting.values().reduce((mark, { revision }) => Math.min(mark, revision - 1), seen ?? 0);
  }

  async function save(runs: readonly LedgerRun[], reading: MeterReading): Promise<number> {
    let written = 0;
    const { readings, cpuPrices, region } = reading;
    const prices = { ...deps.prices, core: chosenCore(cpuPrices, deps.prices.core) };
    const entries = accountRuns(runs, readings, prices, deps.gridOf(region));
    for (const run of runs) waiting.delete(run.runId);
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

  /** New runs join those that wait; those too old for any meter are accounted at once. */
  async function takeNew(until: Date): Promise<{ written: number; more: boolean }> {
    const { runs, revision, more } = await store.readLedgerInput(tenantId, clusterId, seen, PAGE);
    for (const run of runs) waiting.set(run.runId, run);
    seen = revision;
    const old = [...waiting.values()].filter((run) => isOld(run, until));
    return { written: old.length === 0 ? 0 : await save(old, NO_READING), more };
  }

  async function account(until: Date, signal: AbortSignal): Promise<Accounted> {
    const taken = await takeNew(until);
    // Once all are here, the meter is asked about all at once.
    if (taken.more) return { ...taken, waiting: waiting.size };
    let { written } = taken;
    const settleMs = meter === null ? 0 : SETTLE_MS;
    const ripe = [...waiting.values()].filter(
      ({ endedAt }) => endedAt.getTime() + settleMs <= until.getTime(),
    );
    const reading = ripe.length === 0 ? null : await readMeter(meter, ripe, until, signal);
    if (reading !== null) written += await save(ripe, reading);
    return { written, waiting: waiting.size, more: false };
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
    waiting.clear();
  }
}

function isOld({ endedAt }: LedgerRun, until: Date): boolean {
  return until.getTime() - endedAt.getTime() > PATIENCE_MS;
}

/** Null: it does not answer now. Its own reader says so; here the runs wait. */
async function readMeter(
  meter: RunMeter | null,
  runs: readonly EndedRun[],
  until: Date,
  signal: AbortSignal,
): Promise<MeterReading | null> {
  if (meter === null) return NO_READING;
  try {
    return await meter.read(runs, until, signal);
  } catch (error) {
    if (error instanceof AppError) return null;
    throw error;
  }
}

/** What OpenCost was told comes before our own table; its defaults come last. */
function chosenCore(told: CorePrice | null, own: CorePrice | null): CorePrice | null {
  if (told === null) return own;
  return told.quality === 'default' ? (own ?? told) : told;
}
