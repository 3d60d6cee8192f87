import type { CompleteList } from '../domain/facts.ts';
import type { EngineContext, EngineReader, KubernetesObject } from './engine.ts';
import type { ReadKind } from './read-kind.ts';

type Table = CompleteList['table'];
export type Listed = Map<Table, string[]>;
const RUNS: Table[] = ['runs'];

/** An empty list must say of which table all are gone: an object with a name and nothing else tells. */
export function emptyLists(kind: ReadKind, context: EngineContext): Listed {
  const metadata = { name: 'none', namespace: kind.target.namespace ?? 'none', uid: 'none' };
  const { reader, target } = kind;
  const table = reader?.idOf(target.kind, { metadata }, context)?.table;
  const run = reader?.runIdOf?.(target.kind, { metadata }, context) ?? null;
  const tables: Table[] = [...(table === undefined ? [] : [table]), ...(run === null ? [] : RUNS)];
  return new Map(tables.map((one) => [one, []]));
}

export function addTo(
  ids: Listed,
  reader: EngineReader,
  kind: string,
  object: KubernetesObject,
  context: EngineContext,
): void {
  const found = reader.idOf(kind, object, context);
  if (found !== null) push(ids, found.table, found.id);
  const run = reader.runIdOf?.(kind, object, context) ?? null;
  if (run !== null) push(ids, 'runs', run);
}

function push(ids: Listed, table: Table, id: string): void {
  const known = ids.get(table) ?? [];
  known.push(id);
  ids.set(table, known);
}

export function completeLists(ids: Listed, { target, reader }: ReadKind): CompleteList[] {
  return [...ids].map(([table, list]) => ({
    table,
    ...(reader !== null && { engine: reader.engine }),
    kind: target.kind,
    namespace: target.namespace,
    ids: list,
  }));
}
