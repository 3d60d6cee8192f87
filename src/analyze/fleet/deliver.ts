import { z } from 'zod';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { SEVERITIES } from '../../domain/words.ts';
import type { DeliveryReason, Severity } from '../../domain/words.ts';
import { discoveryLimit } from '../../statistics/evidence.ts';
import type { Desk } from './desk.ts';
import { forgetGroups, groupKey, noGroups } from './cause-groups.ts';
import type { CauseGroups, Group, Trip } from './cause-groups.ts';
import { findSharedCauses } from './shared-cause.ts';
import type { SizeOf } from './likely-cause.ts';
import type { CausesFound, SharedCause } from './shared-cause.ts';

/** How many findings of a whole fleet may disturb a person. */
export const DeliverySettings = z.object({
  falseShare: z
    .number()
    .gt(0)
    .lt(1)
    .default(0.05)
    .describe('1; of surprises told at a tick at most this share may be chance'),
  pagesPerThousand: z
    .number()
    .positive()
    .default(1)
    .describe('1; surprises that page, per 1,000 jobs a day; the rest goes to the digest'),
  leastPages: z
    .number()
    .int()
    .nonnegative()
    .default(3)
    .describe('1; … a small fleet may have so many a day'),
  holdSeconds: z
    .number()
    .nonnegative()
    .default(3 * 86_400)
    .describe('s; what was told comes again within it only in the digest, unless twice as bad'),
  groupShare: z
    .number()
    .gt(0)
    .max(1)
    .default(0.2)
    .describe(
      '1; when this share of the jobs that share something and were due trips, it is one incident',
    ),
  groupLeast: z.number().int().min(2).default(3).describe('jobs; fewer are a coincidence'),
  groupMost: z
    .number()
    .int()
    .min(2)
    .default(10)
    .describe(
      'jobs; so many within an hour are an incident however many do well, unless they share an engine, a cluster or a start minute',
    ),
});
export type DeliverySettings = z.output<typeof DeliverySettings>;
export const defaultDelivery: DeliverySettings = DeliverySettings.parse({});

/** A finding at the tick that raises it. */
export interface Raised extends Trip {
  fingerprint: string;
  severity: Severity;
  /** How often chance alone shows it; null: it states a fact. */
  probability: number | null;
  /** How far off it is, as a factor of at least 1; null: not a matter of degree. */
  factor: number | null;
}

export interface Delivery {
  key: string;
  as: 'page' | 'digest';
  why: DeliveryReason;
  incident: SharedCause | null;
}

export interface FleetTick {
  at: Date;
  raised: readonly Raised[];
  /** Runs compared with their history at this tick. */
  tests: number;
  /** Jobs of the fleet. */
  jobs: number;
  sizeOf: SizeOf;
}

export interface TickDelivered {
  deliveries: Delivery[];
  /** Findings told earlier that turn out to belong to an incident of this tick, by key. */
  linked: CausesFound;
}

/**
 * Decides who is disturbed by what a tick raised: by Benjamini and Hochberg over the runs compared at it, then one page
 * for each shared cause, another when it turns out graver, none for what comes back unchanged, and no more surprises a
 * day than the budget. Call it tick by tick; the order of a tick's findings does not matter. Changes the desk. A tick an
 * hour or more behind the newest, of a cluster that catches up, forms incidents only with others of its kind (`late`,
 * forgotten by the caller).
 */
export function deliverTick(
  desk: Desk,
  tick: FleetTick,
  settings: DeliverySettings,
  late: CauseGroups = noGroups(),
): TickDelivered {
  const at = tick.at.getTime();
  const groups = at < desk.tick.at - HOUR_MS ? late : desk.groups;
  const limit = limitAt(desk, tick, settings.falseShare);
  const limits = {
    share: settings.groupShare,
    least: settings.groupLeast,
    most: settings.groupMost,
  };
  const causes = findSharedCauses(groups, at, tick.raised, tick.sizeOf, limits);
  const deliveries = tick.raised.toSorted(byWeight).map((finding): Delivery => {
    const incident = causes.get(finding.key) ?? null;
    causes.delete(finding.key);
    const told = { at, groups, limit, jobs: tick.jobs };
    const why = reasonFor(desk, finding, incident, told, settings);
    if (why === 'told') remember(desk, finding, incident, told);
    return { key: finding.key, as: why === 'told' ? 'page' : 'digest', why, incident };
  });
  return { deliveries, linked: causes };
}

/** The largest probability that is told, over all that is known of the tick; begins it when it is new. */
function limitAt(desk: Desk, { at, raised, tests }: FleetTick, falseShare: number): number {
  const own = raised.flatMap(({ probability }) => probability ?? []);
  const now = at.getTime();
  if (now === desk.tick.at) desk.tick.surprises.push(...own);
  else if (now > desk.tick.at) {
    const isNewDay = dayOf(now) !== dayOf(desk.tick.at);
    desk.tick = { at: now, surprises: own };
    if (isNewDay) forget(desk, now);
  }
  const known = now === desk.tick.at ? desk.tick.surprises : own;
  return discoveryLimit(known, tests, falseShare);
}

interface Telling {
  at: number;
  groups: CauseGroups;
  limit: number;
  jobs: number;
}

function reasonFor(
  desk: Desk,
  { fingerprint, severity, probability, factor }: Raised,
  incident: SharedCause | null,
  { at, groups, limit, jobs }: Telling,
  settings: DeliverySettings,
): DeliveryReason {
  if (incident !== null && isTold(groupOf(groups, incident), severity)) return 'member';
  // Many jobs in trouble are more than each; many remarks of one rule are not.
  if (severity === 'low' && (incident === null || incident.trait === 'rule')) return 'low';
  if (probability !== null && probability > limit) return 'chance';
  const before = desk.told.get(fingerprint);
  const recent = before !== undefined && at - before.at <= settings.holdSeconds * 1_000;
  if (recent && (factor ?? 1) < 2 * before.factor) return 'again';
  const budget = Math.max(settings.leastPages, (settings.pagesPerThousand * jobs) / 1_000);
  const paged = desk.pages.get(dayOf(at)) ?? 0;
  return probability !== null && paged >= Math.floor(budget) ? 'budget' : 'told';
}

/** Whether somebody was told of an incident that it is so grave. */
function isTold(group: Group | undefined, severity: Severity): boolean {
  const told = group?.told ?? null;
  return told !== null && SEVERITIES.indexOf(told) <= SEVERITIES.indexOf(severity);
}

function groupOf({ incidents }: CauseGroups, cause: SharedCause): Group | undefined {
  return incidents.get(groupKey(cause.trouble, cause.trait, cause));
}

function remember(
  desk: Desk,
  { fingerprint, severity, probability, factor }: Raised,
  incident: SharedCause | null,
  { at, groups }: Telling,
): void {
  const day = dayOf(at);
  if (probability !== null) desk.pages.set(day, (desk.pages.get(day) ?? 0) + 1);
  const group = incident === null ? undefined : groupOf(groups, incident);
  if (group !== undefined) group.told = severity;
  desk.told.set(fingerprint, { at, factor: factor ?? 1 });
}

const dayOf = (at: number): number => Math.floor(at / DAY_MS);

/** Hold-offs are settings; what is older than the longest that anybody would choose is forgotten. */
const KEPT_MS = 7 * DAY_MS;

function forget(desk: Desk, now: number): void {
  for (const [fingerprint, { at }] of desk.told)
    if (at < now - KEPT_MS) desk.told.delete(fingerprint);
  for (const day of desk.pages.keys()) if (day < dayOf(now - KEPT_MS)) desk.pages.delete(day);
  forgetGroups(desk.groups, now, KEPT_MS);
}

/** The gravest first, then the least likely. */
function byWeight(a: Raised, b: Raised): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    (a.probability ?? 0) - (b.probability ?? 0) ||
    (a.key < b.key ? -1 : 1)
  );
}
