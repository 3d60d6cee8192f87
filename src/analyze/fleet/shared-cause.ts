import type { SharedThing, Traits } from '../../domain/delivery.ts';
import { idOf } from '../../domain/id.ts';
import { HOUR_MS } from '../../domain/time.ts';
import { SHARED_TRAITS } from '../../domain/words.ts';
import type { SharedTrait } from '../../domain/words.ts';
import { thingKey } from './trait-sizes.ts';

/** Many share these by their nature: only the share that trips says something, not the number. */
const WIDE: ReadonlySet<SharedTrait> = new Set(['engine', 'startMinute', 'cluster']);

/** A finding that is raised, as far as it tells what it shares with others. */
export interface Trip {
  /** Names this life of the finding. */
  key: string;
  /** Null: it is of no job. It belongs to incidents of jobs, but does not count in them. */
  jobId: string | null;
  traits: Traits;
}

/** Findings of several jobs that one shared thing explains. */
export interface SharedCause extends SharedThing {
  /** Stays the same while members join. */
  incidentId: string;
  trait: SharedTrait;
  since: Date;
  /** When the newest member tripped. */
  newest: Date;
  /** Jobs that tripped; of the trait `rule`, findings. */
  tripped: number;
  /** Jobs that share it; null: not counted. */
  of: number | null;
}

interface Member {
  id: string;
  at: number;
  counts: boolean;
  /** Its findings; empty once the group is an incident. */
  keys: string[];
}

interface Group extends SharedThing {
  trait: SharedTrait;
  since: number;
  newest: number;
  incidentId: string | null;
  /** Somebody was told of the incident. */
  paged: boolean;
  members: Map<string, Member>;
}

/** Groups by what is shared: the memory of `findSharedCauses` between ticks. */
export type CauseGroups = Map<string, Group>;

export interface CauseLimits {
  /** 1; this share of a group must trip. */
  share: number;
  /** jobs; fewer are a coincidence. */
  least: number;
  /** jobs; so many are an incident however large the group is, unless it is wide. */
  most: number;
}

/** How many jobs share something, across clusters; 0: not known. */
export type SizeOf = (trait: SharedTrait, thing: SharedThing) => number;

/** Which incident each finding belongs to, by its key: those of the tick, and earlier ones that now have one. */
export type CausesFound = Map<string, SharedCause>;

/**
 * Finds what the findings of a tick share with each other and with those of the hour before. An incident that lasts
 * takes them first; then, as long as there is one, the largest share of a group that tripped. The order of the findings
 * does not matter. Call it in event time; changes the groups.
 */
export function findSharedCauses(
  groups: CauseGroups,
  at: number,
  trips: readonly Trip[],
  sizeOf: SizeOf,
  limits: CauseLimits,
): CausesFound {
  const joined = new Map<Group, string[]>();
  const free = trips.filter((trip) => {
    const group = lastingIncident(groups, trip, at, sizeOf);
    if (group === null) return true;
    admit(group, trip, at);
    joined.set(group, [...(joined.get(group) ?? []), trip.key]);
    return false;
  });
  for (const trip of free) for (const group of groupsOf(groups, trip, at)) admit(group, trip, at);
  for (;;) {
    const group = strongest(groups, free, sizeOf, limits);
    if (group === null) break;
    joined.set(group, begin(groups, group));
  }
  const found: CausesFound = new Map();
  for (const [group, keys] of joined)
    for (const key of keys) found.set(key, causeOf(group, sizeOf(group.trait, group)));
  return found;
}

/** Whether somebody was told of an incident. */
export function isPaged(groups: CauseGroups, cause: SharedCause): boolean {
  return groups.get(thingKey(cause.trait, cause))?.paged === true;
}

export function notePage(groups: CauseGroups, cause: SharedCause): void {
  const group = groups.get(thingKey(cause.trait, cause));
  if (group !== undefined) group.paged = true;
}

/** Forgets groups that have been quiet since before an instant. */
export function forgetCauses(groups: CauseGroups, before: number): void {
  for (const [key, { newest }] of groups) if (newest < before) groups.delete(key);
}

function lastingIncident(
  groups: CauseGroups,
  { traits }: Trip,
  at: number,
  sizeOf: SizeOf,
): Group | null {
  const lasting = thingsOf(traits).flatMap(([trait, thing]) => {
    const group = groups.get(thingKey(trait, thing));
    return group && group.incidentId !== null && at - group.newest <= HOUR_MS ? [group] : [];
  });
  return lasting.sort((a, b) => shareOf(b, sizeOf) - shareOf(a, sizeOf))[0] ?? null;
}

/** What a finding shares, in the order in which equals speak. */
function thingsOf(traits: Traits): [SharedTrait, SharedThing][] {
  return SHARED_TRAITS.flatMap((trait) => {
    const thing = traits[trait];
    return thing === undefined ? [] : [[trait, thing] as [SharedTrait, SharedThing]];
  });
}

/** Every group of a finding; one that was quiet for an hour begins anew. */
function groupsOf(groups: CauseGroups, { traits }: Trip, at: number): Group[] {
  return thingsOf(traits).map(([trait, { value, clusterId }]) => {
    const key = thingKey(trait, { value, clusterId });
    const known = groups.get(key);
    if (known !== undefined && at - known.newest <= HOUR_MS) return known;
    const fresh = { incidentId: null, paged: false, members: new Map<string, Member>() };
    const group: Group = { trait, value, clusterId, since: at, newest: at, ...fresh };
    groups.set(key, group);
    return group;
  });
}

function admit(group: Group, { key, jobId }: Trip, at: number): void {
  const isIncident = group.incidentId !== null;
  if (!isIncident)
    for (const [id, member] of group.members)
      if (at - member.at > HOUR_MS) group.members.delete(id);
  const id = jobId ?? key;
  const keys = isIncident ? [] : [...(group.members.get(id)?.keys ?? []), key];
  const counts = jobId !== null || group.trait === 'rule';
  group.members.set(id, { id, at, counts, keys });
  group.newest = Math.max(group.newest, at);
}

/** The group that explains most of the findings that belong to nothing yet; null: none has enough. */
function strongest(
  groups: CauseGroups,
  free: readonly Trip[],
  sizeOf: SizeOf,
  limits: CauseLimits,
): Group | null {
  const candidates = new Set<Group>();
  for (const trip of free)
    for (const [trait, thing] of thingsOf(trip.traits)) {
      const group = groups.get(thingKey(trait, thing));
      if (group && group.incidentId === null && isEnough(group, sizeOf, limits))
        candidates.add(group);
    }
  const order = (group: Group): number => SHARED_TRAITS.indexOf(group.trait);
  const sorted = [...candidates].sort(
    (a, b) =>
      shareOf(b, sizeOf) - shareOf(a, sizeOf) ||
      order(a) - order(b) ||
      (thingKey(a.trait, a) < thingKey(b.trait, b) ? -1 : 1),
  );
  return sorted[0] ?? null;
}

function isEnough(group: Group, sizeOf: SizeOf, { share, least, most }: CauseLimits): boolean {
  if (group.trait === 'rule') return trippedIn(group) >= least;
  const part = share * sizeOf(group.trait, group);
  return trippedIn(group) >= Math.max(least, WIDE.has(group.trait) ? part : Math.min(most, part));
}

function shareOf(group: Group, sizeOf: SizeOf): number {
  const tripped = trippedIn(group);
  return group.trait === 'rule' ? 1 : tripped / Math.max(1, tripped, sizeOf(group.trait, group));
}

function trippedIn({ members }: Group): number {
  let count = 0;
  for (const { counts } of members.values()) if (counts) count += 1;
  return count;
}

/** Makes an incident of a group: its members leave the others. Returns their findings. */
function begin(groups: CauseGroups, group: Group): string[] {
  const members = [...group.members.values()];
  group.since = Math.min(...members.map(({ at }) => at));
  group.incidentId = idOf(
    'incident',
    group.trait,
    group.clusterId ?? '',
    group.value,
    String(group.since),
  );
  for (const [key, other] of groups) {
    if (other.incidentId !== null) continue;
    for (const { id } of members) other.members.delete(id);
    if (other.members.size === 0) groups.delete(key);
  }
  const keys = members.flatMap((member) => member.keys);
  for (const member of members) member.keys = [];
  return keys;
}

function causeOf(group: Group, size: number): SharedCause {
  const { trait, value, clusterId, incidentId, since, newest } = group;
  const tripped = trippedIn(group);
  return {
    incidentId: incidentId ?? '',
    trait,
    value,
    clusterId,
    since: new Date(since),
    newest: new Date(newest),
    tripped,
    of: trait === 'rule' ? null : Math.max(tripped, size),
  };
}
