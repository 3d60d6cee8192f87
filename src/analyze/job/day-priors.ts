import { z } from 'zod';
import { DAY_MS } from '../../domain/time.ts';
import { assumedPriors, freezePriors } from './class-priors.ts';
import type { ClassMember, ClassPrior, FleetPriors } from './class-priors.ts';

/** What is usual in each class on one day of event time. */
export interface DayPriors {
  /** Days since 1970, UTC. */
  day: number;
  priors: FleetPriors;
}

export const noDay: DayPriors = { day: -Infinity, priors: assumedPriors };

/** Ends of the days from one instant to another, the last of them `until` itself: a tick at midnight begins a day. */
export function daysUntil(from: number, until: number): number[] {
  const ends: number[] = [];
  for (let day = Math.floor(from / DAY_MS) + 1; day * DAY_MS <= until; day += 1)
    ends.push(day * DAY_MS - 1);
  return [...ends, until];
}

/** The known priors while their day lasts; else those of all jobs as they are when the day of `at` is first judged. */
export function priorsAt(
  known: DayPriors,
  at: number,
  jobs: () => Iterable<ClassMember>,
): DayPriors {
  const day = Math.floor(at / DAY_MS);
  return day <= known.day ? known : { day, priors: freezePriors(jobs()) };
}

const Tail = z.object({ share: z.number(), excess: z.number() });
const Channel = z.object({ spread: z.number(), floor: z.number(), above: Tail, below: Tail });
const Class = z.object({
  jobs: z.number(),
  priors: z.object({
    duration: Channel,
    logical: Channel,
    added: Channel,
    files: Channel,
    dedup: Channel,
  }),
});
const Stored = z.object({
  v: z.literal(1),
  day: z.number(),
  fleet: Class,
  classes: z.array(z.tuple([z.string(), Class])),
});

export function writeDayPriors({ day, priors }: DayPriors): string {
  return JSON.stringify({ v: 1, day, fleet: priors.fleet, classes: [...priors.classes] });
}

/** Null when the text is of another version or damaged: the day is then frozen anew. */
export function parseDayPriors(text: string): DayPriors | null {
  try {
    const { day, fleet, classes } = Stored.parse(JSON.parse(text));
    return { day, priors: { fleet, classes: new Map<string, ClassPrior>(classes) } };
  } catch {
    return null;
  }
}
