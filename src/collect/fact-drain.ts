import type { CollectProblem, CompleteList, FactBatch } from '../domain/facts.ts';
import { emptyBatch } from '../domain/facts.ts';
import type { EngineContext, EngineFacts, EngineReader, KubernetesObject } from './engine.ts';
import type { InventoryChanges } from './inventory/inventory.ts';
import type { FactSink } from './port.ts';

/** An engine's object that waits to be turned into facts. */
export type Waiting = {
  reader: EngineReader;
  kind: string;
  /** When it was written, if it says so. */
  writtenAt: Date | null;
} & (
  | { change: 'object' | 'deleted'; object: KubernetesObject }
  | { change: 'listed'; namespace: string | null; uids: ReadonlySet<string>; lists: CompleteList[] }
);

type ObjectProblems = NonNullable<EngineFacts['problems']>;

export interface DrainDeps {
  context: EngineContext;
  sink: FactSink;
  /** Policy memory, kept up to date here. */
  memory: Map<string, string>;
  batchFacts: number;
  /** What is wrong with an object now, told by whoever takes it. */
  onProblems(
    waiting: Pick<Waiting, 'reader' | 'kind'>,
    object: unknown,
    problems: ObjectProblems,
  ): void;
  /** A list is complete, in its turn: what it leaves out is gone. */
  onListed(waiting: Extract<Waiting, { change: 'listed' }>): void;
}

/** Turns waiting objects into facts, batch by batch, in order; each batch is durable before the next is begun. */
export async function drain(
  deps: DrainDeps,
  queue: readonly Waiting[],
  inventory: InventoryChanges,
  observed: { at: Date; after: Date | null },
  last: (batch: FactBatch) => void,
): Promise<void> {
  let batch = emptyBatch(deps.context.clusterId, observed.at);
  const flush = async (): Promise<void> => {
    await deps.sink.save(batch);
    batch = emptyBatch(deps.context.clusterId, observed.at);
  };
  for (const resource of inventory.resources) {
    batch.resources.push(resource);
    if (batch.resources.length >= deps.batchFacts) await flush();
  }
  for (const edge of inventory.edges) {
    batch.edges.push(edge);
    if (countOf(batch) >= deps.batchFacts) await flush();
  }
  batch.completeLists.push(...inventory.completeLists);
  batch.removedResourceIds.push(...inventory.removedResourceIds);
  for (const waiting of queue) {
    if (waiting.change === 'listed') {
      batch.completeLists.push(...waiting.lists);
      const { reader, kind, namespace, uids } = waiting;
      deps.onListed(waiting);
      addFacts(batch, reader.onListed?.(kind, namespace, uids, deps.context) ?? {}, deps.memory);
    } else addFacts(batch, factsOf(deps, waiting, observed), deps.memory);
    if (countOf(batch) >= deps.batchFacts) await flush();
  }
  last(batch);
  if (!isEmpty(batch)) await deps.sink.save(batch);
}

function factsOf(
  deps: DrainDeps,
  waiting: Extract<Waiting, { object: KubernetesObject }>,
  observed: { at: Date; after: Date | null },
): EngineFacts {
  const { reader, kind, object, change, writtenAt } = waiting;
  // The API server's own stamp beats the cycle's time; a deletion leaves the stamp of an earlier write.
  const stamped =
    change === 'object' && writtenAt !== null && writtenAt >= (observed.after ?? observed.at);
  const at = stamped ? writtenAt : observed.at;
  try {
    const facts =
      change === 'deleted'
        ? reader.onDeleted(kind, object, at, deps.context)
        : reader.onObject(kind, object, at, deps.context);
    deps.onProblems(waiting, object, facts.problems ?? []);
    return facts;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    deps.onProblems(waiting, object, [brokenReader(reader, kind, why)]);
    return {};
  }
}

function brokenReader(reader: EngineReader, kind: string, why: string): ObjectProblems[number] {
  const spec = reader.kinds.find((candidate) => candidate.kind === kind);
  const code: CollectProblem['code'] = 'broken';
  return {
    source: spec === undefined ? kind : `${spec.group}/${spec.plural}`,
    code,
    message: `the ${reader.engine} reader could not take a ${kind}: ${why.slice(0, 200)}`,
    nextStep: 'Report this with the object (without secrets); every other object is read.',
  };
}

function addFacts(batch: FactBatch, facts: EngineFacts, memory: Map<string, string>): void {
  batch.policies.push(...(facts.policies ?? []));
  batch.repositories.push(...(facts.repositories ?? []));
  batch.runs.push(...(facts.runs ?? []));
  batch.runVolumes.push(...(facts.runVolumes ?? []));
  batch.attempts.push(...(facts.attempts ?? []));
  batch.restorePoints.push(...(facts.restorePoints ?? []));
  batch.restoreRuns.push(...(facts.restoreRuns ?? []));
  batch.removedPolicyIds.push(...(facts.removedPolicyIds ?? []));
  batch.removedRepositoryIds.push(...(facts.removedRepositoryIds ?? []));
  batch.removedRestorePointIds.push(...(facts.removedRestorePointIds ?? []));
  batch.removedRestoreRunIds.push(...(facts.removedRestoreRunIds ?? []));
  for (const policy of facts.policies ?? [])
    if (policy.memory === null) memory.delete(policy.policyId);
    else memory.set(policy.policyId, policy.memory);
}

function listsOf(batch: FactBatch): unknown[][] {
  return Object.values(batch).filter((value): value is unknown[] => Array.isArray(value));
}

function countOf(batch: FactBatch): number {
  return listsOf(batch).reduce((sum, rows) => sum + rows.length, 0);
}

function isEmpty(batch: FactBatch): boolean {
  return batch.problems === null && countOf(batch) === 0;
}
