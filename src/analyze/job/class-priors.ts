import type { ChannelPrior, Contribution } from '../../statistics/channel.ts';
import { LARGEST_SHARE, untruncatedExcess } from '../../statistics/tails.ts';
import type { TailFit } from '../../statistics/tails.ts';
import type { Engine } from '../../domain/words.ts';
import type { Cadence } from '../schedules/due-times.ts';
import { CHANNELS, channels, figureOf } from './baseline.ts';
import type { Baseline, ChannelName, ChannelPriors } from './baseline.ts';

/** What jobs of one class scatter like, frozen for a day of event time. */
export interface ClassPrior {
  priors: ChannelPriors;
  /** Jobs of the class with a history. */
  jobs: number;
}

/** What a job tells its class. */
export interface ClassMember {
  classKey: string;
  channels: Readonly<Record<ChannelName, Contribution>>;
}

export function tellClass({
  classKey,
  baseline,
}: {
  classKey: string;
  baseline: Baseline;
}): ClassMember {
  const told: Partial<Record<ChannelName, Contribution>> = {};
  for (const name of CHANNELS) told[name] = channels[name].contribution(baseline);
  return { classKey, channels: told as ClassMember['channels'] };
}

/** Priors by class; a class that is not there has the fleet's. */
export interface FleetPriors {
  fleet: ClassPrior;
  classes: ReadonlyMap<string, ClassPrior>;
}

/** Assumed before any job was seen: what backup jobs scatter like, and tails a little heavier than normal ones. */
const TAIL: TailFit = { share: 0.03, excess: 0.5 };
const assumed = (spread: number, floor: number): ChannelPrior => ({
  spread,
  floor,
  above: TAIL,
  below: TAIL,
});
const ASSUMED: ChannelPriors = {
  duration: assumed(0.25, 0.08),
  logical: assumed(0.12, 0.02),
  added: assumed(0.7, 0.15),
  files: assumed(0.12, 0.02),
  dedup: assumed(0.12, 0.03),
};
/** The assumption is worth this many jobs, the fleet as many to a class. */
const ASSUMED_JOBS = 10;
/** … and this many values where tails are counted. */
const ASSUMED_VALUES = 400;
/** A job's own spread counts from this many residuals on. */
const LEAST_RESIDUALS = 8;
/** Spreads differ between jobs: the assumption for a new one is a wide one of its class, the floor a narrow one. */
const WIDE = 0.6;
const NARROW = 0.1;

export const assumedPriors: FleetPriors = {
  fleet: { priors: ASSUMED, jobs: 0 },
  classes: new Map(),
};

export function priorOf(priors: FleetPriors, key: string): ClassPrior {
  return priors.classes.get(key) ?? priors.fleet;
}

/** Jobs alike: engine, how often, and how big by powers of ten. */
export function classOf(
  { engine }: { engine: Engine },
  cadence: Cadence | null,
  baseline: Baseline,
): string {
  const size = channels.logical.usual(baseline);
  const decade = Number.isNaN(size)
    ? '?'
    : Math.floor(Math.log10(1 + figureOf('logical', size))).toString();
  return `${engine}/${cadenceOf(cadence?.intervalSeconds ?? null)}/${decade}`;
}

export function isOfEngine(classKey: string, { engine }: { engine: Engine }): boolean {
  return classKey.startsWith(`${engine}/`);
}

function cadenceOf(seconds: number | null): string {
  if (seconds === null) return 'any';
  if (seconds <= 2 * 3_600) return 'hourly';
  if (seconds <= 12 * 3_600) return 'hours';
  return seconds <= 2 * 86_400 ? 'daily' : 'rare';
}

/** The priors of a day from all jobs as they were at its start; their order does not matter. */
export function freezePriors(jobs: Iterable<ClassMember>): FleetPriors {
  const byClass = new Map<string, ClassMember[]>();
  const all: ClassMember[] = [];
  for (const member of jobs) {
    const known = byClass.get(member.classKey);
    if (known) known.push(member);
    else byClass.set(member.classKey, [member]);
    all.push(member);
  }
  const fleet = poolClass(all, ASSUMED);
  const largest = [...byClass]
    .sort(([a, left], [b, right]) => right.length - left.length || (a < b ? -1 : 1))
    .slice(0, MOST_CLASSES);
  const classes = largest.map(([key, members]): [string, ClassPrior] => [
    key,
    poolClass(members, fleet.priors),
  ]);
  return { fleet, classes: new Map(classes) };
}

/** More would not fit a stored row; the smallest classes have the fleet's priors. */
const MOST_CLASSES = 32;

function poolClass(members: readonly ClassMember[], parent: ChannelPriors): ClassPrior {
  let jobs = 0;
  const priors: Partial<Record<ChannelName, ChannelPrior>> = {};
  for (const name of CHANNELS) {
    const told: Contribution[] = [];
    for (const { channels } of members)
      if (channels[name].count >= LEAST_RESIDUALS) told.push(channels[name]);
    jobs = Math.max(jobs, told.length);
    priors[name] = pool(told, parent[name]);
  }
  return { priors: priors as ChannelPriors, jobs };
}

function pool(told: readonly Contribution[], parent: ChannelPrior): ChannelPrior {
  if (told.length === 0) return parent;
  const spreads = new Float64Array(told.length);
  told.forEach(({ spread }, i) => (spreads[i] = spread));
  spreads.sort();
  const weight = told.length / (told.length + ASSUMED_JOBS);
  const blend = (own: number, given: number): number => weight * own + (1 - weight) * given;
  const at = (q: number): number => spreads[Math.floor(q * (spreads.length - 1))]!;
  let seen = 0;
  for (const one of told) seen += one.seen;
  return {
    spread: rounded(blend(at(WIDE), parent.spread)),
    floor: rounded(Math.max(LEAST_FLOOR, blend(at(NARROW), parent.floor))),
    above: poolTail(told, 'above', seen, parent.above),
    below: poolTail(told, 'below', seen, parent.below),
  };
}

/** Two per cent of the level: a flat history is not exact. */
const LEAST_FLOOR = 0.02;

function poolTail(
  told: readonly Contribution[],
  side: 'above' | 'below',
  seen: number,
  parent: TailFit,
): TailFit {
  let count = 0;
  let excess = 0;
  for (const one of told) {
    count += one[side].count;
    excess += one[side].excess;
  }
  const weight = seen / (seen + ASSUMED_VALUES);
  const few = count / (count + 20);
  const fitted = count === 0 ? parent.excess : untruncatedExcess(excess / count);
  return {
    share: rounded(
      weight * Math.min(LARGEST_SHARE, count / Math.max(1, seen)) + (1 - weight) * parent.share,
    ),
    excess: rounded(few * fitted + (1 - few) * parent.excess),
  };
}

/** Three digits say enough, and are the same after a row was stored and read. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
