import { readFileSync } from 'node:fs';
import { AppError } from '../../domain/error.ts';
import type { ClusterPrometheus, PrometheusSettings } from '../../domain/prometheus-settings.ts';
import type { PrometheusSource } from './prometheus-source.ts';

/** What is configured for one cluster. */
export interface ConfiguredCluster {
  name: string;
  /** Of its entry in a clusters file. */
  prometheus?: ClusterPrometheus | undefined;
}

/**
 * The metrics store of each cluster that has one, by the cluster's name. An entry with a URL of its own takes nothing
 * from the shared settings, so that no credential goes where it was not meant for. Throws AppError `invalid-setting`
 * when one store serves several clusters and no label tells them apart.
 */
export function findPrometheusSources(
  shared: PrometheusSettings | undefined,
  clusters: readonly ConfiguredCluster[],
): Map<string, PrometheusSource> {
  const found = new Map<string, PrometheusSource>();
  for (const { name, prometheus } of clusters) {
    if (prometheus === false) continue;
    const settings = prometheus?.url === undefined ? { ...shared, ...prometheus } : prometheus;
    if (settings.url !== undefined) found.set(name, sourceOf(name, settings.url, settings));
    else if (prometheus !== undefined) throw withoutUrl(name);
  }
  refuseMixed(found);
  return found;
}

function sourceOf(cluster: string, url: string, settings: PrometheusSettings): PrometheusSource {
  const [label, value = cluster] = splitOnce(settings.clusterLabel ?? '');
  return {
    url: url.replace(/\/+$/, '').replace(/\/api\/v1$/, ''),
    backend: settings.backend ?? 'prometheus',
    tenant: settings.tenant ?? null,
    clusterLabel: label ? { name: label, value } : null,
    credentials: () => ({
      bearer: readSecret(settings.tokenFile),
      basic:
        settings.username === undefined
          ? null
          : { username: settings.username, password: readSecret(settings.passwordFile) ?? '' },
      tls: {
        ca: readSecret(settings.caFile),
        cert: readSecret(settings.certFile),
        key: readSecret(settings.keyFile),
      },
    }),
  };
}

function splitOnce(text: string): [string | undefined, string | undefined] {
  const at = text.indexOf('=');
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** Without the line's end that editors leave. */
function readSecret(file: string | undefined): string | null {
  if (file === undefined) return null;
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? String(cause.code) : 'unreadable';
    throw new AppError('source-unauthorized', `${file} cannot be read: ${code}`, {
      nextStep: 'Correct the path in the Prometheus settings, or the rights of the file.',
    });
  }
}

function withoutUrl(cluster: string): AppError {
  return new AppError('invalid-setting', `cluster ${cluster} has prometheus settings but no URL`, {
    nextStep: 'Give it a url in the clusters file, or set PROMETHEUS_URL.',
  });
}

function refuseMixed(sources: ReadonlyMap<string, PrometheusSource>): void {
  const stores = Map.groupBy(sources, ([, { url, tenant }]) => JSON.stringify([url, tenant]));
  for (const sharing of stores.values()) {
    const labels = sharing.map(([, { clusterLabel }]) => JSON.stringify(clusterLabel));
    if (
      sharing.length === 1 ||
      (!labels.includes('null') && new Set(labels).size === labels.length)
    )
      continue;
    const names = sharing.map(([name]) => name).join(', ');
    throw new AppError(
      'invalid-setting',
      `${sharing[0]?.[1].url} serves the clusters ${names}, and nothing tells their series apart`,
      {
        nextStep:
          'Set PROMETHEUS_CLUSTER_LABEL to the external label that names the cluster, or clusterLabel in the clusters file.',
      },
    );
  }
}
