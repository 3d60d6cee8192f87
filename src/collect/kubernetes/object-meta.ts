import type { KubernetesObject } from '../engine.ts';

/** What every object must have for us to follow it. */
export interface ObjectMeta {
  name: string;
  /** '' for cluster-scoped kinds. */
  namespace: string;
  uid: string;
  resourceVersion: string;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A field of an object that may not be one. */
export function field(value: unknown, ...path: string[]): unknown {
  return path.reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), value);
}

export function textOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

/** The string values of a map; entries of other types are left out. */
export function textMap(value: unknown): Record<string, string> {
  if (!isRecord(value)) return {};
  return Object.fromEntries(
    Object.entries(value).filter(
      (entry): entry is [string, string] => typeof entry[1] === 'string',
    ),
  );
}

export function dateOf(value: unknown): Date | null {
  if (typeof value !== 'string') return null;
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? null : date;
}

/** The object's identity, or the name of the field that is missing or no text. */
export function readMeta(object: unknown): ObjectMeta | { missing: string } {
  const metadata = field(object, 'metadata');
  for (const key of ['name', 'uid', 'resourceVersion'])
    if (textOf(field(metadata, key)) === null) return { missing: `metadata.${key}` };
  return {
    name: String(field(metadata, 'name')),
    namespace: textOf(field(metadata, 'namespace')) ?? '',
    uid: String(field(metadata, 'uid')),
    resourceVersion: String(field(metadata, 'resourceVersion')),
  };
}

/** Drops `managedFields` (half the bytes) and gives the time of the last write that they show. */
export function dropManagedFields(object: KubernetesObject): Date | null {
  const metadata = field(object, 'metadata');
  if (!isRecord(metadata)) return null;
  const writers = Array.isArray(metadata['managedFields']) ? metadata['managedFields'] : [];
  delete metadata['managedFields'];
  const times = writers.flatMap((writer) => dateOf(field(writer, 'time')) ?? []);
  return times.reduce<Date | null>(
    (last, time) => (last === null || time > last ? time : last),
    null,
  );
}
