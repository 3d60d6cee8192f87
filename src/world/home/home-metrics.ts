import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { stuckGauges, type Contradiction } from '../metrics/contradiction.ts';
import type { MetricsPlan } from '../metrics/metrics-plan.ts';
import { CATALOGUE, type CatalogueClaim } from './catalogue.ts';
import { plantedFaults, type FaultScript } from './planted-faults.ts';
import { createRandom } from './random.ts';
import type { WorldFrame } from './world-event.ts';

/** The home's Prometheus was set up so long before the anchor. */
const KNOWN_MS = 5 * DAY_MS;
/** Syncs that fail for days; the first of these that is there is the one no metric shows. */
const SILENT: readonly FaultScript[] = ['unreadable', 'locked', 'stuck', 'stopped'];
/** The gauges of VolSync’s controller and of the Velero server. */
const OUT_OF_SYNC = 'volsync_volume_out_of_sync';
const LAST_SUCCESS = 'velero_backup_last_successful_timestamp';

const keyOf = ({ namespace, name }: { namespace: string; name: string }): string =>
  `${namespace}/${name}`;

/** What the metrics of this seed's home say wrongly: an alert that never ends, one that never comes, one that is late. */
export function homeContradictions(seed: number): Contradiction[] {
  const random = createRandom(seed, 'contradictions');
  const faults = plantedFaults(seed);
  const struck = new Set(faults.flatMap(({ subjects }) => subjects));
  const daysAgo = (): number => -random.int(2 * 24, 5 * 24) * HOUR_MS;
  const [well] = random.shuffled(
    CATALOGUE.filter((claim) => isOften(claim) && !struck.has(keyOf(claim))),
  );
  const silent = SILENT.flatMap((script) => faults.find((fault) => fault.script === script) ?? []);
  return [
    ...(well === undefined
      ? []
      : [told('sync-disagrees', 'FM-13', OUT_OF_SYNC, keyOf(well), daysAgo(), 1)]),
    ...silent
      .slice(0, 1)
      .map((fault) => told('sync-disagrees', 'FM-02', OUT_OF_SYNC, keyOf(fault), fault.since, 0)),
    told('success-disagrees', 'FM-13', LAST_SUCCESS, 'velero/cluster-objects', daysAgo(), null),
  ];
}

function isOften({ protection }: CatalogueClaim): boolean {
  return protection.by === 'volsync' && protection.cadence !== 'weekly';
}

function told(
  kind: Contradiction['kind'],
  cause: Contradiction['cause'],
  metric: string,
  of: string,
  since: number,
  value: number | null,
): Contradiction {
  return { kind, cause, gauge: { metric, of, since, value } };
}

/** New Kepler on every node, no OpenCost, and the series of a Velero Schedule that was removed a month ago. */
export function homeMetrics({ seed, anchor }: WorldFrame): MetricsPlan {
  return {
    seed,
    since: anchor - KNOWN_MS,
    kepler: 'new',
    corePrice: null,
    region: null,
    workloads: CATALOGUE,
    stuck: stuckGauges(homeContradictions(seed), anchor),
    ghosts: [{ schedule: 'media-nightly', lastSuccess: anchor - 34 * DAY_MS }],
  };
}
