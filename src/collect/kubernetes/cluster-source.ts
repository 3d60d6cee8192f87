import type { ClusterPrometheus } from '../../domain/prometheus-settings.ts';
import type { Cluster, Context, User } from '@kubernetes/client-node';
import { KubeConfig } from './official-client.ts';

/** A cluster to read, as configured; nothing has been asked of it yet. */
export interface ClusterSource {
  /** The name people use: context or file entry. */
  name: string;
  server: string;
  /** Where it is configured, for messages. */
  origin: string;
  /** Read these namespaces only; null: every one we may. */
  namespaces: string[] | null;
  /** The context's own namespace: the first guess when nothing cluster-wide may be read. */
  defaultNamespace: string | null;
  /** The zone in which the cluster's controllers read schedules. */
  timeZone: string;
  /** What a clusters file says of its metrics store; paths are absolute. */
  prometheus?: ClusterPrometheus | undefined;
  /** Reads server and credentials from their files anew. Throws AppError `invalid-setting`. */
  load(): KubeConfig;
}

/** `http://` is refused by the client unless verification is off; there is nothing to verify then. */
export function kubeConfigOf(
  cluster: Cluster,
  user: User,
  context: Pick<Context, 'name' | 'namespace'>,
): KubeConfig {
  const config = new KubeConfig();
  const plain = cluster.server.startsWith('http:');
  const server = cluster.server.replace(/\/+$/, '');
  config.loadFromOptions({
    clusters: [{ ...cluster, server, skipTLSVerify: plain || cluster.skipTLSVerify }],
    users: [user],
    contexts: [{ ...context, cluster: cluster.name, user: user.name }],
    currentContext: context.name,
  });
  return config;
}

/** A server that asks for no credentials: the demo world, or a local `kubectl proxy`. */
export function clusterSourceOfServer(name: string, server: string): ClusterSource {
  return {
    name,
    server,
    origin: server,
    namespaces: null,
    defaultNamespace: null,
    timeZone: 'UTC',
    load: () => kubeConfigOf({ name, server, skipTLSVerify: false }, { name }, { name }),
  };
}
