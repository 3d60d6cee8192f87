import type { KubeConfig } from '@kubernetes/client-node';

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
  /** Reads server and credentials from their files anew. Throws AppError `invalid-setting`. */
  load(): KubeConfig;
}
