import { sayInstant } from '../job/phrases.ts';

/** `2026-11-20 02:41 UTC`: an instant that stays true as time goes by, unlike an age. */
export function atText(instant: Date): string {
  return sayInstant(instant.getTime());
}

/** `media/photos`, or the name alone of a cluster-scoped object. */
export function nameOf(object: { namespace: string; name: string }): string {
  return object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
}
