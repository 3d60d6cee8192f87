import type { AppError } from '../domain/error.ts';
import type { ClusterSession } from './cluster-session.ts';
import { readableNamespaces } from './kubernetes/access-review.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import type { KubeClient } from './kubernetes/kube-client.ts';
import { partialProblem } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';

/** One kind in the scopes we may read: configured namespaces, else the whole cluster. */
export function scopesOf(source: ClusterSource, kind: ReadKind): ReadKind[] {
  if (source.namespaces === null || !kind.target.namespaced) return [kind];
  return inEach(kind, source.namespaces);
}

/** A list of the whole cluster was refused; single namespaces may be open. */
export function isNarrowable(kind: ReadKind, error: AppError): boolean {
  return (
    error.code === 'source-forbidden' && kind.target.namespaced && kind.target.namespace === null
  );
}

/** After a refused cluster-wide list: the kind in each namespace where we may list it. */
export async function narrowedScopes(
  session: ClusterSession,
  client: KubeClient,
  source: ClusterSource,
  kind: ReadKind,
  signal: AbortSignal,
): Promise<ReadKind[]> {
  const listed = session.inventory.namespaces();
  const own = source.defaultNamespace === null ? [] : [source.defaultNamespace];
  const candidates = listed.length > 0 ? listed : own;
  const readable = await readableNamespaces(client, kind.target, candidates, signal).catch(
    () => [],
  );
  if (readable.length > 0) {
    session.forget(kind);
    const name = sourceOf(kind.target);
    session.problems.report(`scope:${name}`, partialProblem(name, readable));
  }
  return inEach(kind, readable);
}

function inEach(kind: ReadKind, among: string[]): ReadKind[] {
  return among.map((namespace) => ({ ...kind, among, target: { ...kind.target, namespace } }));
}
