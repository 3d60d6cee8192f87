import type { DidWell, Traits, WellLately } from '../../domain/delivery.ts';
import { countedThingsOf, STRETCHES_MS } from '../fleet/cause-groups.ts';
import { thingKey } from '../fleet/trait-sizes.ts';

/** A run that ended well. */
export interface WellEnd {
  /** When it is known: the tick at or after its end, in milliseconds. */
  at: number;
  job: number;
  /** What it shared, each by `thingKey`. */
  things: readonly string[];
}

/** How many jobs that share something did well lately; asked in the order of time. */
export interface EndedWell {
  /** Of what is shared, up to an instant in milliseconds. */
  before(traits: Traits, at: number): DidWell;
  /** When a job last did, up to the newest instant asked for. */
  lastOf(job: number): number | null;
}

/** `ends`: by time. Each end is counted and forgotten once in each stretch. */
export function createEndedWell(ends: readonly WellEnd[]): EndedWell {
  const counts = new Map<string, WellLately>();
  const last = new Map<number, number>();
  const oldest = STRETCHES_MS.map(() => 0);
  let taken = 0;

  function add(end: WellEnd, stretch: number, by: 1 | -1): void {
    for (const thing of end.things) {
      const known = counts.get(thing) ?? [0, 0, 0];
      known[stretch]! += by;
      counts.set(thing, known);
    }
  }

  function moveTo(at: number): void {
    for (let end = ends[taken]; end !== undefined && end.at <= at; end = ends[taken]) {
      const before = last.get(end.job);
      STRETCHES_MS.forEach((_, stretch) => {
        if (before !== undefined && before >= oldest[stretch]!) add(ends[before]!, stretch, -1);
        add(end, stretch, 1);
      });
      last.set(end.job, taken);
      taken += 1;
    }
    STRETCHES_MS.forEach((length, stretch) => {
      let index = oldest[stretch]!;
      for (; index < taken && ends[index]!.at <= at - length; index += 1)
        if (last.get(ends[index]!.job) === index) add(ends[index]!, stretch, -1);
      oldest[stretch] = index;
    });
  }

  return {
    before: (traits, at) => {
      moveTo(at);
      const found: DidWell = {};
      for (const [trait, thing] of countedThingsOf(traits)) {
        const [hour, hours, day] = counts.get(thingKey(trait, thing)) ?? [0, 0, 0];
        found[trait] = [hour, hours, day];
      }
      return found;
    },
    lastOf: (job) => {
      const index = last.get(job);
      return index === undefined ? null : ends[index]!.at;
    },
  };
}
