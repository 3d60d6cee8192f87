import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import { BLOCK, BLOCK_DAYS } from '../../statistics/drift.ts';
import type { DriftReading } from '../../statistics/drift.ts';
import { trendChance } from '../../statistics/theil-sen.ts';
import { channels, durationDrift, durationsInARow, figureOf, sizeDrift } from '../job/baseline.ts';
import type { JobView } from '../job/job-view.ts';
import { textFor, type EngineText } from '../../domain/engine-text.ts';
import { sayDuration } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { lastSuccess, runRow } from './unusual.ts';

const settings = z.object({
  leastRise: z.number().gt(1).default(1.4).describe('1; a slower rise of the usual duration'),
  leastQuickRise: z
    .number()
    .gt(1)
    .default(1.6)
    .describe('1; … within eight days, where less may be the shape of a week'),
  leastRuns: z.number().int().min(20).default(21).describe('runs; the rise must go over so many'),
  surprise: z
    .number()
    .gt(0)
    .max(0.1)
    .default(5e-3)
    .describe('1; chance makes blocks of runs rise as steadily less often (Mann and Kendall)'),
  largestStep: z
    .number()
    .min(0)
    .max(1)
    .default(0.65)
    .describe('1; a rise that one step made is a new level, no creep'),
  scatter: z
    .number()
    .nonnegative()
    .default(1.5)
    .describe('spreads; the rise exceeds so many of the duration’s own'),
});

/** Once told, a creep stays until it has lost this share of what made it one: a limit that runs cross daily is noise. */
const STAYS_FROM = 0.6;
const STAYS_SURPRISE = 20;

/** FM-31: runs of much the same data take longer and longer, each a little. */
export const durationCreep: Detector<typeof settings> = {
  kind: 'duration-creep',
  settings,
  looks: 'ends',
  scopes: ['whole'],
  detect(view, options) {
    const open = view.open.has('duration-creep');
    if (!open && !durationDrift.turned(view.baseline)) return clear('too soon to tell');
    const ease = open ? STAYS_FROM : 1;
    const spread = channels.duration.spread(view.baseline);
    const least = Math.max(Math.log(options.leastRise), options.scatter * spread * wander(view));
    const creep = creepOf(view, ease * least);
    const last = lastSuccess(view);
    const creeps =
      creep !== null &&
      isBeyondWeek(view, creep, ease * Math.log(options.leastQuickRise)) &&
      creep.blocks * runsPerBlock(view) >= options.leastRuns &&
      trendChance(creep.agreement, creep.blocks + 2) <=
        options.surprise * (open ? STAYS_SURPRISE : 1) &&
      creep.largestStep <= options.largestStep / ease;
    if (!creeps || !last) return clear('the duration no longer grows');
    const now = figureOf('duration', channels.duration.recent(view.baseline, 7));
    const before = now / Math.exp(creep.rise);
    const days = Math.round(daysOf(view, creep.blocks));
    const percent = Math.round((Math.exp(creep.rise) - 1) * 100);
    return seen({
      severity: 'low',
      observed: { value: Math.round(now), unit: 's', text: `now about ${sayDuration(now)}` },
      expected: {
        value: Math.round(before),
        unit: 's',
        text: `about ${sayDuration(before)}, as ${days} days before`,
      },
      cause: null,
      evidence: [runEvidence(view, 'duration', last.seconds, 's', runRow(last))],
      sentence: `Backups of ${subjectOf(view)} take longer and longer: about ${sayDuration(now)} now, ${percent} % more than ${days} days before, though the data grew by less${projection(view, now, creep.perBlock)}.`,
      nextStep: textFor(LOOK_FOR, view.job.engine),
    });
  },
};

const LOOK_FOR: EngineText = {
  volsync:
    'Look for what each run reads anew: temporary volumes make restic read everything again (kopia or Direct for read-mostly data help), a repository that is never pruned slows down, a target throttles.',
  any: 'Look for what each run reads or waits for: data that is read whole each time, a repository that is never pruned, a target that throttles.',
};

/** Durations that follow each other stray up to twice as far as independent ones, for a while. */
function wander({ baseline }: JobView): number {
  return 2 - durationsInARow.independence(baseline);
}

/** The rise of the duration beyond that of the data; null when it is less than `least`. */
function creepOf({ baseline }: JobView, least: number) {
  const duration = durationDrift.read(baseline, channels.duration, least);
  if (duration === null) return null;
  const rise = duration.rise - Math.max(0, sizeDrift.rise(baseline, channels.logical));
  return rise < least ? null : { ...duration, rise };
}

/** A rise within as many days may be the shape of a week, unless it is a large one. */
const SHAPE_DAYS = 8;
function isBeyondWeek(view: JobView, { blocks, rise }: DriftReading, quick: number): boolean {
  return rise >= quick || daysOf(view, blocks + 2) > SHAPE_DAYS;
}

const DAY_SECONDS = 86_400;

function intervalOf({ cadence }: JobView): number {
  return cadence?.intervalSeconds ?? DAY_SECONDS;
}

/** A block holds a week's runs of a daily job, and whole days of a frequent one. */
function runsPerBlock(view: JobView): number {
  const runsADay = Math.max(1, DAY_SECONDS / intervalOf(view));
  return runsADay * Math.max(BLOCK_DAYS, Math.ceil(BLOCK / runsADay));
}

function daysOf(view: JobView, blocks: number): number {
  return (blocks * runsPerBlock(view) * intervalOf(view)) / DAY_SECONDS;
}

/** When runs of this growth fill their interval, if within a year. */
function projection(view: JobView, seconds: number, perBlock: number): string {
  if (view.cadence === null || perBlock <= 0) return '';
  const interval = intervalOf(view);
  const runs = (Math.log(interval / seconds) / perBlock) * runsPerBlock(view);
  if (runs <= 0 || runs * interval > 366 * DAY_SECONDS) return '';
  const day = new Date(view.now + runs * interval * SECOND_MS).toISOString().slice(0, 10);
  return `; at this pace a run fills its interval on ${day}`;
}
