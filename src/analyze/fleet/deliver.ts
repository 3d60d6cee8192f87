import { z } from 'zod';
import { DAY_MS } from '../../domain/time.ts';
import { SEVERITIES } from '../../domain/words.ts';
import type { Severity } from '../../domain/words.ts';
import { discoveryLimit } from '../../statistics/evidence.ts';
import { findSharedCause } from './shared-cause.ts';
import type { CauseGroups, SharedCause, Trait, Traits } from './shared-cause.ts';

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
    .describe('1; when this share of the jobs that share something trips, it is one incident'),
  groupLeast: z.number().int().min(2).default(3).describe('jobs; fewer are a coincidence'),
  groupMost: z
    .number()
    .int()
    .min(2)
    .default(10)
    .describe('jobs; so many are an incident however many share it'),
});
export type DeliverySettings = z.output<typeof DeliverySettings>;
export const defaultDelivery: DeliverySettings = DeliverySettings.parse({});

/** A finding at the tick that raises it. */
export interface Raised {
  jobId: string;
  fingerprint: string;
  severity: Severity;
  /** How often chance alone shows it; null: it states a fact. */
  probability: number | null;
  /** How far off it is, as a factor of at least 1; null: not a matter of degree. */
  factor: number | null;
  traits: Traits;
}

export interface Delivery {
  fingerprint: string;
  /** `page`: somebody is told at once. `digest`: it is in the daily summary and in every list. */
  as: 'page' | 'digest';
  why: 'told' | 'low' | 'chance' | 'budget' | 'again' | 'member';
  incident: SharedCause | null;
}

/** What a fleet remembers of what was told; bounded by the findings of three days. */
export interface Desk {
  day: number;
  /** Surprises that paged on that day. */
  pages: number;
  /** By fingerprint, when it was last told and how bad it was. */
  told: Map<string, { at: number; factor: number }>;
  groups: CauseGroups;
  paged: Set<string>;
}

export interface FleetTick {
  at: Date;
  raised: readonly Raised[];
  /** Runs compared with their history at this tick. */
  tests: number;
  /** Jobs of the fleet. */
  jobs: number;
  /** Jobs that share a value. */
  sizeOf: (trait: Trait, value: string) => number;
}

export function emptyDesk(): Desk {
  return { day: -Infinity, pages: 0, told: new Map(), groups: new Map(), paged: new Set() };
}

/**
 * Decides who is disturbed by what a tick raised: by Benjamini and Hochberg over the runs compared at it, then one page
 * for each shared cause, none for what comes back unchanged, and no more surprises a day than the budget. Call it tick
 * by tick; the order of a tick's findings does not matter. Changes the desk.
 */
export function deliverTick(desk: Desk, tick: FleetTick, settings: DeliverySettings): Delivery[] {
  const at = tick.at.getTime();
  beginDay(desk, Math.floor(at / DAY_MS), at - settings.holdSeconds * 1_000);
  const surprises = tick.raised.flatMap(({ probability }) => probability ?? []);
  const limit = discoveryLimit(surprises, tick.tests, settings.falseShare);
  return tick.raised.toSorted(byWeight).map((finding) => {
    const incident = findSharedCause(desk.groups, { ...finding, at }, tick.sizeOf, {
      share: settings.groupShare,
      least: settings.groupLeast,
      most: settings.groupMost,
    });
    const why = reasonFor(desk, finding, incident, at, limit, tick.jobs, settings);
    remember(desk, finding, incident, at, why);
    return {
      fingerprint: finding.fingerprint,
      as: why === 'told' ? 'page' : 'digest',
      why,
      incident,
    };
  });
}

function reasonFor(
  desk: Desk,
  { fingerprint, severity, probability, factor }: Raised,
  incident: SharedCause | null,
  at: number,
  limit: number,
  jobs: number,
  settings: DeliverySettings,
): Delivery['why'] {
  if (incident !== null && desk.paged.has(incident.incidentId)) return 'member';
  if (severity === 'low' && incident === null) return 'low';
  if (probability !== null && probability > limit) return 'chance';
  const before = desk.told.get(fingerprint);
  const recent = before !== undefined && at - before.at <= settings.holdSeconds * 1_000;
  if (recent && (factor ?? 1) < 2 * before.factor) return 'again';
  const budget = Math.max(settings.leastPages, (settings.pagesPerThousand * jobs) / 1_000);
  return probability !== null && desk.pages >= Math.floor(budget) ? 'budget' : 'told';
}

function remember(
  desk: Desk,
  { fingerprint, probability, factor }: Raised,
  incident: SharedCause | null,
  at: number,
  why: Delivery['why'],
): void {
  if (why !== 'told') return;
  if (probability !== null) desk.pages += 1;
  if (incident !== null) desk.paged.add(incident.incidentId);
  desk.told.set(fingerprint, { at, factor: factor ?? 1 });
}

function beginDay(desk: Desk, day: number, forgotten: number): void {
  if (day === desk.day) return;
  desk.day = day;
  desk.pages = 0;
  for (const [fingerprint, { at }] of desk.told) if (at < forgotten) desk.told.delete(fingerprint);
  for (const [key, group] of desk.groups) {
    if (Math.max(...group.jobs.values()) >= forgotten) continue;
    desk.groups.delete(key);
    if (group.incidentId !== null) desk.paged.delete(group.incidentId);
  }
}

/** The gravest first, then the least likely. */
function byWeight(a: Raised, b: Raised): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    (a.probability ?? 0) - (b.probability ?? 0) ||
    (a.fingerprint < b.fingerprint ? -1 : 1)
  );
}
