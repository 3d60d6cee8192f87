import { z } from 'zod';
import type { Reading } from '../../statistics/channel.ts';
import { figureOf } from '../job/baseline.ts';
import type { RecentRun } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { sayDuration, sayInstant } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import {
  chanceEvidence,
  isUnlikely,
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
  fastFactor: z.number().gt(1).default(2.5).describe('1; a run faster by less found less to do'),
  youngFactor: z.number().gt(1).default(3).describe('1; … either way with fewer than ten runs'),
  leastSlowSeconds: z
    .number()
    .nonnegative()
    .default(60)
    .describe('s; less delay matters to nobody'),
  leastFastSeconds: z.number().nonnegative().default(30).describe('s; less saved means nothing'),
  surprise: surpriseOf(3e-4),
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
    if (!isOff(view, last, last.seconds, reading, options))
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
        chanceEvidence(view, last, reading.probability),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} took ${sayDuration(seconds)}, ${factor.toFixed(1)} times ${slow ? 'longer' : 'shorter'} than the usual ${sayDuration(expected)} for this much data.`,
      nextStep: slow
        ? 'Compare with other backups of that hour: a busy node, throttled storage or a target that answers slowly shows there; look for retries in the mover’s log.'
        : 'Check that the run read all it should: a mount that is gone, new exclude rules or an aborted upload end early.',
      probability: reading.probability,
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
  if (!isUnlikely(view, reading, reading.probability, options)) return false;
  const factor = Math.exp(Math.abs(reading.distance));
  const late = seconds - figureOf('duration', reading.expected);
  if (reading.distance < 0) {
    const least = isYoung(reading) ? options.youngFactor : options.fastFactor;
    return factor >= least && -late >= options.leastFastSeconds;
  }
  const least = isYoung(reading) ? options.youngFactor : options.slowFactor;
  return factor >= least && late >= options.leastSlowSeconds && !hasMoreToDo(run, reading);
}

/** Slow because there was more to read or to store: shown with the run, not alerted. */
function hasMoreToDo({ readings }: RecentRun, { distance }: Reading): boolean {
  const more = Math.max(readings?.added?.distance ?? 0, 2 * (readings?.logical?.distance ?? 0));
  return more >= distance / 2;
}
