import { performance } from 'node:perf_hooks';
import { emptyBatch } from '../src/domain/facts.ts';
import { LEDGER_BY, LEDGER_PERIODS } from '../src/domain/views.ts';
import { openPostgresDoor } from '../src/store/postgres/postgres-door.ts';
import type { AccountedRun, Store, UserStore } from '../src/store/port.ts';
import { createStore } from '../src/store/store.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { CLUSTER, inventoryBatch, lastDay, someRuns } from './facts.ts';
import { benchReads, type PageFigures } from './pages.ts';

export interface LedgerFigures {
  version: string;
  entriesPerSecond: number;
  pages: PageFigures[];
}

const TENANT = 'bench';

/** Writes runs and their ledger entries, then reads every sum over all of them; null when no PostgreSQL is installed. */
export async function benchLedger(options: {
  runs: number;
  batch: number;
  reads: number;
}): Promise<LedgerFigures | null> {
  const server = await startPostgres({
    durable: true,
    settings: ['shared_buffers=512MB', 'max_wal_size=4GB'],
  });
  if (server === null) return null;
  try {
    const url = await server.createDatabase();
    const store = createStore(await openPostgresDoor({ url, connections: 1 }));
    await prepare(store);
    const seconds = await writeAll(store, options);
    const owner = store.as({ tenantId: TENANT, subject: 'owner' });
    const pages = await benchReads(readsOf(owner), options.reads);
    await store.close();
    const entriesPerSecond = Math.round(options.runs / seconds);
    return { version: server.version, entriesPerSecond, pages };
  } finally {
    await server.stop();
  }
}

async function prepare(store: Store): Promise<void> {
  await store.migrate();
  await store.system.ensureTenant(TENANT, 'owner');
  const cluster = { clusterId: CLUSTER, name: 'bench', server: 'none', version: null, demo: false };
  await store.system.saveCluster(TENANT, cluster);
  await store.system.saveFacts(TENANT, inventoryBatch());
}

/** Seconds within `saveLedger`. */
async function writeAll(store: Store, options: { runs: number; batch: number }): Promise<number> {
  let busy = 0;
  for (let first = 0; first < options.runs; first += options.batch) {
    const batch = emptyBatch(CLUSTER, lastDay());
    batch.runs = someRuns(first, Math.min(options.batch, options.runs - first), options.runs);
    const { revision } = await store.system.saveFacts(TENANT, batch);
    const entries = batch.runs.map(({ runId, runDay }, index) =>
      anEntry(runId, runDay, first + index),
    );
    const started = performance.now();
    await store.system.saveLedger(TENANT, { clusterId: CLUSTER, revision, entries });
    busy += performance.now() - started;
  }
  return busy / 1_000;
}

function readsOf(owner: UserStore): Record<string, () => Promise<unknown>> {
  const sums = LEDGER_BY.flatMap((by) =>
    LEDGER_PERIODS.map((period): [string, () => Promise<unknown>] => [
      `ledger by ${by} and ${period}, with the total`,
      () => owner.readLedger({ by, period }),
    ]),
  );
  return Object.fromEntries([...sums, ['newest figures of runs', () => owner.listRunFigures({})]]);
}

/** Metered, modelled, unpriced and unknown ones in turn. */
function anEntry(runId: string, runDay: string, index: number): AccountedRun {
  const metered = index % 4 !== 3;
  const priced = index % 5 !== 4;
  const value = 0.001 + (index % 100) / 1e5;
  const basis = { method: 'bench/1', source: 'bench', factorYear: 2026 };
  const part = { ...basis, value, quality: 'modelled' as const };
  return {
    runId,
    runDay,
    revision: 1,
    settled: true,
    energy: {
      ...basis,
      joules: metered ? 900 + (index % 1_000) : null,
      idleJoules: null,
      quality: metered ? (index % 4 === 2 ? 'modelled' : 'measured') : null,
      zones: ['package', 'dram'],
      coverage: metered ? 0.9 : null,
      lowerBound: false,
      note: null,
    },
    cost: {
      amount: priced ? value : null,
      currency: priced ? 'USD' : null,
      quality: priced ? 'modelled' : null,
      parts: priced ? [{ ...part, part: 'compute' }] : [],
      missing: ['storage'],
    },
    carbon: {
      grams: metered ? value : null,
      kilowattHours: metered ? value / 300 : null,
      gramsPerKilowattHour: 300,
      place: 'DE',
      pue: 1.5,
      quality: metered ? 'modelled' : null,
      source: 'bench',
      factorYear: 2024,
      parts: metered ? [{ ...part, part: 'compute' }] : [],
      missing: [],
    },
  };
}
