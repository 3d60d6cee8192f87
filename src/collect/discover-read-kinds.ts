import type { EngineReader, KindSpec } from './engine.ts';
import { INVENTORY_KINDS, type InventoryKind } from './inventory/inventory-kinds.ts';
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
  const { served, broken } = await discoverKinds(client, wantedKinds(engines), signal);
  problems.clearAll('discovery:');
  for (const { group, error } of broken)
    problems.report(`discovery:${group}`, problemOf(group, error));
  return [...served]
    .map(([spec, base]) => {
      const reader = engines.find((engine) => engine.kinds.includes(spec)) ?? null;
      const inventory = inventoryKind(spec);
      const metadataOnly = reader === null && inventory?.metadataOnly === true;
      const target = { ...base, namespace: null, metadataOnly };
      const rank = inventory?.rank ?? spec.rank ?? 0;
      return { spec, inventory: inventory !== undefined, reader, target, rank, among: null };
    })
    .toSorted((a, b) => a.rank - b.rank);
}

/** Every kind that the inventory or an engine wants, each once. */
export function wantedKinds(engines: readonly EngineReader[]): KindSpec[] {
  const own = engines.flatMap((engine) => engine.kinds);
  return [...INVENTORY_KINDS.filter((kind) => !own.some((other) => isSame(kind, other))), ...own];
}

/** What the inventory reads of this kind: Kubernetes’ own kinds say nothing of an engine being installed. */
export function inventoryKind(spec: KindSpec): InventoryKind | undefined {
  return INVENTORY_KINDS.find((kind) => isSame(kind, spec));
}

function isSame(one: KindSpec, other: KindSpec): boolean {
  return one.group === other.group && one.plural === other.plural;
}
