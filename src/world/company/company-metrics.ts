import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { createRandom } from '../home/random.ts';
import type { WorldFrame } from '../home/world-event.ts';
import { stuckGauges, type Contradiction } from '../metrics/contradiction.ts';
import type { MetricsPlan } from '../metrics/metrics-plan.ts';
import { plantedFaults, type CompanyFault } from './company-faults.ts';
import { CLUSTER_NAMES, policiesOf, seedOf, type CompanyEngine } from './company-plan.ts';

/** Each cluster's Prometheus was set up so long before the anchor. */
const KNOWN_MS = 7 * DAY_MS;
const KEPLERS = ['new', 'old', null] as const;
const REGIONS = ['eu-central-1', 'eu-west-1', null] as const;
const CORE_PRICE = 0.0412;

/** A contradiction in one of the company's clusters. */
export type CompanyContradiction = Contradiction & { cluster: string };

/** What the metrics of this seed's company say wrongly. Plugin backups’ zeros are no contradiction (FM-26). */
export function companyContradictions(seed: number): CompanyContradiction[] {
  const faults = plantedFaults(seed);
  const random = createRandom(seed, 'company-contradictions');
  const struck = new Set(faults.map(({ cluster, policy }) => `${cluster} ${policy}`));
  const whole = (engine: CompanyEngine) =>
    random
      .shuffled(CLUSTER_NAMES.flatMap((cluster) => policiesOf(seed, cluster)))
      .filter((policy) => policy.engine === engine)
      .find(({ cluster, namespace, name }) => !struck.has(`${cluster} ${namespace}/${name}`));
  const since = -random.int(2 * 24, 4 * 24) * HOUR_MS;
  const well = (
    engine: CompanyEngine,
    kind: Contradiction['kind'],
    metric: string,
    value: number | null,
  ): CompanyContradiction[] => {
    const policy = whole(engine);
    if (policy === undefined) return [];
    const of = `${policy.namespace}/${policy.name}`;
    return [{ cluster: policy.cluster, kind, cause: 'FM-13', gauge: { metric, of, since, value } }];
  };
  return [
    ...well('volsync', 'sync-disagrees', 'volsync_volume_out_of_sync', 1),
    ...well('cronjob', 'success-disagrees', 'kube_cronjob_status_last_successful_time', null),
    ...faults.flatMap(toldOf),
  ];
}

/** A fault that a gauge denies. */
function toldOf(fault: CompanyFault): CompanyContradiction[] {
  const { cluster, engine, script, policy, since } = fault;
  if (engine === 'volsync' && script === 'unreadable') {
    const gauge = { metric: 'volsync_volume_out_of_sync', of: policy, since, value: 0 };
    return [{ cluster, kind: 'sync-disagrees', cause: 'FM-02', gauge }];
  }
  if (engine === 'velero' && script === 'location-unavailable') {
    const metric = 'velero_backup_location_status_gauge';
    const gauge = { metric, of: 'default', since, value: 1 };
    return [{ cluster, kind: 'location-disagrees', cause: 'FM-13', gauge }];
  }
  if (engine === 'kopiur' && script === 'failing') {
    const metric = 'kopiur_snapshotpolicy_last_backup_success';
    const gauge = { metric, of: policy, since, value: 1 };
    return [{ cluster, kind: 'outcome-disagrees', cause: 'FM-13', gauge }];
  }
  return [];
}

/** Some clusters have a meter, of either generation, and some have OpenCost. */
export function companyMetrics(cluster: string, company: WorldFrame): MetricsPlan {
  const { seed, anchor } = company;
  const place = CLUSTER_NAMES.indexOf(cluster);
  const own = companyContradictions(seed).filter((one) => one.cluster === cluster);
  return {
    seed: seedOf(seed, cluster),
    since: anchor - KNOWN_MS,
    kepler: KEPLERS[place % KEPLERS.length] ?? null,
    corePrice: place % 2 === 0 ? CORE_PRICE : null,
    region: REGIONS[place % REGIONS.length] ?? null,
    workloads: policiesOf(seed, cluster).flatMap(({ claims }) => claims),
    stuck: stuckGauges(own, anchor),
    ghosts: [],
  };
}
