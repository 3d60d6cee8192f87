import { createHash } from 'node:crypto';
import { AppError } from '../../domain/error.ts';
import { idOf } from '../../domain/id.ts';
import type { ClusterIdentity } from '../port.ts';
import type { ClusterSource } from './cluster-source.ts';
import type { KubeClient } from './kube-client.ts';
import { field, textMap, textOf } from './object-meta.ts';

export interface Identified extends ClusterIdentity {
  /** Set when `kube-system` could not be read and the id comes from the address instead. */
  fallback: string | null;
}

/** Asks the API who it is. Throws AppError when it does not answer or refuses our credentials. */
export async function identifyCluster(
  client: KubeClient,
  source: ClusterSource,
  signal: AbortSignal,
): Promise<Identified> {
  const version = textOf(field((await client.get('/version', signal)).body, 'gitVersion'));
  const base = { name: source.name, server: source.server, version };
  try {
    const { body } = await client.get('/api/v1/namespaces/kube-system', signal);
    const uid = textOf(field(body, 'metadata', 'uid'));
    if (uid === null) throw new AppError('not-found', 'namespace kube-system has no UID');
    return { ...base, clusterId: uid, demo: isDemo(body), fallback: null };
  } catch (error) {
    const known = error instanceof AppError ? error.code : null;
    if (known !== 'source-forbidden' && known !== 'not-found') throw error;
    const fallback = error instanceof Error ? error.message : String(error);
    return { ...base, clusterId: addressId(source), demo: false, fallback };
  }
}

function isDemo(namespace: unknown): boolean {
  const marks = ['labels', 'annotations'].map((place) =>
    textMap(field(namespace, 'metadata', place)),
  );
  return marks.some((mark) => mark['plimsoll.dev/demo'] === 'true');
}

/** The same address and certificate authority give the same id. */
function addressId(source: ClusterSource): string {
  const cluster = source.load().getCurrentCluster();
  const authority = `${cluster?.caData ?? ''}${cluster?.caFile ?? ''}`;
  return idOf('cluster', source.server, createHash('sha256').update(authority).digest('hex'));
}
