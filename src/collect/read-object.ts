import type { z } from 'zod';
import type { EngineFacts, KubernetesObject } from './engine.ts';
import { droppedProblems, parseLoosely } from './parse-loosely.ts';

/** An object as one engine's schema understands it. */
export interface ReadObject<T> {
  value: T;
  /** Dotted paths of fields that were left out for their type. */
  dropped: string[];
  /** Grows while the object is read. */
  problems: NonNullable<EngineFacts['problems']>;
}

/** Parses an object of the kind `source` (`group/plural`); only its problems when not even its identity can be read. */
export function readObject<T>(
  schema: z.ZodType<T>,
  source: string,
  object: KubernetesObject,
): ReadObject<T> | { problems: ReadObject<T>['problems'] } {
  const { value, dropped } = parseLoosely(schema, object);
  const problems = droppedProblems(source, object, dropped);
  return value === null ? { problems } : { value, dropped, problems };
}
