import { describe, expect, it } from 'vitest';
import type { MeterReading, RunMeter } from '../collect/port.ts';
import { worldGrid } from '../collect/carbon/grid-factor.ts';
import { AppError } from '../domain/error.ts';
import type { AccountedRun, LedgerRun, SystemStore } from '../store/port.ts';
import { createClusterLedger } from './account-cluster.ts';

const NOW = new Date('2026-11-01T12:00:00Z');
const signal = new AbortController().signal;
const before = (minutes: number) => new Date(NOW.getTime() - minutes * 60_000);
const READING: MeterReading = {
  readings: { pods: [], energy: [], meterVersion: null, scrapeIntervalSeconds: 30 },
  cpuPrices: null,
  region: null,
};

function aRun(runId: string, revision: number, endedAt: Date): LedgerRun {
  return {
    runId,
    revision,
    runDay: '2026-11-01',
    engine: 'volsync',
    policyId: null,
    namespace: 'media',
    name: 'photos',
    startedAt: new Date(endedAt.getTime() - 60_000),
    endedAt,
    outcome: 'success',
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    expiresAt: null,
    known: null,
  };
}

/** A ledger's side of a store, in memory. */
function ledgerStore(runs: LedgerRun[]) {
  const state = { runs, revision: 0, entries: new Map<string, AccountedRun>(), failing: false };
  const store: Pick<SystemStore, 'readLedgerInput' | 'saveLedger'> = {
    readLedgerInput: async (_tenant, _cluster, after, limit) => {
      const isDone = ({ runId, revision }: LedgerRun) => {
        const entry = state.entries.get(runId);
        return entry?.settled === true && entry.revision >= revision;
      };
      const fresh = state.runs.filter(
        (run) => run.revision > (after ?? state.revision) && !isDone(run),
      );
      const page = fresh.toSorted((a, b) => a.revision - b.revision).slice(0, limit);
      const revision = page.at(-1)?.revision ?? after ?? state.revision;
      return { revision, more: page.length < fresh.length, runs: page };
    },
    saveLedger: async (_tenant, { revision, entries }) => {
      if (state.failing) throw new AppError('store-unreachable', 'gone', { retryable: true });
      for (const entry of entries) state.entries.set(entry.runId, entry);
      state.revision = Math.max(state.revision, revision);
      return { written: entries.length };
    },
  };
  return { state, store };
}

function aMeter() {
  const asked: string[][] = [];
  const meter: RunMeter & { down: boolean; most: number; keeps: number } = {
    down: false,
    most: Infinity,
    keeps: Infinity,
    keepsMs: async () => meter.keeps,
    read: async (runs) => {
      if (meter.down) throw new AppError('source-unreachable', 'no answer', { retryable: true });
      if (runs.length > meter.most)
        throw new AppError('source-invalid', 'too many', { details: { tooMuch: true } });
      asked.push(runs.map(({ runId }) => runId));
      return READING;
    },
  };
  return { meter, asked };
}

function aLedger(runs: LedgerRun[], meter: RunMeter | null) {
  const { state, store } = ledgerStore(runs);
  const open = () =>
    createClusterLedger({
      store,
      tenantId: 't',
      clusterId: 'c',
      meter,
      prices: { currency: 'USD', core: null, storage: null, keepDays: null },
      gridOf: () => worldGrid(null),
    });
  return { state, open, ledger: open() };
}

describe('a cluster’s ledger', () => {
  it('accounts each run once, all of a cycle with one asking, when its last samples are in', async () => {
    const { meter, asked } = aMeter();
    const runs = [aRun('a', 1, before(10)), aRun('b', 2, before(5)), aRun('c', 3, before(1))];
    const { ledger, state } = aLedger(runs, meter);
    expect(await ledger.account(NOW, signal)).toEqual({ written: 2, waiting: 1, more: false });
    expect(asked).toEqual([['a', 'b']]);
    expect(state.revision).toBe(2);
    const later = new Date(NOW.getTime() + 300_000);
    expect(await ledger.account(later, signal)).toEqual({ written: 1, waiting: 0, more: false });
    expect(await ledger.account(later, signal)).toEqual({ written: 0, waiting: 0, more: false });
    expect(asked).toEqual([['a', 'b'], ['c']]);
    expect(state.revision).toBe(3);
  });

  it('loses nothing when the process dies while runs wait', async () => {
    const { meter } = aMeter();
    const { ledger, open, state } = aLedger(
      [aRun('a', 1, before(1)), aRun('b', 2, before(9))],
      meter,
    );
    await ledger.account(NOW, signal);
    expect([...state.entries.keys()]).toEqual(['b']);
    await open().account(new Date(NOW.getTime() + 300_000), signal);
    expect([...state.entries.keys()].sort()).toEqual(['a', 'b']);
  });

  it('waits for a metrics store that does not answer, accounts without it after six hours, and again once it does', async () => {
    const { meter, asked } = aMeter();
    meter.down = true;
    const { ledger, open, state } = aLedger([aRun('a', 1, before(10))], meter);
    expect(await ledger.account(NOW, signal)).toEqual({ written: 0, waiting: 1, more: false });
    const later = new Date(NOW.getTime() + 7 * 3_600_000);
    expect(await ledger.account(later, signal)).toEqual({ written: 1, waiting: 1, more: false });
    expect(state.entries.get('a')).toMatchObject({
      energy: { quality: 'default' },
      settled: false,
    });
    expect(await ledger.account(later, signal)).toEqual({ written: 0, waiting: 1, more: false });
    expect([asked, state.revision]).toEqual([[], 0]);
    meter.down = false;
    for (const each of [open(), ledger])
      expect(await each.account(later, signal)).toMatchObject({ waiting: 0, more: false });
    expect(asked[0]).toEqual(['a']);
    expect(state.entries.get('a')?.settled).toBe(true);
    expect(state.revision).toBe(1);
  });

  it('prices nothing anew after a restart while others wait', async () => {
    const { meter, asked } = aMeter();
    const runs = [aRun('waits', 1, before(1)), aRun('done', 2, before(20))];
    const { ledger, open } = aLedger(runs, meter);
    await ledger.account(NOW, signal);
    await open().account(NOW, signal);
    expect(asked).toEqual([['done']]);
  });

  it('asks for less at once when it is too much, and leaves out only what is too much alone', async () => {
    const { meter, asked } = aMeter();
    const runs = Array.from({ length: 8 }, (_, index) =>
      aRun(`${index}`, index + 1, before(90 - 10 * index)),
    );
    const { ledger, state } = aLedger(runs, meter);
    meter.most = 2;
    let calls = 0;
    for (let more = true; more; calls += 1) ({ more } = await ledger.account(NOW, signal));
    expect(asked.flat()).toEqual(runs.map(({ runId }) => runId));
    expect(Math.max(...asked.map((some) => some.length))).toBe(2);
    expect(calls).toBeLessThan(12);
    expect(state.entries.size).toBe(8);
    meter.most = 0;
    state.runs.push(aRun('huge', 9, before(5)));
    expect(await ledger.account(NOW, signal)).toMatchObject({ written: 1, waiting: 0 });
  });

  it('begins again from the store after a write that failed', async () => {
    const { meter } = aMeter();
    const { ledger, state } = aLedger([aRun('a', 1, before(10))], meter);
    state.failing = true;
    await expect(ledger.account(NOW, signal)).rejects.toMatchObject({ code: 'store-unreachable' });
    state.failing = false;
    expect(await ledger.account(NOW, signal)).toEqual({ written: 1, waiting: 0, more: false });
  });

  it('takes a long history in steps of six hours, oldest first, as far back as the store keeps it', async () => {
    const { meter, asked } = aMeter();
    meter.keeps = 3 * 24 * 3_600_000;
    const runs = Array.from({ length: 5_000 }, (_, index) =>
      aRun(`old-${index}`, index + 1, before(5_010 - index)),
    );
    const { ledger, state } = aLedger(runs, meter);
    let steps = 0;
    let most = 0;
    for (let more = true; more; steps += 1) {
      const done = await ledger.account(NOW, signal);
      most = Math.max(most, done.waiting);
      ({ more } = done);
    }
    const kept = runs.filter(({ endedAt }) => NOW.getTime() - endedAt.getTime() < meter.keeps);
    expect(asked.flat()).toEqual(kept.map(({ runId }) => runId));
    for (const some of asked) expect(some.length).toBeLessThanOrEqual(360);
    expect(steps).toBeLessThan(20);
    expect(most).toBeLessThan(4_000);
    expect(state.entries.size).toBe(5_000);
    expect(state.revision).toBe(5_000);
  });

  it('models at once where there is no metrics store', async () => {
    const { ledger, state } = aLedger([aRun('a', 1, before(0))], null);
    expect(await ledger.account(NOW, signal)).toEqual({ written: 1, waiting: 0, more: false });
    expect(state.entries.get('a')?.cost.amount).toBeNull();
  });
});
