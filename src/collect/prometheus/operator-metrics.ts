import type { Metric } from '../../domain/metrics.ts';
import {
  databaseCluster,
  longhornClaim,
  namedPolicy,
  veleroLocation,
  veleroSchedule,
  volsyncSource,
  type SubjectOf,
} from './operator-subjects.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import type { MetricSeries } from './reply.ts';
import { selectorOf } from './selector.ts';
import type { Reading } from './series-book.ts';

/** What one of an operator's series means. */
interface OperatorMetric {
  metric: Metric;
  subjectOf: SubjectOf;
  /**
   * Several series of one thing (replicas of a pod, a store without deduplication): `most` takes the largest, `sum` adds
   * what differs by other labels, `agree` gives up when they differ, for then one of them is wrong.
   */
  several: 'most' | 'sum' | 'agree';
  /** Zero means "none that this metric knows of", which is not the same as none. */
  zeroIsUnknown?: true;
}

/**
 * The series that operators tell of their work. They lie after restarts and deletions and miss failures, so they are
 * witnesses beside the objects, never instead of them.
 */
export const OPERATOR_METRICS: Record<string, OperatorMetric> = {
  volsync_volume_out_of_sync: { metric: 'out-of-sync', subjectOf: volsyncSource, several: 'agree' },
  volsync_missed_intervals_total: {
    metric: 'missed-intervals',
    subjectOf: volsyncSource,
    several: 'most',
  },
  velero_backup_last_successful_timestamp: {
    metric: 'last-success-at',
    subjectOf: veleroSchedule,
    several: 'most',
    zeroIsUnknown: true,
  },
  velero_backup_last_status: { metric: 'last-run-ok', subjectOf: veleroSchedule, several: 'agree' },
  velero_backup_failure_total: { metric: 'failures', subjectOf: veleroSchedule, several: 'sum' },
  velero_backup_partial_failure_total: {
    metric: 'failures',
    subjectOf: veleroSchedule,
    several: 'sum',
  },
  velero_backup_validation_failure_total: {
    metric: 'failures',
    subjectOf: veleroSchedule,
    several: 'sum',
  },
  velero_backup_location_status_gauge: {
    metric: 'location-available',
    subjectOf: veleroLocation,
    several: 'agree',
  },
  kopiur_policy_last_backup_success_timestamp_seconds: {
    metric: 'last-success-at',
    subjectOf: namedPolicy('kopiur', 'SnapshotPolicy', 'policy'),
    several: 'most',
    zeroIsUnknown: true,
  },
  kopiur_snapshotpolicy_last_backup_success: {
    metric: 'last-run-ok',
    subjectOf: namedPolicy('kopiur', 'SnapshotPolicy', 'policy'),
    several: 'agree',
  },
  k8up_schedule_last_job_succeeded: {
    metric: 'last-run-ok',
    subjectOf: (clusterId, labels) =>
      labels['jobType'] === 'backup'
        ? namedPolicy('k8up', 'Schedule', 'schedule')(clusterId, labels)
        : null,
    several: 'agree',
  },
  // Each instance of a database cluster tells what it knows; with the backup plugin these stay at zero for ever.
  cnpg_collector_last_available_backup_timestamp: {
    metric: 'last-success-at',
    subjectOf: databaseCluster,
    several: 'most',
    zeroIsUnknown: true,
  },
  barman_cloud_cloudnative_pg_io_last_available_backup_timestamp: {
    metric: 'last-success-at',
    subjectOf: databaseCluster,
    several: 'most',
    zeroIsUnknown: true,
  },
  cnpg_collector_last_failed_backup_timestamp: {
    metric: 'last-failure-at',
    subjectOf: databaseCluster,
    several: 'most',
    zeroIsUnknown: true,
  },
  barman_cloud_cloudnative_pg_io_last_failed_backup_timestamp: {
    metric: 'last-failure-at',
    subjectOf: databaseCluster,
    several: 'most',
    zeroIsUnknown: true,
  },
  longhorn_volume_last_backup_at: {
    metric: 'last-success-at',
    subjectOf: longhornClaim,
    several: 'most',
    zeroIsUnknown: true,
  },
  kube_cronjob_status_last_successful_time: {
    metric: 'last-success-at',
    subjectOf: namedPolicy('cronjob', 'CronJob', 'cronjob'),
    several: 'most',
    zeroIsUnknown: true,
  },
};

export function operatorQuery(source: PrometheusSource): string {
  return selectorOf(source, Object.keys(OPERATOR_METRICS));
}

/** One reading for each metric of each thing; `disagreeing` names the series whose witnesses differ. */
export function operatorReadings(
  clusterId: string,
  rows: readonly MetricSeries[],
): { readings: Reading[]; disagreeing: string[] } {
  const told = rows.flatMap((row) => tellingOf(clusterId, row));
  const groups = Map.groupBy(told, ({ reading }) => `${reading.metric} ${reading.subjectId}`);
  const readings: Reading[] = [];
  const disagreeing = new Set<string>();
  for (const group of groups.values()) {
    const settled = settle(group);
    if (settled === null) for (const { reading } of group) disagreeing.add(reading.origin);
    else readings.push(settled);
  }
  return { readings, disagreeing: [...disagreeing] };
}

interface Telling {
  reading: Reading;
  several: OperatorMetric['several'];
}

function tellingOf(clusterId: string, { labels, samples }: MetricSeries): Telling[] {
  const origin = labels['__name__'] ?? '';
  const known = OPERATOR_METRICS[origin];
  const newest = samples.at(-1);
  const subject = known?.subjectOf(clusterId, labels) ?? null;
  if (known === undefined || newest === undefined || subject === null) return [];
  if (known.zeroIsUnknown && newest.value <= 0) return [];
  const { metric, several } = known;
  return [{ reading: { metric, ...subject, origin, at: newest.at, value: newest.value }, several }];
}

function settle(group: readonly Telling[]): Reading | null {
  const [first] = group;
  if (first === undefined) return null;
  const most = mostOf(group);
  if (first.several === 'most') return most;
  if (first.several === 'agree')
    return group.every(({ reading }) => reading.value === most.value) ? most : null;
  // Replicas tell the same counter twice; counters of different names add up.
  const byOrigin = [...Map.groupBy(group, ({ reading }) => reading.origin).values()].map(mostOf);
  const value = byOrigin.reduce((sum, reading) => sum + reading.value, 0);
  return { ...most, value, origin: 'velero_backup_*_failure_total' };
}

function mostOf(group: readonly Telling[]): Reading {
  const readings = group.map(({ reading }) => reading);
  return readings.reduce((best, reading) => (reading.value > best.value ? reading : best));
}
