import { existsSync } from 'node:fs';
import { KubeConfig } from './official-client.ts';
import { AppError } from '../../domain/error.ts';
import { readClustersFile } from './clusters-file.ts';
import type { ClusterSource } from './cluster-source.ts';
import {
  chooseContext,
  contextSource,
  defaultKubeconfigFile,
  kubeconfigFiles,
  loadKubeconfig,
} from './kubeconfig.ts';

export interface FindClustersSettings {
  /** `KUBECONFIG`: a path, or several as kubectl takes them. */
  kubeconfig?: string | undefined;
  /** `CLUSTERS`: path of a clusters file, context names with commas, or `*` for every context. */
  clusters?: string | undefined;
  /** Where to look for `.kube/config`; the user's home by default. */
  home?: string;
  /** Where a pod's service account lies below. */
  root?: string;
}

export type FoundClusters = { kind: 'none' } | { kind: 'clusters'; clusters: ClusterSource[] };

/**
 * Which clusters are configured: `CLUSTERS`, else the current context of `KUBECONFIG` or `~/.kube/config`, else the
 * service account of the pod we run in. `none` only when there is no configuration at all; one that is broken throws
 * AppError `invalid-setting` naming the file and the next step.
 */
export function findClusters(settings: FindClustersSettings): FoundClusters {
  const files = configuredFiles(settings);
  const wanted = settings.clusters?.trim() ?? '';
  if (wanted !== '') return { kind: 'clusters', clusters: wantedClusters(wanted, files) };
  if (files.length > 0) {
    const loaded = loadKubeconfig(files);
    // Tools leave an empty ~/.kube/config behind; only a file someone named must hold a cluster.
    const empty = loaded.contexts.length === 0 && loaded.clusters.length === 0;
    if (!empty || settings.kubeconfig)
      return { kind: 'clusters', clusters: [contextSource(files, chooseContext(loaded, null))] };
  }
  const pod = inClusterSource(settings.root ?? '');
  return pod === null ? { kind: 'none' } : { kind: 'clusters', clusters: [pod] };
}

function configuredFiles(settings: FindClustersSettings): string[] {
  if (settings.kubeconfig) return kubeconfigFiles(settings.kubeconfig);
  const file = defaultKubeconfigFile(settings.home);
  return file === null ? [] : [file];
}

function wantedClusters(wanted: string, files: string[]): ClusterSource[] {
  if (existsSync(wanted)) return readClustersFile(wanted, files);
  if (/\.(ya?ml|json)$/i.test(wanted))
    throw new AppError('invalid-setting', `CLUSTERS names ${wanted}, which does not exist`, {
      nextStep: 'Correct the path, or give context names with commas.',
    });
  if (files.length === 0)
    throw new AppError('invalid-setting', 'CLUSTERS names contexts but there is no kubeconfig', {
      nextStep: 'Set KUBECONFIG, or let CLUSTERS name a clusters file.',
    });
  const loaded = loadKubeconfig(files);
  const names =
    wanted === '*'
      ? loaded.contexts.map(({ name }) => name)
      : wanted.split(',').map((name) => name.trim());
  return [...new Set(names)]
    .filter((name) => name !== '')
    .map((name) => contextSource(files, chooseContext(loaded, name)));
}

function inClusterSource(root: string): ClusterSource | null {
  const account = `${root}/var/run/secrets/kubernetes.io/serviceaccount`;
  if (!existsSync(`${account}/token`)) return null;
  const load = (): KubeConfig => {
    const config = new KubeConfig();
    config.loadFromCluster(root);
    return config;
  };
  const config = load();
  const server = config.getCurrentCluster()?.server ?? '';
  if (!URL.canParse(server) || server.includes('undefined'))
    throw new AppError(
      'invalid-setting',
      `${account} exists, but KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT are not set`,
      { nextStep: 'Run with the environment Kubernetes gives its pods, or set KUBECONFIG.' },
    );
  return {
    name: 'in-cluster',
    server,
    origin: `service account in ${account}`,
    namespaces: null,
    defaultNamespace: config.getContexts()[0]?.namespace?.trim() ?? null,
    timeZone: 'UTC',
    load,
  };
}
