import { apiVersionOf, type WorldKind } from './kinds.ts';
import type { Json, WorldObject } from './world-object.ts';

/** How a client wants to see objects: whole, or metadata only (`as=PartialObjectMetadata…` in Accept). */
export type Representation = 'whole' | 'metadata';

export function representationOf(accept: string | undefined): Representation {
  return /as=PartialObjectMetadata/.test(accept ?? '') ? 'metadata' : 'whole';
}

export function represent(object: WorldObject, as: Representation): Json {
  if (as === 'whole') return object;
  const { metadata } = object;
  return { kind: 'PartialObjectMetadata', apiVersion: 'meta.k8s.io/v1', metadata };
}

export function listBody(
  kind: WorldKind,
  objects: WorldObject[],
  metadata: Json,
  as: Representation,
): Json {
  if (as === 'metadata') {
    const items = objects.map((object) => represent(object, as));
    return { kind: 'PartialObjectMetadataList', apiVersion: 'meta.k8s.io/v1', metadata, items };
  }
  const items = kind.builtIn
    ? objects.map(({ apiVersion: _version, kind: _kind, ...rest }) => rest)
    : objects;
  return { apiVersion: apiVersionOf(kind), items, kind: `${kind.kind}List`, metadata };
}
