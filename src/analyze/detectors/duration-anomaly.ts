import { z } from 'zod';
import type { Reading } from '../../statistics/channel.ts';
import type { Together } from '../../statistics/consecutive.ts';
import { durationsInARow, figureOf } from '../job/baseline.ts';
import type { RecentRun } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { sayDuration, sayInstant } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import {
  chanceEvidence,
  isUnlikely,
  isWorkday,
  isYoung,
  lastSuccess,
  runRow,
  sayBasis,
  surpriseOf,
  youngSurprise,
} from './unusual.ts';

const settings = z.object({
  mediumFactor: z
    .number()
    .min(1)
    .default(10)
    .describe('1; a run this many times slower is medium, less is low'),
  slowFactor: z.number().gt(1).default(2.2).describe('1; a run slower by less waits in queues'),
  fastFactor: z.number().gt(1).default(3).describe('1; a run faster by less found less to do'),
  youngFactor: z.number().gt(1).default(3).describe('1; … slower, with fewer than ten runs'),
  youngFastFactor: z
    .number()
    .gt(1)
    .default(5)
    .describe('1; … faster, with fewer than ten runs: the first ones copy more than others'),
  leastFastRuns: z
    .number()
    .int()
    .positive()
    .default(5)
    .describe('runs; … with fewer, it must be so much faster than each, and not for want of data'),
  leastSlowSeconds: z
    .number()
    .nonnegative()
    .default(60)
    .describe('s; less delay matters to nobody'),
  leastFastSeconds: z.number().nonnegative().default(30).describe('s; less saved means nothing'),
  surprise: surpriseOf(3e-4),
  fastSurprise: surpriseOf(1e-4).describe('1; … of a run that was too fast'),
  togetherSurprise: surpriseOf(1.5e-4).describe(
    '1; … of two or three runs in a row on the same side, each far out',
  ),
  youngSurprise,
});
type Settings = z.output<typeof settings>;

/** A run far slower or far faster than this job for this much data. */
export const durationAnomaly: Detector<typeof settings> = {
  kind: 'duration-anomaly',
  settings,
  looks: 'ends',
  scopes: ['whole'],
  detect(view, options) {
    const last = lastSuccess(view);
    const reading = last?.readings?.duration;
    if (!last || !reading || last.seconds === null) return clear('the duration says nothing');
    if (last.adopted.includes('duration')) return clear('the duration has held as the new level');
    const chance = chanceOf(view, reading, options);
    if (chance === null || !isOff(view, last, last.seconds, reading, options))
      return clear('the duration is usual again');
    const { seconds } = last;
    const expected = figureOf('duration', reading.expected);
    const slow = reading.distance > 0;
    const factor = slow ? seconds / Math.max(1, expected) : expected / Math.max(1, seconds);
    return seen({
      severity: !slow || factor >= options.mediumFactor ? 'medium' : 'low',
      observed: { value: seconds, unit: 's', text: sayDuration(seconds) },
      expected: {
        value: Math.round(expected),
        unit: 's',
        text: `about ${sayDuration(expected)}, from ${sayBasis(view, reading)}`,
      },
      cause: null,
      evidence: [
        runEvidence(view, 'duration', seconds, 's', runRow(last)),
        chanceEvidence(view, last, chance.probability),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} took ${sayDuration(seconds)}, ${factor.toFixed(1)} times ${slow ? 'longer' : 'shorter'} than the usual ${sayDuration(expected)} for this much data${chance.count > 1 ? `; it is the last of ${chance.count} such runs in a row` : ''}.`,
      nextStep: slow
        ? 'Compare with other backups of that hour: a busy node, throttled storage or a target that answers slowly shows there; look for retries in the mover’s log.'
        : 'Check that the run read all it should: a mount that is gone, new exclude rules or an aborted upload end early.',
      probability: chance.probability,
    });
  },
};

function isOff(
  view: JobView,
  run: RecentRun,
  seconds: number,
  reading: Reading,
  options: Settings,
): boolean {
  const factor = Math.exp(Math.abs(reading.distance));
  const late = seconds - figureOf('duration', reading.expected);
  if (reading.distance < 0) {
    const least = isYoung(reading) ? options.youngFastFactor : options.fastFactor;
    const far = factor >= least && -late >= options.leastFastSeconds;
    const known = reading.basis >= options.leastFastRuns;
    return far && (known || isFastest(view, run, seconds, reading, options));
  }
  const least = isYoung(reading) ? options.youngFactor : options.slowFactor;
  const far = factor >= least && late >= options.leastSlowSeconds;
  return far && !hasMoreToDo(run, reading) && !mayBeFirstFull(run, reading);
}

/** The first full backup of a week or month, by an engine that does not tell how much it stored anew. */
function mayBeFirstFull(run: RecentRun, { seasonKnown }: Reading): boolean {
  return run.added === null && !seasonKnown && !isWorkday(run);
}

/** How little chance explains the run, by itself or with the runs just before it; null: well enough. */
function chanceOf(view: JobView, reading: Reading, options: Settings): Together | null {
  const { youngSurprise: young, surprise, fastSurprise, togetherSurprise } = options;
  const alone = { youngSurprise: young, surprise: reading.distance < 0 ? fastSurprise : surprise };
  if (isUnlikely(view, reading, reading.probability, alone))
    return { count: 1, probability: reading.probability };
  const together = durationsInARow.read(view.baseline);
  if (together === null || isYoung(reading)) return null;
  const limits = { youngSurprise: young, surprise: togetherSurprise };
  return isUnlikely(view, reading, together.probability, limits) ? together : null;
}

/**
 * With few runs before, which may have been first uploads, too fast is what is far faster than each of them, by more
 * than the less it stored explains; how long data takes is not learned by then.
 */
function isFastest(
  { ended }: JobView,
  { id, readings }: RecentRun,
  seconds: number,
  { distance }: Reading,
  { youngFastFactor }: Settings,
): boolean {
  if (readings?.added === undefined) return false;
  const left = distance - Math.min(0, readings.added.distance);
  const others = ended.filter((run) => run.outcome === 'success' && run.id !== id);
  const shortest = Math.min(...others.map((run) => run.seconds ?? Infinity));
  return left <= -Math.log(youngFastFactor) && shortest >= youngFastFactor * seconds;
}

/** Slow mostly because there was more to read or to store, itself beyond its scatter: shown with the run, not alerted. */
function hasMoreToDo({ readings }: RecentRun, duration: Reading): boolean {
  const { added, logical } = readings ?? {};
  const explained = Math.max(explainedBy(added, duration), explainedBy(logical, duration));
  const left = duration.distance - explained;
  return explained > 0 && left < Math.max(duration.distance / 2, LEFT_FROM * spreadOf(duration));
}

/**
 * How much more data than usual may lengthen a run, log scale. The share of its time that goes by the data is at most
 * such that durations scatter as little as they do while the data scatters as it does.
 */
function explainedBy(data: Reading | undefined, duration: Reading): number {
  if (data === undefined) return 0;
  // A full backup that the data’s calendar knows may be new to the duration’s.
  const distance = data.distance + (duration.exception === 0 ? data.exception : 0);
  if (!(distance >= MORE_FROM * spreadOf(data))) return 0;
  const share = Math.min(1, spreadOf(duration) / spreadOf(data));
  return Math.log1p(share * Math.expm1(distance));
}

const spreadOf = ({ distance, z }: Reading): number => distance / z;

/** Spreads: data beyond so many is more to do; slowness beyond so many is left unexplained. */
const MORE_FROM = 2;
const LEFT_FROM = 4;
