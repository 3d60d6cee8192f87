import { isDeepStrictEqual } from 'node:util';
import { randomUUID } from 'node:crypto';
import type { Clock } from '../../domain/time.ts';
import {
  alreadyExists,
  badRequest,
  conflict,
  invalid,
  notFound,
  unsupportedMediaType,
} from './api-failure.ts';
import { apiVersionOf, kindNamed, type WorldKind } from './kinds.ts';
import type { ObjectStore } from './object-store.ts';
import { isJson, type Json, type ObjectMeta, type WorldObject } from './world-object.ts';

/** What a definition says against an object; empty = nothing. */
export type Validate = (kind: WorldKind, object: WorldObject) => string[];

export interface Target {
  kind: WorldKind;
  namespace: string;
  name: string;
  subresource: 'status' | null;
}

/** Writes as a real server does them: versions, generation, status subresource, conflicts, validation. */
export interface Writes {
  create(kind: WorldKind, namespace: string, body: Json): WorldObject;
  replace(target: Target, body: Json): WorldObject;
  patch(target: Target, body: Json, contentType: string): WorldObject;
  remove(target: Target): Json;
}

/** RFC 7396. */
function mergePatch(target: unknown, patch: unknown): unknown {
  if (!isJson(patch)) return patch;
  const result: Json = isJson(target) ? { ...target } : {};
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) delete result[key];
    else result[key] = mergePatch(result[key], value);
  }
  return result;
}

const metadataIn = (body: Json): Json => (isJson(body['metadata']) ? body['metadata'] : {});

function withoutStatus(object: Json): Json {
  const { status: _status, ...rest } = object;
  return rest;
}

/** Keeps of the new object only what a write of this target may change. */
function writable(target: Target, before: WorldObject, after: Json): Json {
  const { kind, subresource } = target;
  if (subresource === 'status') return { ...before, status: after['status'] };
  if (!kind.statusSubresource) return after;
  return 'status' in before
    ? { ...withoutStatus(after), status: before['status'] }
    : withoutStatus(after);
}

function generationOf(kind: WorldKind, before: WorldObject, after: Json): number {
  const generation = before.metadata.generation ?? 1;
  const content = ({ metadata: _metadata, ...rest }: Json): Json =>
    kind.statusSubresource ? withoutStatus(rest) : rest;
  return isDeepStrictEqual(content(before), content(after)) ? generation : generation + 1;
}

function checkPatchType(kind: WorldKind, contentType: string): void {
  const type = contentType.split(';')[0]?.trim() ?? '';
  const strategic = type === 'application/strategic-merge-patch+json' && kind.builtIn;
  if (type !== 'application/merge-patch+json' && !strategic) throw unsupportedMediaType();
}

export function createWrites(store: ObjectStore, clock: Clock, validate: Validate): Writes {
  const existing = ({ kind, namespace, name }: Target): WorldObject => {
    const found = store.get(kind, namespace, name);
    if (!found) throw notFound(kind, name);
    return found;
  };

  function accepted(kind: WorldKind, object: WorldObject): WorldObject {
    const problems = validate(kind, object);
    if (problems.length > 0) throw invalid(kind, object.metadata.name, problems);
    return store.put(kind, object);
  }

  function checkNamespace(kind: WorldKind, namespace: string): void {
    const namespaces = kindNamed('namespaces');
    if (kind.namespaced && !store.get(namespaces, '', namespace)) {
      throw notFound(namespaces, namespace);
    }
  }

  function update(target: Target, after: Json): WorldObject {
    const before = existing(target);
    const { kind, name } = target;
    const version = metadataIn(after)['resourceVersion'];
    if (
      typeof version === 'string' &&
      version !== '' &&
      version !== before.metadata.resourceVersion
    ) {
      throw conflict(kind, name);
    }
    const kept = writable(target, before, after);
    const { uid, resourceVersion, creationTimestamp, namespace } = before.metadata;
    const metadata: ObjectMeta = {
      ...metadataIn(kept),
      ...(namespace !== undefined && { namespace }),
      name,
      uid,
      resourceVersion,
      creationTimestamp,
      generation: generationOf(kind, before, kept),
    };
    const object = { ...kept, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
    return isDeepStrictEqual(object, before) ? before : accepted(kind, object);
  }

  return {
    create(kind, namespace, body) {
      const given = metadataIn(body);
      const prefix = given['generateName'];
      const suffix = randomUUID().slice(0, 5);
      const name = given['name'] ?? (typeof prefix === 'string' ? `${prefix}${suffix}` : undefined);
      if (typeof name !== 'string' || name === '') {
        throw invalid(kind, '', [
          'metadata.name: Required value: name or generateName is required',
        ]);
      }
      checkNamespace(kind, namespace);
      if (store.get(kind, namespace, name)) throw alreadyExists(kind, name);
      const metadata: ObjectMeta = {
        ...given,
        name,
        ...(kind.namespaced && { namespace }),
        uid: randomUUID(),
        resourceVersion: '',
        generation: 1,
        creationTimestamp: `${clock.now().toISOString().slice(0, 19)}Z`,
      };
      const content = kind.statusSubresource ? withoutStatus(body) : body;
      const identity = { apiVersion: apiVersionOf(kind), kind: kind.kind, metadata };
      return accepted(kind, { ...content, ...identity });
    },
    replace: update,
    patch(target, body, contentType) {
      checkPatchType(target.kind, contentType);
      const merged = mergePatch(existing(target), body);
      if (!isJson(merged)) throw badRequest('the patch must be an object');
      return update(target, merged);
    },
    remove(target) {
      const { kind, namespace, name } = target;
      const { metadata } = existing(target);
      store.remove(kind, namespace, name);
      const group = kind.group === '' ? {} : { group: kind.group };
      const details = { name, ...group, kind: kind.plural, uid: metadata.uid };
      return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success', details };
    },
  };
}
