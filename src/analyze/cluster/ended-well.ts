import type { DidWell, Traits } from '../../domain/delivery.ts';
import { DAY_MS, tickAtOrAfter } from '../../domain/time.ts';
import type { SharedTrait } from '../../domain/words.ts';
import { countedThingsOf, STRETCHES_MS } from '../fleet/cause-groups.ts';
import type { InventoryIndex } from './inventory.ts';
import type { JobBook } from './job-book.ts';
import { volumeJobId } from './job-inputs.ts';
import { visitTraits } from './job-traits.ts';
import type { RunMemory } from './run-memory.ts';

/** The tick that learned of each job's last good end, in milliseconds, as far as there was one. */
export type LastWell = ReadonlyMap<string, number>;

export function lastWellOf({ jobs }: JobBook, runs: RunMemory): LastWell {
  const last = new Map<string, number>();
  const note = (jobId: string, at: number | null): void => {
    if (at === null) return;
    const tick = tickAtOrAfter(new Date(at)).getTime();
    last.set(jobId, Math.max(tick, last.get(jobId) ?? -Infinity));
  };
  for (const { policyId, resourceId, lastSuccessAt } of runs.protections.values()) {
    const part = volumeJobId(policyId, resourceId);
    note(jobs.has(part) ? part : policyId, lastSuccessAt);
  }
  for (const { policyId, lastSuccessAt } of runs.schedules.values()) note(policyId, lastSuccessAt);
  return last;
}

/** How many jobs that share each thing did well in the stretches before an instant, or since then. */
export type WellBefore = (traits: Traits, at: number) => DidWell;

/** Counts for the things of `asked`, all of one cluster, once for all of them. */
export function countWell(
  last: LastWell,
  index: InventoryIndex,
  clusterId: string,
  asked: readonly Traits[],
  oldest: number,
): WellBefore {
  const ends = new Map<SharedTrait, Map<string, number[]>>();
  for (const traits of asked)
    for (const [trait, { value }] of countedThingsOf(traits)) {
      const known = ends.get(trait) ?? new Map<string, number[]>();
      ends.set(trait, known.set(value, []));
    }
  if (ends.size > 0)
    for (const [jobId, at] of last)
      if (at > oldest - DAY_MS)
        visitTraits(index, clusterId, jobId, (trait, value) => {
          ends.get(trait)?.get(value)?.push(at);
        });
  for (const known of ends.values()) for (const own of known.values()) own.sort((a, b) => a - b);
  return (traits, at) => {
    const found: DidWell = {};
    for (const [trait, { value }] of countedThingsOf(traits)) {
      const own = ends.get(trait)?.get(value) ?? [];
      const [hour, hours, day] = STRETCHES_MS;
      found[trait] = [after(own, at - hour), after(own, at - hours), after(own, at - day)];
    }
    return found;
  };
}

/** How many of the sorted instants are later. */
function after(sorted: readonly number[], at: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle]! > at) high = middle;
    else low = middle + 1;
  }
  return sorted.length - low;
}
