import type { Status } from '../domain/views.ts';
import { SEVERITIES } from '../domain/words.ts';

export interface ReaderFigures {
  cluster: string;
  requests: number;
  problems: number;
}

interface Sample {
  labels: Record<string, string>;
  value: number;
}

/** Prometheus text format 0.0.4. A figure that is not known is left out, never zero. */
export function renderMetrics(status: Status, readers: ReaderFigures[], version: string): string {
  const residentBytes = process.memoryUsage.rss();
  return [
    family('plimsoll_build_info', 'gauge', 'The running version.', [
      { labels: { version }, value: 1 },
    ]),
    family(
      'plimsoll_findings_open',
      'gauge',
      'Open findings by severity.',
      SEVERITIES.map((severity) => ({
        labels: { severity },
        value: status.counts.findingsOpen[severity] ?? 0,
      })),
    ),
    family(
      'plimsoll_claims',
      'gauge',
      'Claims by coverage.',
      Object.entries(status.counts.coverage).map(([coverage, value]) => ({
        labels: { coverage },
        value,
      })),
    ),
    family(
      'plimsoll_cluster_observed_timestamp_seconds',
      'gauge',
      'Cluster time up to which it was read.',
      instants(status, 'observedAt'),
    ),
    family(
      'plimsoll_cluster_judged_timestamp_seconds',
      'gauge',
      'Cluster time up to which it was judged.',
      instants(status, 'judgedAt'),
    ),
    family(
      'plimsoll_kubernetes_requests_total',
      'counter',
      'Requests sent to the Kubernetes API by this process.',
      readers.map(({ cluster, requests }) => ({ labels: { cluster }, value: requests })),
    ),
    family(
      'plimsoll_collect_problems',
      'gauge',
      'Kinds that could not be read.',
      readers.map(({ cluster, problems }) => ({ labels: { cluster }, value: problems })),
    ),
    family('process_resident_memory_bytes', 'gauge', 'Resident memory of this process.', [
      { labels: {}, value: residentBytes },
    ]),
  ].join('');
}

function instants(status: Status, field: 'observedAt' | 'judgedAt'): Sample[] {
  return status.clusters.flatMap((cluster) => {
    const at = cluster[field];
    return at === null ? [] : [{ labels: { cluster: cluster.name }, value: Date.parse(at) / 1000 }];
  });
}

function family(name: string, type: 'gauge' | 'counter', help: string, samples: Sample[]): string {
  const lines = samples.map(({ labels, value }) => `${name}${labelsOf(labels)} ${value}\n`);
  return lines.length === 0
    ? ''
    : `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${lines.join('')}`;
}

function labelsOf(labels: Record<string, string>): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`);
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`;
}

function escaped(value: string): string {
  return value
    .replaceAll('\\', '\\\\')
    .replaceAll('"', String.raw`\"`)
    .replaceAll('\n', String.raw`\n`);
}
