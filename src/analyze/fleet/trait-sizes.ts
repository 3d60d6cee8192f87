import type { SharedThing, Traits } from '../../domain/delivery.ts';
import { SHARED_TRAITS } from '../../domain/words.ts';
import type { SharedTrait } from '../../domain/words.ts';

/** How a schedule is named as what jobs share: those that start at the same minute. */
export function startMinute(expression: string, timeZone: string): string {
  return `${expression} ${timeZone}`;
}

/** One name for a shared thing. */
export function thingKey(trait: SharedTrait, { value, clusterId }: SharedThing): string {
  return `${trait} ${clusterId ?? ''} ${value}`;
}

/** How many jobs share each thing, by its name. */
export type TraitCounts = Map<string, { trait: SharedTrait; thing: SharedThing; jobs: number }>;

/** Counts one job among those that share each of its traits. */
export function countTraits(counts: TraitCounts, traits: Traits): void {
  for (const trait of SHARED_TRAITS) {
    const thing = traits[trait];
    if (thing === undefined) continue;
    const key = thingKey(trait, thing);
    const known = counts.get(key);
    if (known === undefined) counts.set(key, { trait, thing, jobs: 1 });
    else known.jobs += 1;
  }
}
