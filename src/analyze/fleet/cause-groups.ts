import type { DidWell, SharedThing, Traits, WellLately } from '../../domain/delivery.ts';
import { idOf } from '../../domain/id.ts';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { SHARED_TRAITS } from '../../domain/words.ts';
import type { Severity, SharedTrait } from '../../domain/words.ts';
import { thingKey } from './trait-sizes.ts';

/** How far back those are looked for who trip together. What starts at all hours takes long to trip. */
export const STRETCHES_MS = [HOUR_MS, 6 * HOUR_MS, DAY_MS] as const;

/** A finding that is raised, as far as it tells what it shares with others. */
export interface Trip {
  /** Names this life of the finding. */
  key: string;
  /** Null: it is of no job. It belongs to incidents of jobs, but does not count in them. */
  jobId: string | null;
  /** What is wrong; see `troubleOf`. */
  trouble: string;
  traits: Traits;
  didWell: DidWell;
  /** When its own job last ended well. */
  lastWellAt: Date | null;
}

interface Member {
  id: string;
  at: number;
  counts: boolean;
  /** Its findings; empty once the group is an incident. */
  keys: string[];
}

/** Jobs in the same trouble that share something. Instants are milliseconds. */
export interface Group extends SharedThing {
  trait: SharedTrait;
  /** What is wrong with them; see `troubleOf`. */
  trouble: string;
  since: number;
  newest: number;
  /** Null: it is none yet. */
  incidentId: string | null;
  /** The gravest that somebody was told of the incident; null: nobody was told. */
  told: Severity | null;
  /** How many that share it did well before the newest tripped; null: not counted. */
  didWell: WellLately | null;
  /** By job; the newest last. */
  members: Map<string, Member>;
}

/** The memory of shared causes between ticks. */
export interface CauseGroups {
  forming: Map<string, Group>;
  /** The newest incident of each thing. */
  incidents: Map<string, Group>;
}

export const noGroups = (): CauseGroups => ({ forming: new Map(), incidents: new Map() });

export function groupKey(trouble: string, trait: SharedTrait, thing: SharedThing): string {
  return `${trouble} ${thingKey(trait, thing)}`;
}

/** What a finding shares, in the order in which equals speak. */
export function thingsOf(traits: Traits): [SharedTrait, SharedThing][] {
  return SHARED_TRAITS.flatMap((trait) => {
    const thing = traits[trait];
    return thing === undefined ? [] : [[trait, thing] as [SharedTrait, SharedThing]];
  });
}

/** Those of them of which it is counted who did well. Those of one start minute are due together: all of them count. */
export function countedThingsOf(traits: Traits): [SharedTrait, SharedThing][] {
  return thingsOf(traits).filter(([trait]) => trait !== 'startMinute' && trait !== 'rule');
}

/** The groups a finding may make an incident of, begun where there is none. */
export function formingOf({ forming }: CauseGroups, trip: Trip, at: number): Group[] {
  return thingsOf(trip.traits).map(([trait, { value, clusterId }]) => {
    const key = groupKey(trip.trouble, trait, { value, clusterId });
    const known = forming.get(key);
    if (known !== undefined) return known;
    const fresh = { incidentId: null, told: null, didWell: null, members: new Map() };
    const { trouble } = trip;
    const group: Group = { trait, value, clusterId, trouble, since: at, newest: at, ...fresh };
    forming.set(key, group);
    return group;
  });
}

/** Takes a finding in; the order within a tick does not matter. What was over before the job did well is forgotten. */
export function admit(group: Group, { key, jobId, didWell, lastWellAt }: Trip, at: number): void {
  const id = jobId ?? key;
  const known = group.members.get(id);
  const before = known && known.at >= (lastWellAt?.getTime() ?? -Infinity) ? known.keys : [];
  const keys = group.incidentId === null ? [...before, key] : [];
  const counts = jobId !== null || group.trait === 'rule';
  group.members.delete(id);
  group.members.set(id, { id, at, counts, keys });
  const lately = didWell[group.trait];
  if (group.newest < at) group.didWell = lately ?? null;
  else if (lately !== undefined) group.didWell = largest(lately, group.didWell ?? lately);
  group.newest = Math.max(group.newest, at);
}

const largest = (a: WellLately, b: WellLately): WellLately => [
  Math.max(a[0], b[0]),
  Math.max(a[1], b[1]),
  Math.max(a[2], b[2]),
];

/** How many tripped since an instant, of those that count. */
export function trippedSince({ members }: Group, from: number): number {
  let count = 0;
  for (const { counts, at } of members.values()) if (counts && at >= from) count += 1;
  return count;
}

/** The forming groups that each is a member of, by its id. */
export type Memberships = ReadonlyMap<string, readonly Group[]>;

export function membershipsOf({ forming }: CauseGroups): Memberships {
  const found = new Map<string, Group[]>();
  for (const group of forming.values())
    for (const id of group.members.keys()) if (!found.get(id)?.push(group)) found.set(id, [group]);
  return found;
}

/** An incident that has begun: its findings, and the groups that its members have left. */
interface Begun {
  keys: string[];
  left: ReadonlySet<Group>;
}

/** Makes an incident of those that tripped since an instant: they leave the other groups. */
export function begin(
  { forming, incidents }: CauseGroups,
  memberships: Memberships,
  group: Group,
  from: number,
): Begun {
  for (const [id, { at }] of group.members) if (at < from) group.members.delete(id);
  const members = [...group.members.values()];
  group.since = members.reduce((least, { at }) => Math.min(least, at), Infinity);
  const { trouble, trait, clusterId, value, since } = group;
  group.incidentId = idOf('incident', trouble, trait, clusterId ?? '', value, String(since));
  const own = groupKey(trouble, trait, group);
  incidents.set(own, group);
  forming.delete(own);
  const left = new Set<Group>();
  for (const { id } of members)
    for (const other of memberships.get(id) ?? [])
      if (other !== group && other.trouble === trouble && other.members.delete(id)) left.add(other);
  for (const other of left)
    if (other.members.size === 0) forming.delete(groupKey(trouble, other.trait, other));
  const keys = members.flatMap((member) => member.keys);
  for (const member of members) member.keys = [];
  return { keys, left };
}

/** Forgets what has been quiet: members of no incident after a day, incidents after `kept`. */
export function forgetGroups(groups: CauseGroups, now: number, kept: number): void {
  const { forming, incidents } = groups;
  for (const [key, { members }] of forming) {
    for (const [id, { at }] of members) if (at < now - DAY_MS) members.delete(id);
    if (members.size === 0) forming.delete(key);
  }
  for (const [key, { newest }] of incidents) if (newest < now - kept) incidents.delete(key);
}
