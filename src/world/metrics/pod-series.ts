import { SECOND_MS } from '../../domain/time.ts';
import { agentsOf } from './agent-use.ts';
import { LOOK_BACK_MS, type LiveSeries } from './live-series.ts';
import { moversIn, secondsRun, type MoverUse } from './mover-use.ts';
import type { Families, Family, SeriesSource, Window } from './series-family.ts';

/** Kubelets and kube-state-metrics are scraped so often. */
const EVERY_MS = 30 * SECOND_MS;

/** Of the pod's cgroup as a whole the container has no name, and of its pause container it is `POD`. */
const CGROUPS = [
  { of: (own: string) => own, share: 1 },
  { of: () => '', share: 1.001 },
  { of: () => 'POD', share: 0.001 },
];

interface ContainerCounter {
  name: string;
  valueOf: (use: MoverUse, at: number) => number;
}

function ofContainers({ name, valueOf }: ContainerCounter): Family {
  return (source, window) =>
    moversIn(source, window).flatMap((use) =>
      CGROUPS.map(({ of, share }) =>
        whileItRuns(
          use,
          { __name__: name, container: of(use.mover.container) },
          (at) => valueOf(use, at) * share,
        ),
      ),
    );
}

function ofInterface(name: string, rateOf: (use: MoverUse) => number): Family {
  return (source, window) =>
    moversIn(source, window).map((use) =>
      whileItRuns(use, { __name__: name, interface: 'eth0' }, (at) =>
        Math.round(rateOf(use) * secondsRun(use.mover, at)),
      ),
    );
}

function whileItRuns(
  { mover, uid, node }: MoverUse,
  labels: Record<string, string>,
  valueAt: (at: number) => number,
): LiveSeries {
  const { namespace, pod, startedAt, endedAt } = mover;
  const id = `/kubepods/burstable/pod${uid}/${labels['container'] ?? ''}`;
  return {
    labels: { ...labels, namespace, pod, id, node, job: 'kubelet', instance: node },
    from: startedAt,
    until: endedAt,
    everyMs: EVERY_MS,
    valueAt,
  };
}

const cpu: Family = (source, window) => [
  ...ofContainers({
    name: 'container_cpu_usage_seconds_total',
    valueOf: ({ mover, cores }, at) => cores * secondsRun(mover, at),
  })(source, window),
  ...agentsOf(source).map(({ namespace, pod, uid, node, startedAt, cpuSeconds }) => ({
    labels: {
      __name__: 'container_cpu_usage_seconds_total',
      namespace,
      pod,
      container: 'node-agent',
      id: `/kubepods/burstable/pod${uid}/node-agent`,
      node,
      job: 'kubelet',
      instance: node,
    },
    from: startedAt,
    until: Infinity,
    everyMs: EVERY_MS,
    valueAt: cpuSeconds,
  })),
];

/** As kube-state-metrics tells of pods: while their object is there. */
function ofPods(
  name: string,
  valueOf: (use: MoverUse) => number,
  more: (use: MoverUse) => Record<string, string> = () => ({}),
  sinceEnd = false,
): Family {
  return (source, window) =>
    moversIn(source, window).map((use) => {
      const { namespace, pod, startedAt, endedAt, keptMs } = use.mover;
      return {
        labels: {
          __name__: name,
          namespace,
          pod,
          uid: use.uid,
          job: 'kube-state-metrics',
          ...more(use),
        },
        from: sinceEnd ? endedAt : startedAt,
        until: endedAt + keptMs,
        everyMs: EVERY_MS,
        valueAt: () => valueOf(use),
      };
    });
}

const unix = (at: number): number => Math.floor(at / SECOND_MS);

function ofJobs(name: string, valueOf: (job: { startedAt: number; endedAt: number }) => number) {
  return (source: SeriesSource, window: Window): LiveSeries[] =>
    jobsIn(source, window)
      .filter(({ failed }) => !failed)
      .map((job) => jobSeries(job, { __name__: name }, valueOf(job)));
}

function jobsIn({ book, plan }: SeriesSource, { from, until }: Window) {
  return [...book.jobs.values()].filter(
    ({ endedAt, goneAt }) =>
      endedAt <= until && goneAt >= Math.max(plan.since, from - LOOK_BACK_MS),
  );
}

function jobSeries(
  { namespace, name, endedAt, goneAt }: ReturnType<typeof jobsIn>[number],
  labels: Record<string, string>,
  value: number,
): LiveSeries {
  return {
    labels: { ...labels, namespace, job_name: name, job: 'kube-state-metrics' },
    from: endedAt,
    until: goneAt,
    everyMs: EVERY_MS,
    valueAt: () => value,
  };
}

/** What the kubelet’s cAdvisor and kube-state-metrics tell of the pods that move data, and of CronJobs’ Jobs. */
export const POD_FAMILIES: Families = {
  container_cpu_usage_seconds_total: cpu,
  container_memory_working_set_bytes: ofContainers({
    name: 'container_memory_working_set_bytes',
    // It fills within half a minute.
    valueOf: ({ mover, memoryBytes }, at) =>
      Math.round(memoryBytes * Math.min(1, 0.4 + secondsRun(mover, at) / 50)),
  }),
  container_network_transmit_bytes_total: ofInterface(
    'container_network_transmit_bytes_total',
    ({ sentBytesPerSecond }) => sentBytesPerSecond,
  ),
  container_network_receive_bytes_total: ofInterface(
    'container_network_receive_bytes_total',
    ({ receivedBytesPerSecond }) => receivedBytesPerSecond,
  ),
  kube_pod_info: ofPods(
    'kube_pod_info',
    () => 1,
    ({ node }) => ({ node }),
  ),
  kube_pod_start_time: ofPods('kube_pod_start_time', ({ mover }) => unix(mover.startedAt)),
  kube_pod_completion_time: ofPods(
    'kube_pod_completion_time',
    ({ mover }) => unix(mover.endedAt),
    () => ({}),
    true,
  ),
  kube_pod_container_resource_requests: ofPods(
    'kube_pod_container_resource_requests',
    ({ requestedCores }) => requestedCores,
    ({ mover, node }) => ({ container: mover.container, resource: 'cpu', unit: 'core', node }),
  ),
  kube_job_status_start_time: ofJobs('kube_job_status_start_time', ({ startedAt }) =>
    unix(startedAt),
  ),
  kube_job_status_completion_time: ofJobs('kube_job_status_completion_time', ({ endedAt }) =>
    unix(endedAt),
  ),
  kube_job_failed: (source, window) =>
    jobsIn(source, window).map((job) =>
      jobSeries(job, { __name__: 'kube_job_failed', condition: 'true' }, job.failed ? 1 : 0),
    ),
};
