import type { CompleteList } from '../domain/facts.ts';
import type { EngineContext, EngineReader, KubernetesObject } from './engine.ts';
import type { ReadKind } from './read-kind.ts';

type Table = CompleteList['table'];
export type Listed = Map<Table, string[]>;

/** An empty list must say of which table all are gone: an object with a name and nothing else tells. */
export function emptyLists(kind: ReadKind, context: EngineContext): Listed {
  const metadata = { name: 'none', namespace: kind.target.namespace ?? 'none', uid: 'none' };
  const table = kind.reader?.idOf(kind.target.kind, { metadata }, context)?.table;
  return new Map(table === undefined ? [] : [[table, []]]);
}

export function addTo(
  ids: Listed,
  reader: EngineReader,
  kind: string,
  object: KubernetesObject,
  context: EngineContext,
): void {
  const found = reader.idOf(kind, object, context);
  if (found === null) return;
  const known = ids.get(found.table) ?? [];
  known.push(found.id);
  ids.set(found.table, known);
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
