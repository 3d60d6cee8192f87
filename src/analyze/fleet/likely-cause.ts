import type { SharedThing } from '../../domain/delivery.ts';
import { SHARED_TRAITS } from '../../domain/words.ts';
import type { SharedTrait } from '../../domain/words.ts';
import { STRETCHES_MS, trippedSince } from './cause-groups.ts';
import type { Group } from './cause-groups.ts';
import { thingKey } from './trait-sizes.ts';

/** Few jobs of a cluster or an engine fail together by accident; with an outage of it half of those due do. */
const BROAD: ReadonlySet<SharedTrait> = new Set(['engine', 'cluster']);
const FEW = 5;
const HALF = 0.5;
/** Many share these by their nature: only the share that trips says something, not the number. */
const WIDE: ReadonlySet<SharedTrait> = new Set(['engine', 'startMinute', 'cluster']);

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

/** An incident that may begin. */
export interface Likely {
  group: Group;
  /** Since when its members tripped together. */
  from: number;
  /** How much likelier they are with it than by chance, as a logarithm. */
  gain: number;
  /** How many jobs share its thing. */
  size: number;
}

/** The one that explains most of the findings that belong to nothing yet; null: there is none. */
export function likeliest(open: ReadonlyMap<Group, Likely>): Likely | null {
  const sized = (group: Group): number => open.get(group)?.size ?? 0;
  let best: Likely | null = null;
  for (const likely of open.values()) {
    const more = best === null ? 1 : likely.gain - best.gain;
    if (best === null || more > 0 || (more === 0 && compare(likely.group, best.group, sized) < 0))
      best = likely;
  }
  return best;
}

/** The stretch in which a group tripped most clearly; null: in none was it enough. */
export function likelyOf(
  group: Group,
  at: number,
  sizeOf: SizeOf,
  limits: CauseLimits,
): Likely | null {
  const { trait, didWell } = group;
  if (group.members.size < limits.least) return null;
  const size = sizeOf(trait, group);
  const found = STRETCHES_MS.flatMap((stretch, index): Likely[] => {
    const from = at - stretch;
    const tripped = trippedSince(group, from);
    if (tripped < limits.least) return [];
    // A rule tells what it found, not what it looked at; those of one start minute are due together.
    const well = trait === 'rule' ? 0 : (didWell?.[index] ?? Math.max(0, size - tripped));
    const many = index === 0 && !WIDE.has(trait) && tripped >= limits.most;
    if (index > 0 && didWell === null) return [];
    const least = BROAD.has(trait) && tripped < FEW ? HALF : limits.share;
    if (tripped / (tripped + well) < least && !many) return [];
    return [{ group, from, gain: gainOf(tripped, well), size }];
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
export function compare(a: Group, b: Group, sizeOf: (group: Group) => number): number {
  const orders = SHARED_TRAITS.indexOf(a.trait) - SHARED_TRAITS.indexOf(b.trait);
  const sizes = sizeOf(a) - sizeOf(b) || orders;
  return sizes || (thingKey(a.trait, a) < thingKey(b.trait, b) ? -1 : 1);
}
