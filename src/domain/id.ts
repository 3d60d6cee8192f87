import { createHash } from 'node:crypto';

/**
 * The deterministic id of a thing known by natural keys: 20 hex digits (80 bits) of SHA-256 over the
 * parts, each preceded by its length so that no two lists of parts collide by concatenation.
 */
export function idOf(...parts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:${part};`);
  return hash.digest('hex').slice(0, 20);
}

/** Identity of an object in a cluster; its UID is only an incarnation. `namespace` is '' for cluster-scoped kinds. */
export interface ObjectRef {
  clusterId: string;
  kind: string;
  namespace: string;
  name: string;
}

export function resourceIdOf(ref: ObjectRef): string {
  return idOf('resource', ref.clusterId, ref.kind, ref.namespace, ref.name);
}

export function policyIdOf(engine: string, ref: ObjectRef): string {
  return idOf('policy', engine, ref.clusterId, ref.kind, ref.namespace, ref.name);
}

export function repositoryIdOf(engine: string, ref: ObjectRef): string {
  return idOf('repository', engine, ref.clusterId, ref.kind, ref.namespace, ref.name);
}

/** `key` comes from the object: Velero its UID; VolSync incarnation + sync start. */
export function runIdOf(clusterId: string, engine: string, key: string): string {
  return idOf('run', clusterId, engine, key);
}

/** A finding's fingerprint: the same trouble of the same subject, whenever it occurs. */
export function fingerprintOf(
  clusterId: string,
  kind: string,
  subject: string,
  cause: string,
): string {
  return idOf('finding', clusterId, kind, subject, cause);
}
