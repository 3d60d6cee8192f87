// Simulated clusters in a process of their own, so that what reads them can be measured alone: prints their addresses
// as a JSON list and serves until it is ended. Arguments: `big`, or `fleet` and how many clusters.
import { DAY_MS } from '../src/domain/time.ts';
import { createObjectStore, type ObjectStore } from '../src/world/api/object-store.ts';
import { READ_ONLY } from '../src/world/api/rights.ts';
import { createWorldApi } from '../src/world/api/world-api.ts';
import { companyLives } from '../src/world/company/company-cluster.ts';
import { CLUSTER_NAMES, groupsOf } from '../src/world/company/company-plan.ts';
import { createSimulation } from '../src/world/playback/simulation.ts';
import { kindsWith } from '../src/world/playback/world-script.ts';
import { BIG, bigCluster } from './big-cluster.ts';

const HISTORY_MS = 6 * DAY_MS;
const now = Date.now();
const clock = { now: () => new Date() };

/** One of the company's clusters, of a company of its own for every twenty. */
function companyCluster(index: number): { name: string; store: ObjectStore } {
  const name = CLUSTER_NAMES[index % CLUSTER_NAMES.length] ?? '';
  const seed = 1 + Math.floor(index / CLUSTER_NAMES.length);
  const store = createObjectStore();
  const frame = { seed, anchor: now, begin: now - HISTORY_MS };
  createSimulation(frame, store, { lives: (company) => companyLives(name, company) }).advance(now);
  return { name, store };
}

async function serve(store: ObjectStore, groups: string[]): Promise<string> {
  const api = createWorldApi({ clock, store, kinds: kindsWith(groups), rights: READ_ONLY });
  return (await api.listen()).server;
}

const [what, count = '0'] = process.argv.slice(2);
const servers: string[] = [];
if (what === 'big')
  servers.push(await serve(bigCluster(BIG, now), ['volsync.backube', 'velero.io']));
else
  for (let index = 0; index < Number(count); index += 1) {
    const { name, store } = companyCluster(index);
    servers.push(await serve(store, groupsOf(name)));
  }
process.stdout.write(`${JSON.stringify(servers)}\n`);
