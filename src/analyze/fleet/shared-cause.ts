import type { SharedThing } from '../../domain/delivery.ts';
import { SHARED_TRAITS } from '../../domain/words.ts';
import type { SharedTrait } from '../../domain/words.ts';
import {
  admit,
  begin,
  formingOf,
  groupKey,
  STRETCHES_MS,
  thingsOf,
  trippedSince,
} from './cause-groups.ts';
import type { CauseGroups, Group, Trip } from './cause-groups.ts';
import { thingKey } from './trait-sizes.ts';

/** Many share these by their nature: only the share that trips says something, not the number. */
const WIDE: ReadonlySet<SharedTrait> = new Set(['engine', 'startMinute', 'cluster']);

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

export interface CauseLimits {
  /** 1; this share of those whose turn it was must trip. */
  share: number;
  /** jobs; fewer are a coincidence. */
  least: number;
  /** jobs; so many within an hour are an incident however many do well, unless the group is wide. */
  most: number;
}

/** How many jobs share something, across clusters; 0: not known. */
export type SizeOf = (trait: SharedTrait, thing: SharedThing) => number;

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
  const joined = new Map<Group, string[]>();
  const homes = trips.map((trip) => incidentOf(groups, trip, at, sizeOf, limits));
  const touched = new Set<Group>();
  trips.forEach((trip, index) => {
    const home = homes[index] ?? null;
    const own = home === null ? formingOf(groups, trip, at) : [home];
    for (const group of own) admit(group, trip, at);
    if (home === null) for (const group of own) touched.add(group);
    else joined.set(home, [...(joined.get(home) ?? []), trip.key]);
  });
  for (;;) {
    const cause = likeliest(touched, at, sizeOf, limits);
    if (cause === null) break;
    touched.delete(cause.group);
    joined.set(cause.group, begin(groups, cause.group, cause.from));
  }
  const found: CausesFound = new Map();
  for (const [group, keys] of joined) {
    const cause = causeOf(group, sizeOf(group.trait, group));
    for (const key of keys) found.set(key, cause);
  }
  return found;
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
 * For an hour after its newest an incident takes all that share its thing; for six those that have not done well since,
 * and for a day if hardly anyone else has either.
 */
function lasts({ trait, newest }: Group, trip: Trip, at: number, share: number): boolean {
  const [hour, hours, day] = STRETCHES_MS;
  const quiet = at - newest;
  const well = trip.didWell[trait]?.[1];
  if (quiet <= hour || well === undefined) return quiet <= hour;
  if ((trip.lastWellAt?.getTime() ?? -Infinity) > newest) return false;
  return quiet <= hours || (quiet <= day && 1 / (1 + well) >= share);
}

interface Likely {
  group: Group;
  /** Since when its members tripped together. */
  from: number;
  /** How much likelier they are with it than by chance, as a logarithm. */
  gain: number;
}

/** The group that explains most of the findings that belong to nothing yet; null: none has enough. */
function likeliest(
  touched: ReadonlySet<Group>,
  at: number,
  sizeOf: SizeOf,
  limits: CauseLimits,
): Likely | null {
  const sized = (group: Group): number => sizeOf(group.trait, group);
  let best: Likely | null = null;
  for (const group of touched) {
    if (group.members.size < limits.least) continue;
    const likely = likelyOf(group, at, sized(group), limits);
    if (likely === null) continue;
    const more = best === null ? 1 : likely.gain - best.gain;
    if (best === null || more > 0 || (more === 0 && compare(group, best.group, sized) < 0))
      best = likely;
  }
  return best;
}

/** The stretch in which a group tripped most clearly; null: in none was it enough. */
function likelyOf(group: Group, at: number, size: number, limits: CauseLimits): Likely | null {
  const { trait, didWell } = group;
  const found = STRETCHES_MS.flatMap((stretch, index): Likely[] => {
    const from = at - stretch;
    const tripped = trippedSince(group, from);
    if (tripped < limits.least) return [];
    // A rule tells what it found, not what it looked at; those of one start minute are due together.
    const well = trait === 'rule' ? 0 : (didWell?.[index] ?? Math.max(0, size - tripped));
    const many = index === 0 && !WIDE.has(trait) && tripped >= limits.most;
    if (index > 0 && didWell === null) return [];
    if (tripped / (tripped + well) < limits.share && !many) return [];
    return [{ group, from, gain: gainOf(tripped, well) }];
  });
  return found.reduce<Likely | null>(
    (best, one) => (best === null || one.gain > best.gain ? one : best),
    null,
  );
}

/** The share of jobs that are in trouble for causes of their own. */
const USUAL = 0.02;

/**
 * How much likelier it is that so many tripped and so many did well if they share a cause: the logarithm of the
 * likelihood ratio of the scan statistic (Kulldorff 1997).
 */
function gainOf(tripped: number, well: number): number {
  const part = tripped / (tripped + well);
  if (part <= USUAL) return 0;
  const rest = well === 0 ? 0 : well * Math.log((1 - part) / (1 - USUAL));
  return tripped * Math.log(part / USUAL) + rest;
}

/** Of equals that which fewer share speaks, for chance would seldom have hit it; then the likelier cause. */
function compare(a: Group, b: Group, sizeOf: (group: Group) => number): number {
  const orders = SHARED_TRAITS.indexOf(a.trait) - SHARED_TRAITS.indexOf(b.trait);
  const sizes = sizeOf(a) - sizeOf(b) || orders;
  return sizes || (thingKey(a.trait, a) < thingKey(b.trait, b) ? -1 : 1);
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
