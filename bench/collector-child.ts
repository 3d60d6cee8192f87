// Reads clusters in a process of its own, so that its time and memory can be measured; prints its figures as JSON.
// Arguments: addresses as a JSON list, the URL of a PostgreSQL or the directory of an embedded database, the pause
// between two cycles in milliseconds, and how many quiet cycles to measure.
import { setTimeout as sleep } from 'node:timers/promises';
import pino from 'pino';
import { clusterSourceOfServer } from '../src/collect/kubernetes/cluster-source.ts';
import { openEmbeddedDoor } from '../src/store/embedded/embedded-door.ts';
import { openPostgresDoor } from '../src/store/postgres/postgres-door.ts';
import { createStore } from '../src/store/store.ts';
import { OWNER } from '../src/wiring/open-store.ts';
import { watchClusters } from '../src/wiring/watch-clusters.ts';

export interface CollectorFigures {
  /** From the start of the reading until every cluster was judged once. */
  firstSeconds: number;
  /** Of each later cycle of each cluster, without its pause. */
  quietMs: number[];
  /** Requests of each cluster in each later cycle. */
  quietRequests: number[];
  counts: { claims: number; runs: number };
}

const [addresses = '[]', database = '', interval = '2000', cycles = '4'] = process.argv.slice(2);
const intervalMs = Number(interval);
const servers = JSON.parse(addresses) as string[];
const door = database.startsWith('postgres')
  ? await openPostgresDoor({ url: database })
  : await openEmbeddedDoor({ directory: database });
const store = createStore(door);
await store.migrate();
await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);

const judged = new Map<string, { times: number[]; requests: number[] }>();
const stopping = new AbortController();
const done = Promise.withResolvers<void>();
const begun = performance.now();
const watches = watchClusters(
  {
    store,
    sources: servers.map((server, index) => clusterSourceOfServer(`cluster-${index}`, server)),
    settings: { intervalMs, debounceMs: 1 },
    holder: 'bench',
    log: pino({ level: 'silent' }),
    onTrouble: (_cluster, error) => done.reject(error),
    onJudged(cluster) {
      const known = judged.get(cluster) ?? { times: [], requests: [] };
      known.times.push(performance.now());
      known.requests.push(
        watches.figures().find((figure) => figure.cluster === cluster)?.requests ?? 0,
      );
      judged.set(cluster, known);
      const all = [...judged.values()];
      if (
        all.length === servers.length &&
        all.every(({ times }) => times.length > Number(cycles) + 1)
      )
        done.resolve();
    },
  },
  stopping.signal,
);
try {
  await done.promise;
  const { counts } = await store.as(OWNER).readStatus();
  const all = [...judged.values()];
  const figures: CollectorFigures = {
    firstSeconds: Math.max(...all.map(({ times }) => (times[0] ?? begun) - begun)) / 1_000,
    quietMs: all.flatMap(({ times }) => steps(times).map((step) => step - intervalMs)),
    quietRequests: all.flatMap(({ requests }) => steps(requests)),
    counts: { claims: counts.claims, runs: counts.runs },
  };
  process.stdout.write(JSON.stringify(figures));
} finally {
  stopping.abort();
  await watches.ended;
  await sleep(0);
  await store.close();
}

/** The last steps only: the first cycle after the lists still has what happened meanwhile. */
function steps(values: number[]): number[] {
  return values
    .slice(1)
    .map((value, index) => value - (values[index] ?? 0))
    .slice(1);
}
