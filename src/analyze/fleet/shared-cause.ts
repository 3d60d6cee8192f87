import { HOUR_MS } from '../../domain/time.ts';
import { idOf } from '../../domain/id.ts';

/** What jobs may share that can fail; the first that explains enough speaks. */
export const TRAITS = [
  'node',
  'target',
  'credential',
  'storageClass',
  'engineVersion',
  'startMinute',
] as const;
export type Trait = (typeof TRAITS)[number];
export type Traits = Partial<Record<Trait, string>>;

/** Findings of several jobs that one shared thing explains. */
export interface SharedCause {
  /** Stays the same while members join. */
  incidentId: string;
  trait: Trait;
  value: string;
  since: Date;
  /** Jobs of the group that tripped, and jobs in it. */
  tripped: number;
  of: number;
}

interface Group {
  trait: Trait;
  value: string;
  /** Jobs that tripped within the hour, with when. */
  jobs: Map<string, number>;
  since: number;
  incidentId: string | null;
}

/** Groups by trait and value; state of `findSharedCause` between ticks. */
export type CauseGroups = Map<string, Group>;

export interface CauseLimits {
  /** 1; this share of a group must trip. */
  share: number;
  /** jobs; fewer are a coincidence. */
  least: number;
  /** jobs; so many are an incident however large the group is. */
  most: number;
}

/**
 * The incident a finding of a job belongs to, or null: enough jobs that share something tripped within an hour. Call it
 * in event time, for every finding that is raised; `sizeOf` tells how many jobs share a value, across clusters.
 */
export function findSharedCause(
  groups: CauseGroups,
  finding: { jobId: string; at: number; traits: Traits },
  sizeOf: (trait: Trait, value: string) => number,
  limits: CauseLimits,
): SharedCause | null {
  let cause: SharedCause | null = null;
  for (const trait of TRAITS) {
    const value = finding.traits[trait];
    if (value === undefined) continue;
    const group = join(groups, trait, value, finding);
    const of = sizeOf(trait, value);
    const enough = Math.max(limits.least, Math.min(limits.most, limits.share * of));
    if (group.jobs.size < enough) continue;
    group.incidentId ??= idOf('incident', trait, value, String(group.since));
    cause ??= {
      incidentId: group.incidentId,
      trait,
      value,
      since: new Date(group.since),
      tripped: group.jobs.size,
      of,
    };
  }
  return cause;
}

/** A group that was quiet for an hour begins anew. */
function join(
  groups: CauseGroups,
  trait: Trait,
  value: string,
  { jobId, at }: { jobId: string; at: number },
): Group {
  const key = `${trait} ${value}`;
  const known = groups.get(key);
  const newest = known ? Math.max(...known.jobs.values()) : -Infinity;
  const lasting = known !== undefined && at - newest <= HOUR_MS;
  const group: Group = lasting
    ? known
    : { trait, value, jobs: new Map(), since: at, incidentId: null };
  if (group.incidentId === null)
    for (const [job, tripped] of group.jobs) if (at - tripped > HOUR_MS) group.jobs.delete(job);
  group.jobs.set(jobId, at);
  groups.set(key, group);
  return group;
}
