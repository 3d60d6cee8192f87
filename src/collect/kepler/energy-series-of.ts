import { SECOND_MS } from '../../domain/time.ts';
import type { EnergySeries } from '../../analyze/ledger/energy-series.ts';
import type { MetricSeries } from '../prometheus/reply.ts';

/** Every counter of a pod's energy, by generation; anything else Kepler exports is not asked for. */
export const KEPLER_METRICS = {
  new: 'kepler_pod_cpu_joules_total',
  oldTotal: 'kepler_container_joules_total',
  oldPackage: 'kepler_container_package_joules_total',
  oldDram: 'kepler_container_dram_joules_total',
} as const;

const OLD_ZONES = new Map<string, string>([
  [KEPLER_METRICS.oldTotal, 'total'],
  [KEPLER_METRICS.oldPackage, 'package'],
  [KEPLER_METRICS.oldDram, 'dram'],
]);

/** The old generation books what runs outside of containers to these. */
const NO_CONTAINERS = new Set(['system_processes', 'kernel_processes']);

/** A series of either generation in our words; null when it is none of them, or names no pod. */
export function energySeriesOf({ labels, samples }: MetricSeries): EnergySeries | null {
  const counter = samples.map(({ at, value }) => [at.getTime() / SECOND_MS, value] as const);
  const read = labels['__name__'] === KEPLER_METRICS.new ? readNew : readOld;
  const series = read(labels);
  return series === null ? null : { ...series, samples: counter };
}

type Read = Omit<EnergySeries, 'samples'> | null;

function readNew(labels: Record<string, string>): Read {
  const { __name__: _, pod_id, pod_name, pod_namespace, zone, state, ...rest } = labels;
  if (!pod_name || !pod_namespace || !zone) return null;
  return {
    pod: { namespace: pod_namespace, name: pod_name, uid: pod_id || null },
    meter: 'kepler-new',
    container: null,
    zone,
    mode: 'active',
    origin: originOf(rest),
    terminated: state === 'terminated',
  };
}

function readOld(labels: Record<string, string>): Read {
  const { __name__, pod_name, container_namespace, container_name, container_id, mode, ...rest } =
    labels;
  const zone = OLD_ZONES.get(__name__ ?? '');
  if (zone === undefined || !pod_name || !container_namespace) return null;
  if (NO_CONTAINERS.has(container_name ?? '')) return null;
  return {
    pod: { namespace: container_namespace, name: pod_name, uid: null },
    meter: 'kepler-old',
    container: `${container_name ?? ''} ${container_id ?? ''}`,
    zone,
    mode: mode === 'idle' ? 'idle' : 'active',
    origin: originOf(rest),
    terminated: false,
  };
}

/** All labels that say by which way the series came. */
function originOf(labels: Record<string, string>): string {
  return JSON.stringify(Object.entries(labels).sort(([a], [b]) => (a < b ? -1 : 1)));
}
