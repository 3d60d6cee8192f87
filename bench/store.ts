import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { emptyBatch, type RunFact } from '../src/domain/facts.ts';
import type { Door } from '../src/store/door.ts';
import { openPostgresDoor } from '../src/store/postgres/postgres-door.ts';
import type { Store } from '../src/store/port.ts';
import { createStore } from '../src/store/store.ts';
import { startPostgres } from '../test/support/postgres.ts';
import { CLUSTER, inventoryBatch, lastDay, restorePoints, someRuns, volumesOf } from './facts.ts';
import { benchJudgement } from './judged.ts';
import { benchPages, type PageFigures } from './pages.ts';

export interface StoreBenchOptions {
  /** Runs written in all, over 400 days. */
  runs: number;
  /** Runs per call. */
  batch: number;
  /** Reads of each page. */
  reads: number;
}

export interface StoreFigures {
  runs: number;
  runsPerSecond: number;
  pages: PageFigures[];
}

export interface PostgresFigures extends StoreFigures {
  version: string;
  copyPerSecond: number;
}

const TENANT = 'bench';
const POINTS = 20_000;

/** Writes runs in order through `saveFacts`, one call after the other, then reads every list as the owner. */
export async function benchStore(
  open: () => Promise<Door>,
  options: StoreBenchOptions,
): Promise<StoreFigures> {
  const store = createStore(await open());
  try {
    await prepare(store);
    const seconds = await writeRuns(store, options);
    await writeTheRest(store, options);
    const pages = await benchPages(store.as({ tenantId: TENANT, subject: 'owner' }), options.reads);
    return { runs: options.runs, runsPerSecond: Math.round(options.runs / seconds), pages };
  } finally {
    await store.close();
  }
}

/** PostgreSQL with durable commits on one connection; null when none is installed. */
export async function benchPostgres(options: StoreBenchOptions): Promise<PostgresFigures | null> {
  const server = await startPostgres({
    durable: true,
    settings: ['shared_buffers=512MB', 'max_wal_size=4GB'],
  });
  if (server === null) return null;
  try {
    const url = await server.createDatabase();
    const figures = await benchStore(() => openPostgresDoor({ url, connections: 1 }), options);
    const copyPerSecond = await benchCopy(url, options);
    return { version: server.version, ...figures, copyPerSecond };
  } finally {
    await server.stop();
  }
}

/** The same rows by COPY into a table of the same columns without keys, as the floor of what writing costs. */
async function benchCopy(url: string, options: StoreBenchOptions): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('create table copied (like plimsoll.runs including defaults)');
    let busy = 0;
    for (let first = 0; first < options.runs; first += options.batch) {
      const lines = batchOf(first, options).map(toCopyLine).join('');
      const started = performance.now();
      await pipeline([lines], client.query(copyFrom(`copy copied (${COLUMNS}) from stdin`)));
      busy += performance.now() - started;
    }
    return Math.round(options.runs / (busy / 1_000));
  } finally {
    await client.end();
  }
}

async function prepare(store: Store): Promise<void> {
  await store.migrate();
  await store.system.ensureTenant(TENANT, 'owner');
  const cluster = { clusterId: CLUSTER, name: 'bench', server: 'none', version: null, demo: false };
  await store.system.saveCluster(TENANT, cluster);
  await store.system.saveFacts(TENANT, inventoryBatch());
}

/** Seconds within `saveFacts`: making the rows is not counted. */
async function writeRuns(store: Store, options: StoreBenchOptions): Promise<number> {
  let busy = 0;
  for (let first = 0; first < options.runs; first += options.batch) {
    const batch = emptyBatch(CLUSTER, lastDay());
    batch.runs = batchOf(first, options);
    const started = performance.now();
    await store.system.saveFacts(TENANT, batch);
    busy += performance.now() - started;
  }
  return busy / 1_000;
}

async function writeTheRest(store: Store, options: StoreBenchOptions): Promise<void> {
  const { batch: size } = options;
  for (let first = 0; first < options.runs; first += size) {
    const batch = emptyBatch(CLUSTER, lastDay());
    batch.runVolumes = volumesOf(batchOf(first, options));
    await store.system.saveFacts(TENANT, batch);
  }
  const points = restorePoints(POINTS, options.runs);
  for (let first = 0; first < points.length; first += size) {
    const batch = emptyBatch(CLUSTER, lastDay());
    batch.restorePoints = points.slice(first, first + size);
    await store.system.saveFacts(TENANT, batch);
  }
  await store.system.saveJudgement(TENANT, benchJudgement());
}

function batchOf(first: number, { runs, batch }: StoreBenchOptions): RunFact[] {
  return someRuns(first, Math.min(batch, runs - first), runs);
}

const COLUMNS = `tenant_id, run_day, run_id, cluster_id, engine, policy_id, resource_id, namespace, name, started_at,
  ended_at, outcome, duration_seconds, logical_bytes, added_bytes, stored_bytes, files, snapshot_id, warnings, errors,
  error_text, full_read, revision`;

function toCopyLine(run: RunFact): string {
  const values = [
    TENANT,
    run.runDay,
    run.runId,
    CLUSTER,
    run.engine,
    run.policyId,
    run.resourceId,
    run.namespace,
    run.name,
    run.startedAt.toISOString(),
    run.endedAt?.toISOString(),
    run.outcome,
    run.durationSeconds,
    run.logicalBytes,
    run.addedBytes,
    run.storedBytes,
    run.files,
    run.snapshotId,
    run.warnings,
    run.errors,
    run.errorText,
    run.fullRead,
    1,
  ];
  return `${values.map((value) => value ?? '\\N').join('\t')}\n`;
}
