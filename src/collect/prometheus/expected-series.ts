import type { Engine } from '../../domain/words.ts';

/** A witness that a metrics store can be, and what to do when it is not there. */
export interface ExpectedSeries {
  /** Any one of these will do. */
  anyOf: readonly string[];
  what: string;
  /** Expected only where this engine is installed; null: everywhere. */
  engine: Engine | null;
  fix: string;
  /** Where any of these is there its exporter is scraped, and something else is missing. */
  half?: { anyOf: readonly string[]; text: string; fix: string };
}

/** What kube-state-metrics tells wherever it is scraped, but for narrow settings of its own. */
export const KUBE_STATE_METRICS = [
  'kube_namespace_created',
  'kube_persistentvolumeclaim_info',
  'kube_node_info',
];

export const EXPECTED_SERIES: readonly ExpectedSeries[] = [
  {
    anyOf: ['kubelet_volume_stats_used_bytes'],
    what: 'volume usage',
    engine: null,
    fix: 'Scrape each kubelet’s /metrics and keep kubelet_volume_stats_*. Only mounted volumes are told, and only where the storage driver counts them.',
  },
  {
    anyOf: ['container_cpu_usage_seconds_total'],
    what: 'movers’ CPU, memory and network',
    engine: null,
    fix: 'Scrape each kubelet’s /metrics/cadvisor and keep container_cpu_usage_seconds_total, container_memory_working_set_bytes and container_network_*_bytes_total.',
  },
  {
    anyOf: ['kube_pod_completion_time', 'kube_pod_start_time'],
    what: 'movers’ times',
    engine: null,
    fix: 'Install and scrape kube-state-metrics, with pods among its --resources.',
    half: {
      anyOf: KUBE_STATE_METRICS,
      text: 'kube-state-metrics is scraped, without pods',
      fix: 'Add pods to its --resources, and kube_pod_* to its --metric-allowlist where it has one.',
    },
  },
  {
    anyOf: ['kube_job_status_completion_time'],
    what: 'the history of Jobs',
    engine: null,
    fix: 'Scrape kube-state-metrics, with jobs and cronjobs among its --resources.',
    half: {
      anyOf: KUBE_STATE_METRICS,
      text: 'kube-state-metrics is scraped; no Job has ended, or it is without jobs',
      fix: 'If Jobs do end: add jobs and cronjobs to its --resources, and kube_job_* to its --metric-allowlist where it has one.',
    },
  },
  {
    anyOf: [
      'kepler_pod_cpu_joules_total',
      'kepler_container_cpu_joules_total',
      'kepler_container_joules_total',
    ],
    what: 'energy',
    engine: null,
    fix: 'Energy is modelled from CPU time. To measure it, run Kepler on bare metal and scrape it every 10 to 15 s.',
    half: {
      anyOf: [
        'kepler_build_info',
        'kepler_node_cpu_joules_total',
        'kepler_exporter_build_info',
        'kepler_node_package_joules_total',
      ],
      text: 'Kepler is scraped and tells of no pod',
      fix: 'Let its exporter.prometheus.metricsLevel include pod and set kube.enabled: true. Without RAPL, as on most virtual machines, it has nothing to tell: energy is modelled then.',
    },
  },
  {
    anyOf: ['volsync_volume_out_of_sync'],
    what: 'VolSync',
    engine: 'volsync',
    fix: 'Scrape the service volsync-metrics (port 8443, HTTPS with a token that may get /metrics).',
  },
  {
    anyOf: ['velero_backup_last_successful_timestamp', 'velero_backup_attempt_total'],
    what: 'Velero',
    engine: 'velero',
    fix: 'Scrape the Velero server (port 8085); its chart has metrics.serviceMonitor.enabled.',
  },
  {
    anyOf: ['kopiur_policy_last_backup_success_timestamp_seconds', 'kopiur_resource_phase'],
    what: 'kopiur',
    engine: 'kopiur',
    fix: 'Scrape the kopiur controller’s /metrics.',
  },
  {
    anyOf: ['k8up_schedule_last_job_succeeded', 'k8up_jobs_total', 'k8up_schedules_gauge'],
    what: 'K8up',
    engine: 'k8up',
    fix: 'Scrape the K8up operator; k8up_schedule_last_job_succeeded needs a recent release.',
  },
  {
    anyOf: ['longhorn_volume_last_backup_at', 'longhorn_backup_state'],
    what: 'Longhorn',
    engine: 'longhorn',
    fix: 'Scrape the service longhorn-backend; longhorn_volume_last_backup_at came with 1.11.',
  },
  {
    anyOf: [
      'barman_cloud_cloudnative_pg_io_last_available_backup_timestamp',
      'cnpg_collector_last_available_backup_timestamp',
    ],
    what: 'CloudNativePG',
    engine: 'cnpg',
    fix: 'Scrape the instances’ port 9187 (a PodMonitor for the Cluster). With the backup plugin its own metrics count; the others stay zero.',
  },
];
