import { SECOND_MS } from '../../domain/time.ts';
import type { LiveSeries } from './live-series.ts';
import {
  countedRuns,
  scrapedFrom,
  standing,
  stuckOr,
  type Families,
  type SeriesSource,
} from './series-family.ts';
import { placeBefore, runBefore, successBefore, type WorldPolicy } from './world-runs.ts';

type Engine = WorldPolicy['engine'];

function policiesOf({ book }: SeriesSource, engine: Engine): WorldPolicy[] {
  return [...book.policies.values()].filter((policy) => policy.engine === engine);
}

const nameOf = ({ namespace, name }: WorldPolicy): string => `${namespace}/${name}`;

/** A gauge of each policy that has succeeded: when, in Unix seconds. */
function lastSuccess(
  source: SeriesSource,
  metric: string,
  engine: Engine,
  labelsOf: (policy: WorldPolicy) => Record<string, string>,
  staysWhenGone = false,
): LiveSeries[] {
  return policiesOf(source, engine).flatMap((policy) => {
    const first = policy.runs.find(({ outcome }) => outcome === 'success');
    if (first === undefined) return [];
    const truth = (at: number) => unix(successBefore(policy, at)?.endedAt ?? first.endedAt);
    const valueAt = stuckOr(source, metric, nameOf(policy), truth);
    const life = { from: first.endedAt, until: staysWhenGone ? Infinity : policy.goneAt };
    return [standing(source, { __name__: metric, ...labelsOf(policy) }, valueAt, life)];
  });
}

/** A gauge of each policy that has run: whether the last run went well. */
function lastRunOk(
  source: SeriesSource,
  metric: string,
  engine: Engine,
  labelsOf: (policy: WorldPolicy) => Record<string, string>,
): LiveSeries[] {
  return policiesOf(source, engine).flatMap((policy) => {
    const [first] = policy.runs;
    if (first === undefined) return [];
    const truth = (at: number) => (runBefore(policy, at)?.outcome === 'success' ? 1 : 0);
    const valueAt = stuckOr(source, metric, nameOf(policy), truth);
    const life = { from: first.endedAt, until: policy.goneAt };
    return [standing(source, { __name__: metric, ...labelsOf(policy) }, valueAt, life)];
  });
}

const unix = (at: number): number => Math.floor(at / SECOND_MS);

/** VolSync’s series stay when their object is gone. */
function volsync(
  metric: string,
  valueOf: (source: SeriesSource, policy: WorldPolicy) => (at: number) => number,
) {
  return (source: SeriesSource): LiveSeries[] =>
    policiesOf(source, 'volsync').map((policy) => {
      const labels = {
        __name__: metric,
        ...scrapedFrom(source, 'volsync-system', 'volsync-metrics', 8443),
        obj_namespace: policy.namespace,
        obj_name: policy.name,
        role: 'source',
        method: policy.method === 'rsyncTLS' ? 'rsync-tls' : policy.method,
      };
      const valueAt = stuckOr(source, metric, nameOf(policy), valueOf(source, policy));
      return standing(source, labels, valueAt);
    });
}

/** 1: it never succeeded, or two slots have passed since it did. */
const outOfSync =
  (_source: SeriesSource, policy: WorldPolicy) =>
  (at: number): number => {
    const success = successBefore(policy, at);
    if (success === null || policy.periodMs === null) return success === null ? 1 : 0;
    const slot = Math.ceil((success.endedAt - success.startedAt) / policy.periodMs);
    return at > success.startedAt + (slot + 1) * policy.periodMs ? 1 : 0;
  };

/** Counted at the end of a sync that came after its deadline. */
const missedIntervals = (source: SeriesSource, policy: WorldPolicy) =>
  countedRuns(
    source,
    policy,
    ({ startedAt, endedAt }) =>
      policy.periodMs !== null && endedAt - startedAt > 2 * policy.periodMs,
  ).count;

const synced = (source: SeriesSource, policy: WorldPolicy) =>
  countedRuns(source, policy, ({ outcome }) => outcome === 'success');

function velero(outcome: WorldPolicy['runs'][number]['outcome'] | null, metric: string) {
  return (source: SeriesSource): LiveSeries[] =>
    policiesOf(source, 'velero').map((policy) =>
      standing(
        source,
        veleroLabels(source, metric, policy.name),
        countedRuns(source, policy, (run) => outcome === null || run.outcome === outcome).count,
      ),
    );
}

const veleroLabels = (source: SeriesSource, metric: string, schedule: string) => ({
  __name__: metric,
  ...scrapedFrom(source, 'velero', 'velero', 8085),
  schedule,
});

function veleroSuccess(source: SeriesSource): LiveSeries[] {
  const metric = 'velero_backup_last_successful_timestamp';
  const ghosts = source.plan.ghosts.map(({ schedule, lastSuccess: at }) =>
    standing(source, veleroLabels(source, metric, schedule), () => unix(at)),
  );
  const labelsOf = ({ name }: WorldPolicy) => veleroLabels(source, metric, name);
  return [...lastSuccess(source, metric, 'velero', labelsOf, true), ...ghosts];
}

function veleroLocations(source: SeriesSource): LiveSeries[] {
  const metric = 'velero_backup_location_status_gauge';
  return [...source.book.locations.values()].map(({ name, phases }) => {
    const truth = (at: number) =>
      phases[placeBefore(phases.length, (place) => phases[place]?.from ?? 0, at)]?.available
        ? 1
        : 0;
    const labels = {
      __name__: metric,
      ...scrapedFrom(source, 'velero', 'velero', 8085),
      backup_location_name: name,
    };
    return standing(source, labels, stuckOr(source, metric, name, truth));
  });
}

const veleroDurations = (part: 'sum' | 'count') => (source: SeriesSource) =>
  policiesOf(source, 'velero').map((policy) => {
    const { count, seconds } = countedRuns(source, policy, ({ outcome }) => outcome === 'success');
    const labels = veleroLabels(source, `velero_backup_duration_seconds_${part}`, policy.name);
    return standing(source, labels, part === 'sum' ? seconds : count);
  });

/** A database tells of its backups through each instance; with the plugin CloudNativePG’s own gauges stay at zero. */
function cnpg(metric: string, valueOf: (policy: WorldPolicy, at: number) => number) {
  return (source: SeriesSource): LiveSeries[] =>
    policiesOf(source, 'cnpg').flatMap((policy) => {
      const { namespace, name } = policy;
      const instances = [...source.book.claims.values()].filter(
        (claim) => claim.namespace === namespace && claim.name.replace(/-\d+$/, '') === name,
      );
      return instances.map(({ name: pod, goneAt }) => {
        const labels = { __name__: metric, namespace, pod, container: 'postgres', job: namespace };
        return standing(source, labels, (at) => valueOf(policy, at), { until: goneAt });
      });
    });
}

const failureBefore = ({ runs }: WorldPolicy, at: number): number =>
  runs.findLast(({ endedAt, outcome }) => endedAt <= at && outcome === 'failed')?.endedAt ?? 0;

function longhorn(source: SeriesSource): LiveSeries[] {
  return [...source.book.volumes.values()].map(({ namespace, claim, volume, backupsAt }) => {
    const labels = {
      __name__: 'longhorn_volume_last_backup_at',
      ...scrapedFrom(source, 'longhorn-system', 'longhorn-backend', 9500),
      volume,
      pvc: claim,
      pvc_namespace: namespace,
    };
    const last = (at: number) =>
      backupsAt[placeBefore(backupsAt.length, (place) => backupsAt[place] ?? 0, at)] ?? 0;
    return standing(source, labels, (at) => unix(last(at)));
  });
}

const named = (metric: string, label: string) => (policy: WorldPolicy) => ({
  __name__: metric,
  namespace: policy.namespace,
  [label]: policy.name,
});

/** What operators tell of their work, by the names and labels of their exporters. */
export const OPERATOR_FAMILIES: Families = {
  volsync_volume_out_of_sync: volsync('volsync_volume_out_of_sync', outOfSync),
  volsync_missed_intervals_total: volsync('volsync_missed_intervals_total', missedIntervals),
  volsync_sync_duration_seconds_count: volsync(
    'volsync_sync_duration_seconds_count',
    (source, policy) => synced(source, policy).count,
  ),
  volsync_sync_duration_seconds_sum: volsync(
    'volsync_sync_duration_seconds_sum',
    (source, policy) => synced(source, policy).seconds,
  ),
  velero_backup_attempt_total: velero(null, 'velero_backup_attempt_total'),
  velero_backup_success_total: velero('success', 'velero_backup_success_total'),
  velero_backup_failure_total: velero('failed', 'velero_backup_failure_total'),
  velero_backup_partial_failure_total: velero('partial', 'velero_backup_partial_failure_total'),
  velero_backup_validation_failure_total: velero(
    'refused',
    'velero_backup_validation_failure_total',
  ),
  velero_backup_last_successful_timestamp: veleroSuccess,
  // Velero sets it to 1 with every look at a Schedule.
  velero_backup_last_status: (source) =>
    policiesOf(source, 'velero').map((policy) =>
      standing(source, veleroLabels(source, 'velero_backup_last_status', policy.name), () => 1),
    ),
  velero_backup_duration_seconds_count: veleroDurations('count'),
  velero_backup_duration_seconds_sum: veleroDurations('sum'),
  velero_backup_location_status_gauge: veleroLocations,
  kopiur_policy_last_backup_success_timestamp_seconds: (source) => {
    const metric = 'kopiur_policy_last_backup_success_timestamp_seconds';
    return lastSuccess(source, metric, 'kopiur', named(metric, 'policy'));
  },
  kopiur_snapshotpolicy_last_backup_success: (source) => {
    const metric = 'kopiur_snapshotpolicy_last_backup_success';
    return lastRunOk(source, metric, 'kopiur', named(metric, 'policy'));
  },
  k8up_schedule_last_job_succeeded: (source) => {
    const metric = 'k8up_schedule_last_job_succeeded';
    const labelsOf = named(metric, 'schedule');
    return lastRunOk(source, metric, 'k8up', (policy) => ({
      ...labelsOf(policy),
      jobType: 'backup',
    }));
  },
  cnpg_collector_last_available_backup_timestamp: cnpg(
    'cnpg_collector_last_available_backup_timestamp',
    () => 0,
  ),
  cnpg_collector_last_failed_backup_timestamp: cnpg(
    'cnpg_collector_last_failed_backup_timestamp',
    () => 0,
  ),
  barman_cloud_cloudnative_pg_io_last_available_backup_timestamp: cnpg(
    'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp',
    (policy, at) => unix(successBefore(policy, at)?.endedAt ?? 0),
  ),
  barman_cloud_cloudnative_pg_io_last_failed_backup_timestamp: cnpg(
    'barman_cloud_cloudnative_pg_io_last_failed_backup_timestamp',
    (policy, at) => unix(failureBefore(policy, at)),
  ),
  longhorn_volume_last_backup_at: longhorn,
  kube_cronjob_status_last_successful_time: (source) => {
    const metric = 'kube_cronjob_status_last_successful_time';
    return lastSuccess(source, metric, 'cronjob', named(metric, 'cronjob'));
  },
};
