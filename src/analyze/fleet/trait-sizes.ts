import { SHARED_TRAITS } from '../../domain/words.ts';
import type { SharedTrait } from '../../domain/words.ts';
import type { SharedThing, Traits } from './shared-cause.ts';

/** How a schedule is named as what jobs share: those that start at the same minute. */
export function startMinute(expression: string, timeZone: string): string {
  return `${expression} ${timeZone}`;
}

export function sizeKey(trait: SharedTrait, { value, clusterId }: SharedThing): string {
  return `${trait} ${clusterId ?? ''} ${value}`;
}

/** Counts one job among those that share each of its traits. */
export function countTraits(sizes: Map<string, number>, traits: Traits): void {
  for (const trait of SHARED_TRAITS) {
    const thing = traits[trait];
    if (thing === undefined) continue;
    const key = sizeKey(trait, thing);
    sizes.set(key, (sizes.get(key) ?? 0) + 1);
  }
}
