import type { Engine } from '../../domain/words.ts';
import type { Workload } from '../engines/workload.ts';
import { cadenceOf, type Cadence, type CadenceName } from '../home/cadence.ts';
import { createRandom } from '../home/random.ts';

/** An engine the company uses. */
export type CompanyEngine = Extract<
  Engine,
  'volsync' | 'velero' | 'kopiur' | 'k8up' | 'longhorn' | 'cnpg' | 'csi' | 'cronjob'
>;

/** One policy with what it protects; where an engine makes one policy for each claim, it has one claim. */
export interface TeamPolicy {
  /** Names of clusters are unique in the company, those of namespaces in a cluster. */
  cluster: string;
  engine: CompanyEngine;
  /** Of the policy's own object. */
  namespace: string;
  name: string;
  cadence: Cadence;
  claims: readonly Workload[];
}

/** Twenty clusters and what backs up in each of them; every team there uses one engine. */
const CLUSTERS: readonly [name: string, ...engines: CompanyEngine[]][] = [
  ['shop-eu', 'volsync', 'cnpg', 'velero'],
  ['shop-us', 'volsync', 'cnpg', 'velero'],
  ['shop-asia', 'volsync', 'cnpg', 'k8up'],
  ['payments-1', 'velero', 'cnpg', 'cronjob'],
  ['payments-2', 'velero', 'cnpg', 'longhorn'],
  ['warehouse', 'longhorn', 'cnpg', 'k8up'],
  ['analytics', 'velero', 'k8up', 'cronjob'],
  ['search', 'kopiur', 'longhorn', 'csi'],
  ['media', 'kopiur', 'volsync', 'longhorn'],
  ['identity', 'cnpg', 'k8up', 'velero'],
  ['crm', 'cnpg', 'longhorn', 'cronjob'],
  ['support', 'k8up', 'longhorn'],
  ['build', 'volsync', 'cronjob', 'longhorn'],
  ['observability', 'kopiur', 'k8up', 'csi'],
  ['edge-berlin', 'longhorn', 'volsync'],
  ['edge-lyon', 'longhorn', 'kopiur', 'cronjob'],
  ['edge-porto', 'k8up', 'cronjob', 'csi'],
  ['research', 'kopiur', 'cnpg', 'velero'],
  ['staging', 'k8up', 'kopiur', 'cnpg'],
  ['sandbox', 'volsync', 'longhorn', 'k8up'],
];

const APPS: Record<CompanyEngine, readonly string[]> = {
  volsync: ['catalog', 'carts', 'media-store'],
  velero: ['invoices', 'ledger', 'exports'],
  kopiur: ['wiki', 'assets', 'archive'],
  k8up: ['git', 'registry'],
  longhorn: ['queue', 'cache-store'],
  cnpg: ['orders-db'],
  csi: ['scratch'],
  cronjob: ['reports'],
};
const CADENCES: Record<CompanyEngine, CadenceName> = {
  volsync: 'six-hourly',
  velero: 'daily',
  kopiur: 'six-hourly',
  k8up: 'daily',
  longhorn: 'six-hourly',
  cnpg: 'daily',
  csi: 'daily',
  cronjob: 'daily',
};
const PER_CLAIM: ReadonlySet<CompanyEngine> = new Set(['volsync', 'kopiur']);
/** Where an engine keeps its own objects, if not beside the claims. */
const HOUSES: Partial<Record<CompanyEngine, string>> = {
  velero: 'velero',
  longhorn: 'longhorn-system',
};

export const CLUSTER_NAMES: readonly string[] = CLUSTERS.map(([name]) => name);

/** What everything in one cluster is drawn from. */
export function seedOf(company: number, cluster: string): number {
  return createRandom(company, 'company-cluster', cluster).int(1, 2 ** 31 - 1);
}

/** The groups whose kinds a cluster serves. */
export function groupsOf(cluster: string): string[] {
  const groups: Record<CompanyEngine, string[]> = {
    volsync: ['volsync.backube'],
    velero: ['velero.io'],
    kopiur: ['kopiur.home-operations.com'],
    k8up: ['k8up.io'],
    longhorn: ['longhorn.io'],
    cnpg: ['postgresql.cnpg.io', 'barmancloud.cnpg.io'],
    csi: ['snapshot.storage.k8s.io'],
    cronjob: [],
  };
  return enginesOf(cluster).flatMap((engine) => groups[engine]);
}

function enginesOf(cluster: string): CompanyEngine[] {
  const [, ...engines] = CLUSTERS.find(([name]) => name === cluster) ?? ['none'];
  return engines;
}

/** Every policy of a cluster, in a fixed order; sizes and minutes depend on the seed. */
export function policiesOf(seed: number, cluster: string): TeamPolicy[] {
  return enginesOf(cluster).flatMap((engine) => {
    const team = `team-${engine}`;
    const claims = APPS[engine].flatMap((app) => workloadsOf(seed, cluster, team, engine, app));
    const cadence = (name: string): Cadence => {
      const random = createRandom(seed, 'company-cadence', cluster, team, name);
      return cadenceOf(CADENCES[engine], random.int(2, 57), random.int(1, 5));
    };
    const whole = { cluster, engine, namespace: HOUSES[engine] ?? team };
    if (PER_CLAIM.has(engine))
      return claims.map((claim) => ({
        ...whole,
        name: claim.name,
        cadence: cadence(claim.name),
        claims: [claim],
      }));
    const name = engine === 'velero' || engine === 'longhorn' ? team : `${team}-backup`;
    return [{ ...whole, name, cadence: cadence(name), claims }];
  });
}

/** An app's claims; a database has one for each of its two instances. */
function workloadsOf(
  seed: number,
  cluster: string,
  namespace: string,
  engine: CompanyEngine,
  app: string,
): Workload[] {
  const random = createRandom(seed, 'company-size', cluster, namespace, app);
  const shared = {
    namespace,
    app,
    workload: 'StatefulSet' as const,
    gib: Math.round(2 + 40 * random.next() ** 2),
    files: random.int(400, 30_000),
  };
  const names = engine === 'cnpg' ? [`${app}-1`, `${app}-2`] : [`${app}-data`];
  return names.map((name) => ({ ...shared, name }));
}
