import type { z } from 'zod';
import { field, isRecord, textOf } from './kubernetes/object-meta.ts';
import type { EngineFacts, KubernetesObject } from './engine.ts';

type EngineProblem = NonNullable<EngineFacts['problems']>[number];

/** Each round leaves out at least one more field or its holder. */
const MOST_ROUNDS = 12;

export interface LooseObject<T> {
  value: T;
  /** Dotted paths of the fields that were left out because they had the wrong type. */
  dropped: string[];
}

/**
 * Parses an object from outside; a field of the wrong type is left out and named instead of losing the rest.
 * Null when what is left still cannot be read, e.g. no name or UID.
 */
export function parseLoosely<T>(
  schema: z.ZodType<T>,
  object: KubernetesObject,
): LooseObject<T> | { value: null; dropped: string[] } {
  const whole = schema.safeParse(object);
  if (whole.success) return { value: whole.data, dropped: [] };
  const copy = structuredClone(object);
  const dropped = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const parsed = schema.safeParse(copy);
    if (parsed.success) return { value: parsed.data, dropped: [...dropped] };
    for (const { path } of parsed.error.issues) removeAt(copy, widen(path, dropped));
  }
  return { value: null, dropped: [...dropped] };
}

/** A required field that is missing cannot be left out twice: then what holds it goes. Notes what is left out. */
function widen(path: readonly PropertyKey[], dropped: Set<string>): readonly PropertyKey[] {
  let at = path;
  while (at.length > 1 && dropped.has(at.join('.'))) at = at.slice(0, -1);
  dropped.add(at.join('.'));
  return at;
}

function removeAt(root: unknown, path: readonly PropertyKey[]): void {
  let at = root;
  for (const key of path.slice(0, -1)) at = childOf(at, key);
  const last = path.at(-1);
  if (last === undefined) return;
  if (Array.isArray(at)) at[Number(last)] = undefined;
  else if (isRecord(at)) delete at[String(last)];
}

function childOf(at: unknown, key: PropertyKey): unknown {
  if (Array.isArray(at)) return at[Number(key)];
  return isRecord(at) ? at[String(key)] : undefined;
}

/** A problem with one object, as people find it with kubectl. */
export function objectProblem(
  source: string,
  object: KubernetesObject,
  message: string,
): EngineProblem {
  const namespace = textOf(field(object, 'metadata', 'namespace')) ?? '?';
  const name = `${namespace}/${textOf(field(object, 'metadata', 'name')) ?? '?'}`.slice(0, 500);
  const plural = source.split('/')[1] ?? source;
  const group = source.split('/')[0] ?? '';
  return {
    source,
    code: 'invalid',
    message: `${plural} ${name}: ${message}`,
    nextStep: `Look at it with: kubectl get ${plural}.${group} -n ${name.replace('/', ' ')} -o yaml`,
  };
}

/** The problem for fields that were left out; none when nothing was. */
export function droppedProblems(
  source: string,
  object: KubernetesObject,
  dropped: string[],
): EngineProblem[] {
  if (dropped.length === 0) return [];
  const fields = dropped.map((path) => path || 'the object').join(', ');
  return [objectProblem(source, object, `not understood: ${fields.slice(0, 500)}`)];
}
