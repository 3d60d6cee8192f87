import type { MetricSeries } from '../../src/collect/prometheus/reply.ts';

/** A pod whose energy is known by construction, in Unix seconds. */
export interface MeteredTruth {
  namespace: string;
  name: string;
  uid: string;
  startedAt: number;
  endedAt: number;
  /** Active power of the package and the memory together, over the pod's life; pieces of equal length. W. */
  watts: number[];
}

export interface ScrapePlan {
  intervalSeconds: number;
  /** Of the first scrape, from 0 to the interval. */
  offsetSeconds: number;
  /** When the exporter restarts; its counters begin again. */
  restartsAt: number[];
  scrapeUntil: number;
}

const DRAM_SHARE = 0.2;
const CORE_SHARE = 0.7;
const IDLE_WATTS = 1.5;

/** Joules from the pod's start until `at`, by construction. */
export function trueJoules(pod: MeteredTruth, at = pod.endedAt): number {
  const piece = (pod.endedAt - pod.startedAt) / pod.watts.length;
  return pod.watts.reduce((sum, watts, index) => {
    const from = pod.startedAt + index * piece;
    return sum + watts * Math.min(piece, Math.max(0, at - from));
  }, 0);
}

/** What the new generation exports: zones inside each other, and the total once more when the pod has ended. */
export function newKeplerSeries(pod: MeteredTruth, plan: ScrapePlan, psys = false): MetricSeries[] {
  const zones = { package: 1 - DRAM_SHARE, dram: DRAM_SHARE, core: (1 - DRAM_SHARE) * CORE_SHARE };
  const all = { ...zones, ...(psys && { psys: 1 }) };
  const scrapes = scrapesOf(plan, pod.startedAt);
  const ended = scrapes.find((at) => at >= pod.endedAt);
  return Object.entries(all).flatMap(([zone, share]) => {
    const labels = {
      __name__: 'kepler_pod_cpu_joules_total',
      pod_id: pod.uid,
      pod_name: pod.name,
      pod_namespace: pod.namespace,
      zone,
      node_name: 'node-a',
      instance: '10.0.0.5:28282',
    };
    const counted = (at: number) => countedAt(pod, plan, at) * share;
    const running = seriesOf(
      { ...labels, state: 'running' },
      scrapes.filter((at) => at < pod.endedAt),
      counted,
    );
    const last = ended === undefined ? [] : [ended];
    return [running, seriesOf({ ...labels, state: 'terminated' }, last, counted)];
  });
}

/** What the old generation exports: components in names, idle energy beside the dynamic, and no end. */
export function oldKeplerSeries(pod: MeteredTruth, plan: ScrapePlan): MetricSeries[] {
  const scrapes = scrapesOf(plan, pod.startedAt).filter((at) => at < pod.endedAt);
  const shares = { joules: 1, package_joules: 1 - DRAM_SHARE, dram_joules: DRAM_SHARE };
  return Object.entries(shares).flatMap(([component, share]) =>
    ['dynamic', 'idle'].map((mode) => {
      const labels = {
        __name__: `kepler_container_${component}_total`,
        container_id: `c-${pod.uid}`,
        container_name: 'mover',
        container_namespace: pod.namespace,
        pod_name: pod.name,
        mode,
        instance: '10.0.0.5:9102',
      };
      const counted = (at: number) =>
        mode === 'idle'
          ? IDLE_WATTS * share * (at - lastBegin(pod, plan, at))
          : countedAt(pod, plan, at) * share;
      return seriesOf(labels, scrapes, counted);
    }),
  );
}

function scrapesOf(plan: ScrapePlan, from: number): number[] {
  const { intervalSeconds, offsetSeconds, scrapeUntil } = plan;
  const first =
    Math.ceil((from - offsetSeconds) / intervalSeconds) * intervalSeconds + offsetSeconds;
  const scrapes: number[] = [];
  for (let at = first; at <= scrapeUntil; at += intervalSeconds) scrapes.push(at);
  return scrapes;
}

function lastBegin(pod: MeteredTruth, plan: ScrapePlan, at: number): number {
  return Math.max(pod.startedAt, ...plan.restartsAt.filter((restart) => restart <= at));
}

function countedAt(pod: MeteredTruth, plan: ScrapePlan, at: number): number {
  return trueJoules(pod, at) - trueJoules(pod, lastBegin(pod, plan, at));
}

function seriesOf(
  labels: Record<string, string>,
  scrapes: readonly number[],
  counted: (at: number) => number,
): MetricSeries {
  return {
    labels,
    samples: scrapes.map((at) => ({ at: new Date(at * 1_000), value: counted(at) })),
  };
}
