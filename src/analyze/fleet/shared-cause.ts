import type { SharedThing } from '../../domain/delivery.ts';
import type { SharedTrait } from '../../domain/words.ts';
import {
  admit,
  begin,
  formingOf,
  groupKey,
  membershipsOf,
  STRETCHES_MS,
  thingsOf,
  trippedSince,
} from './cause-groups.ts';
import type { CauseGroups, Group, Memberships, Trip } from './cause-groups.ts';
import { compare, likeliest, likelyOf } from './likely-cause.ts';
import type { CauseLimits, Likely, SizeOf } from './likely-cause.ts';

/** Findings of several jobs that one shared thing explains. */
export interface SharedCause extends SharedThing {
  /** Stays the same while members join. */
  incidentId: string;
  trait: SharedTrait;
  trouble: string;
  since: Date;
  /** When the newest member tripped. */
  newest: Date;
  /** Jobs that tripped; of the trait `rule`, findings. */
  tripped: number;
  /** Jobs that share it; null: not counted. */
  of: number | null;
}

/** Which incident each finding belongs to, by its key: those of the tick, and earlier ones that now have one. */
export type CausesFound = Map<string, SharedCause>;

/**
 * Finds what the findings of a tick share with each other and with those before. What goes on in a job of an incident
 * belongs to it, then what shares its thing while it lasts; then, as long as there is one, the cause that explains most.
 * The order of the findings does not matter. Call it in event time; changes the groups.
 */
export function findSharedCauses(
  groups: CauseGroups,
  at: number,
  trips: readonly Trip[],
  sizeOf: SizeOf,
  limits: CauseLimits,
): CausesFound {
  const { joined, touched } = takeIn(groups, at, trips, sizeOf, limits);
  const open = new Map<Group, Likely>();
  const weigh = (group: Group): void => {
    const likely = likelyOf(group, at, sizeOf, limits);
    if (likely === null) open.delete(group);
    else open.set(group, likely);
  };
  touched.forEach(weigh);
  const memberships: Memberships = open.size === 0 ? new Map() : membershipsOf(groups);
  for (let cause = likeliest(open); cause !== null; cause = likeliest(open)) {
    const { keys, left } = begin(groups, memberships, cause.group, cause.from);
    joined.set(cause.group, keys);
    open.delete(cause.group);
    for (const group of left) if (open.has(group)) weigh(group);
  }
  const found: CausesFound = new Map();
  for (const [group, keys] of joined) {
    const cause = causeOf(group, sizeOf(group.trait, group));
    for (const key of keys) found.set(key, cause);
  }
  return found;
}

interface TakenIn {
  /** Findings by the incident they belong to. */
  joined: Map<Group, string[]>;
  /** Groups of the others. */
  touched: Set<Group>;
}

function takeIn(
  groups: CauseGroups,
  at: number,
  trips: readonly Trip[],
  sizeOf: SizeOf,
  limits: CauseLimits,
): TakenIn {
  const homes = trips.map((trip) => incidentOf(groups, trip, at, sizeOf, limits));
  const taken: TakenIn = { joined: new Map(), touched: new Set() };
  trips.forEach((trip, index) => {
    const home = homes[index] ?? null;
    if (home !== null) {
      // More of the same says nothing of how long others are in trouble.
      if (!goesOn(home, trip)) admit(home, trip, at);
      if (!taken.joined.get(home)?.push(trip.key)) taken.joined.set(home, [trip.key]);
      return;
    }
    for (const group of formingOf(groups, trip, at)) {
      admit(group, trip, at);
      taken.touched.add(group);
    }
  });
  return taken;
}

/** The incident a finding belongs to; of several the largest. Null: none yet. */
function incidentOf(
  { incidents }: CauseGroups,
  trip: Trip,
  at: number,
  sizeOf: SizeOf,
  { share }: CauseLimits,
): Group | null {
  const known = thingsOf(trip.traits).flatMap(
    ([trait, thing]) => incidents.get(groupKey(trip.trouble, trait, thing)) ?? [],
  );
  const own = known.filter((group) => goesOn(group, trip));
  const open = own.length > 0 ? own : known.filter((group) => lasts(group, trip, at, share));
  const sized = (group: Group): number => sizeOf(group.trait, group);
  return open.sort((a, b) => b.members.size - a.members.size || compare(a, b, sized))[0] ?? null;
}

/** Whether the finding's job is in it and has not done well since. */
function goesOn({ members }: Group, { jobId, lastWellAt }: Trip): boolean {
  const member = jobId === null ? undefined : members.get(jobId);
  return member !== undefined && (lastWellAt?.getTime() ?? -Infinity) <= member.at;
}

/**
 * On its first day an incident takes all that share its thing for an hour after its newest, and for six those that have
 * not done well since. These it takes for a day, and beyond its first day, if hardly anyone else has done well either.
 */
function lasts({ trait, since, newest }: Group, trip: Trip, at: number, share: number): boolean {
  const [hour, hours, day] = STRETCHES_MS;
  const quiet = at - newest;
  const isYoung = at - since <= day;
  if (isYoung && quiet <= hour) return true;
  const well = trip.didWell[trait];
  if (well === undefined || (trip.lastWellAt?.getTime() ?? -Infinity) > newest) return false;
  if (isYoung && quiet <= hours) return true;
  return quiet <= day && 1 / (1 + well[isYoung ? 1 : 2]) >= share;
}

function causeOf(group: Group, size: number): SharedCause {
  const { trait, value, clusterId, trouble, incidentId, since, newest } = group;
  const tripped = trippedSince(group, -Infinity);
  return {
    incidentId: incidentId ?? '',
    trait,
    value,
    clusterId,
    trouble,
    since: new Date(since),
    newest: new Date(newest),
    tripped,
    of: trait === 'rule' ? null : Math.max(tripped, size),
  };
}
