import type { EngineReader } from './engine.ts';
import { INVENTORY_KINDS } from './inventory/inventory-kinds.ts';
import { discoverKinds } from './kubernetes/discovery.ts';
import type { KubeClient } from './kubernetes/kube-client.ts';
import type { ProblemBook } from './kubernetes/problem-book.ts';
import { problemOf } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';

/** The kinds a cluster serves that someone wants, in the order in which they are to be listed. */
export async function discoverReadKinds(
  client: KubeClient,
  engines: readonly EngineReader[],
  problems: ProblemBook,
  signal: AbortSignal,
): Promise<ReadKind[]> {
  const specs = [...INVENTORY_KINDS, ...engines.flatMap((engine) => engine.kinds)];
  const { served, broken } = await discoverKinds(client, specs, signal);
  problems.clearAll('discovery:');
  for (const { group, error } of broken)
    problems.report(`discovery:${group}`, problemOf(group, error));
  return [...served]
    .map(([spec, base]) => {
      const reader = engines.find((engine) => engine.kinds.includes(spec)) ?? null;
      const metadataOnly = 'metadataOnly' in spec && spec.metadataOnly === true;
      const target = { ...base, namespace: null, metadataOnly };
      return { spec, reader, target, rank: spec.rank ?? 0, among: null };
    })
    .toSorted((a, b) => a.rank - b.rank);
}
