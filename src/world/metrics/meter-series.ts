import { SECOND_MS } from '../../domain/time.ts';
import { createRandom } from '../home/random.ts';
import { agentsOf } from './agent-use.ts';
import { scrapeAfter, type LiveSeries } from './live-series.ts';
import { moversIn, secondsRun } from './mover-use.ts';
import { standing, type Families, type SeriesSource, type Window } from './series-family.ts';

/** Each generation of Kepler is scraped so often. */
const EVERY_MS = { new: 15 * SECOND_MS, old: 30 * SECOND_MS };
const VERSIONS = { new: 'v0.10.2', old: 'v0.7.12' };

/** Of the energy that packages and memory draw; the cores' lies inside of the packages'. */
const PACKAGE = 0.8;
const DRAM = 0.2;
const CORE = 0.56;
const IDLE_WATTS = 1.4;

/** A pod as a meter counts it. */
interface Metered {
  namespace: string;
  pod: string;
  container: string;
  uid: string;
  node: string;
  startedAt: number;
  endedAt: number;
  joules: (at: number) => number;
}

function meteredIn(source: SeriesSource, window: Window): Metered[] {
  const movers = moversIn(source, window).map(({ mover, uid, node, watts }) => ({
    ...mover,
    uid,
    node,
    joules: (at: number) => watts * secondsRun(mover, at),
  }));
  const agents = agentsOf(source).map((agent) => ({
    ...agent,
    container: 'node-agent',
    endedAt: Infinity,
  }));
  return [...movers, ...agents];
}

/** The newer generation: by pod and zone, and once more when the pod has ended. */
function newPods(source: SeriesSource, window: Window): LiveSeries[] {
  if (source.plan.kepler !== 'new') return [];
  const zones = { package: PACKAGE, dram: DRAM, core: CORE };
  return meteredIn(source, window).flatMap((one) =>
    Object.entries(zones).flatMap(([zone, share]) => {
      const labels = {
        __name__: 'kepler_pod_cpu_joules_total',
        pod_id: one.uid,
        pod_name: one.pod,
        pod_namespace: one.namespace,
        node_name: one.node,
        zone,
        job: 'kepler',
        instance: `${one.node}:28282`,
      };
      const valueAt = (at: number) => one.joules(at) * share;
      const everyMs = EVERY_MS.new;
      const running = { ...labels, state: 'running' };
      const live = {
        labels: running,
        from: one.startedAt,
        until: one.endedAt - 1,
        everyMs,
        valueAt,
      };
      if (one.endedAt === Infinity) return [live];
      const last = scrapeAfter(one.endedAt, everyMs);
      const ended = { ...labels, state: 'terminated' };
      return [live, { labels: ended, from: last, until: last, everyMs, valueAt }];
    }),
  );
}

/** The older generation: by container, components in the names, idle energy beside. */
function oldContainers(component: string, share: number) {
  return (source: SeriesSource, window: Window): LiveSeries[] => {
    if (source.plan.kepler !== 'old') return [];
    return meteredIn(source, window).flatMap((one) =>
      ['dynamic', 'idle'].map((mode) => ({
        labels: {
          __name__: component,
          container_id: one.uid.replaceAll('-', ''),
          container_name: one.container,
          container_namespace: one.namespace,
          pod_name: one.pod,
          mode,
          job: 'kepler',
          instance: `${one.node}:9102`,
        },
        from: one.startedAt,
        until: one.endedAt - 1,
        everyMs: EVERY_MS.old,
        valueAt: (at: number) =>
          share *
          (mode === 'dynamic' ? one.joules(at) : (IDLE_WATTS * (at - one.startedAt)) / SECOND_MS),
      })),
    );
  };
}

const nodes = [1, 2, 3].map((number) => `node-${number}`);

function builds(generation: 'new' | 'old', name: string, port: number) {
  return (source: SeriesSource): LiveSeries[] =>
    source.plan.kepler !== generation
      ? []
      : nodes.map((node) => {
          const version = VERSIONS[generation];
          const labels = { __name__: name, version, job: 'kepler', instance: `${node}:${port}` };
          return standing(source, labels, () => 1);
        });
}

function corePrices(source: SeriesSource): LiveSeries[] {
  const { corePrice, region } = source.plan;
  if (corePrice === null) return [];
  return nodes.map((node) => {
    const arch = createRandom(source.frame.seed, 'arch').chance(0.2) ? 'arm64' : 'amd64';
    const labels = {
      __name__: 'node_cpu_hourly_cost',
      node,
      arch,
      ...(region !== null && { region }),
      job: 'opencost',
      instance: node,
    };
    return standing(source, labels, () => corePrice);
  });
}

/** Energy by either generation of Kepler, and OpenCost's price of a core. */
export const METER_FAMILIES: Families = {
  kepler_build_info: builds('new', 'kepler_build_info', 28_282),
  kepler_exporter_build_info: builds('old', 'kepler_exporter_build_info', 9_102),
  kepler_pod_cpu_joules_total: newPods,
  kepler_container_joules_total: oldContainers('kepler_container_joules_total', PACKAGE + DRAM),
  kepler_container_package_joules_total: oldContainers(
    'kepler_container_package_joules_total',
    PACKAGE,
  ),
  kepler_container_dram_joules_total: oldContainers('kepler_container_dram_joules_total', DRAM),
  node_cpu_hourly_cost: corePrices,
};
