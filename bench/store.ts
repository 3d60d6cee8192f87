import { performance } from 'node:perf_hooks';
import { pipeline } from 'node:stream/promises';
import { Client } from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import { emptyBatch, type RunFact } from '../src/domain/facts.ts';
import { idOf } from '../src/domain/id.ts';
import type { Door } from '../src/store/door.ts';
import { openPostgresDoor } from '../src/store/postgres/postgres-door.ts';
import type { Store, UserStore } from '../src/store/port.ts';
import { createStore } from '../src/store/store.ts';
import { startPostgres } from '../test/support/postgres.ts';

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
  pages: { page: string; p50Ms: number; p95Ms: number }[];
}

const TENANT = 'bench';
const CLUSTER = 'bench-cluster';
const DAYS = 400;
const POLICIES = 200;
const NAMESPACES = 25;
const FIRST_DAY = Date.UTC(2025, 9, 1);

/** Writes runs in order through `saveFacts`, one call after the other, then reads pages as the owner. */
export async function benchStore(
  open: () => Promise<Door>,
  options: StoreBenchOptions,
): Promise<StoreFigures> {
  const store = createStore(await open());
  try {
    await prepare(store);
    const seconds = await writeRuns(store, options);
    const pages = await readPages(store, options);
    return { runs: options.runs, runsPerSecond: Math.round(options.runs / seconds), pages };
  } finally {
    await store.close();
  }
}

/** The same rows by COPY into a table of the same columns without keys, as the floor of what writing costs. */
export async function benchCopy(url: string, options: StoreBenchOptions): Promise<number> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    await client.query('create table copied (like plimsoll.runs including defaults)');
    const started = performance.now();
    for (let first = 0; first < options.runs; first += options.batch) {
      const lines = batchOf(first, options).map(toCopyLine).join('');
      await pipeline([lines], client.query(copyFrom('copy copied from stdin')));
    }
    return Math.round(options.runs / ((performance.now() - started) / 1_000));
  } finally {
    await client.end();
  }
}

/** PostgreSQL with durable commits on one connection; null when none is installed. */
export async function benchPostgres(options: StoreBenchOptions) {
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

async function prepare(store: Store): Promise<void> {
  await store.migrate();
  await store.system.ensureTenant(TENANT, 'owner');
  const cluster = { clusterId: CLUSTER, name: 'bench', server: 'none', version: null, demo: false };
  await store.system.saveCluster(TENANT, cluster);
}

async function writeRuns(store: Store, options: StoreBenchOptions): Promise<number> {
  let busy = 0;
  for (let first = 0; first < options.runs; first += options.batch) {
    const batch = emptyBatch(CLUSTER, new Date(FIRST_DAY + first));
    batch.runs = batchOf(first, options);
    const started = performance.now();
    await store.system.saveFacts(TENANT, batch);
    busy += performance.now() - started;
  }
  return busy / 1_000;
}

async function readPages(store: Store, { reads }: StoreBenchOptions) {
  const user = store.as({ tenantId: TENANT, subject: 'owner' });
  const figures = [];
  for (const [page, read] of Object.entries(pagesOf(user))) {
    const times: number[] = [];
    for (let count = 0; count < reads; count += 1) {
      const started = performance.now();
      await read(count);
      times.push(performance.now() - started);
    }
    times.sort((a, b) => a - b);
    figures.push({ page, p50Ms: at(times, 0.5), p95Ms: at(times, 0.95) });
  }
  return figures;
}

function pagesOf(user: UserStore): Record<string, (count: number) => Promise<unknown>> {
  let cursor: string | null = null;
  return {
    'runs, newest': () => user.listRuns({}),
    'runs, page after page': async () => {
      cursor = (await user.listRuns({ ...(cursor !== null && { cursor }) })).nextCursor;
    },
    'runs of a policy': (count) => user.listRuns({ policyId: `policy-${count % POLICIES}` }),
    'runs of a resource': (count) => user.listRuns({ resourceId: `resource-${count % POLICIES}` }),
    'runs of a namespace': (count) => user.listRuns({ namespace: `ns-${count % NAMESPACES}` }),
    'runs of a namespace without runs': () => user.listRuns({ namespace: 'nowhere' }),
    'runs of an unknown cluster': () => user.listRuns({ clusterId: 'nowhere' }),
    'runs that failed': () => user.listRuns({ outcome: 'failed' }),
    'runs that failed in a namespace': () =>
      user.listRuns({ outcome: 'failed', namespace: 'ns-3' }),
    'runs before a day': (count) => user.listRuns({ until: dayOf(count * 7).toISOString() }),
    status: () => user.readStatus(),
    revision: () => user.readRevision(),
  };
}

function at(sorted: number[], share: number): number {
  return Math.round((sorted[Math.floor((sorted.length - 1) * share)] ?? 0) * 10) / 10;
}

function dayOf(day: number): Date {
  return new Date(FIRST_DAY + (day % DAYS) * 86_400_000);
}

function batchOf(first: number, { runs, batch }: StoreBenchOptions): RunFact[] {
  const count = Math.min(batch, runs - first);
  const stepMs = (DAYS * 86_400_000) / runs;
  return Array.from({ length: count }, (_, index) => aRun(first + index, stepMs));
}

function aRun(index: number, stepMs: number): RunFact {
  const startedAt = new Date(Math.floor(FIRST_DAY + index * stepMs));
  const failed = index % 50 === 0;
  const policy = index % POLICIES;
  return {
    runId: idOf('bench', String(index)),
    runDay: startedAt.toISOString().slice(0, 10),
    engine: 'volsync',
    policyId: `policy-${policy}`,
    resourceId: `resource-${policy}`,
    namespace: `ns-${policy % NAMESPACES}`,
    name: `app-${policy}`,
    startedAt,
    endedAt: new Date(startedAt.getTime() + 90_000),
    outcome: failed ? 'failed' : 'success',
    durationSeconds: 90,
    logicalBytes: 4_000_000_000 + index,
    addedBytes: 1_000_000 + index,
    storedBytes: 900_000 + index,
    files: 12_000,
    snapshotId: failed ? null : idOf('snapshot', String(index)).slice(0, 8),
    warnings: null,
    errors: null,
    errorText: failed ? 'unable to create lock in backend' : null,
    fullRead: false,
  };
}

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
