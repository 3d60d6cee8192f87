import { z } from 'zod';
import type { Reading } from '../../statistics/channel.ts';
import { figureOf } from '../job/baseline.ts';
import type { RecentRun } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { sayBytes, sayInstant } from '../job/phrases.ts';
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
  leastFactor: z.number().gt(1).default(2.5).describe('1; growth by less is growth'),
  youngFactor: z.number().gt(1).default(3).describe('1; … with fewer than ten runs'),
  leastAddedFactor: z
    .number()
    .gt(1)
    .default(6)
    .describe('1; newly stored data varies more than the size of what is backed up'),
  youngAddedFactor: z.number().gt(1).default(8).describe('1; … with fewer than ten runs'),
  surprise: surpriseOf(5e-5),
  addedSurprise: surpriseOf(3e-4).describe('1; … for newly stored data'),
  youngSurprise,
});
type Settings = z.output<typeof settings>;

/** FM-32: a run with far more data than usual, read or newly stored. */
export const sizeSpike: Detector<typeof settings> = {
  kind: 'size-spike',
  settings,
  looks: 'ends',
  scopes: ['whole', 'volume'],
  detect(view, options) {
    const last = lastSuccess(view);
    if (!last?.readings) return clear('the size is not known');
    const spike = spikeOf(view, last, options);
    if (!spike) return clear('the size is usual again');
    const { measure, reading, observed, factor } = spike;
    if (last.adopted.includes(measure)) return clear('the size has held as the new level');
    const usual = figureOf(measure, reading.expected);
    const held = measure === 'logical' ? 'held' : 'newly stored';
    return seen({
      severity: factor >= 10 ? 'medium' : 'low',
      observed: { value: observed, unit: 'B', text: `${held} ${sayBytes(observed)}` },
      expected: {
        value: Math.round(usual),
        unit: 'B',
        text: `about ${sayBytes(usual)}, from ${sayBasis(view, reading)}`,
      },
      cause: {
        code: 'FM-32',
        title: 'The data has blown up',
        shownBy: `${sayBytes(observed)} instead of ${sayBytes(usual)}`,
      },
      evidence: [
        runEvidence(
          view,
          measure === 'logical' ? 'size' : 'newly stored',
          observed,
          'B',
          runRow(last),
        ),
        chanceEvidence(view, last, reading.probability),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} ${held} ${sayBytes(observed)}, ${factor.toFixed(1)} times the usual ${sayBytes(usual)} (${sayBasis(view, reading)}).`,
      nextStep:
        'Look for what grew: dumps written compressed, caches or logs inside the volume, files rewritten in place; leave out what need not be kept before the target fills up.',
      probability: reading.probability,
    });
  },
};

interface Spike {
  measure: 'logical' | 'added';
  reading: Reading;
  observed: number;
  factor: number;
}

function spikeOf(view: JobView, run: RecentRun, options: Settings): Spike | null {
  const { logical, added } = run.readings ?? {};
  if (logical && run.logical !== null) {
    const factor = Math.exp(logical.distance);
    const least = isYoung(logical) ? options.youngFactor : options.leastFactor;
    if (factor >= least && isUnlikely(view, logical, logical.probability, options))
      return { measure: 'logical', reading: logical, observed: run.logical, factor };
  }
  if (!added || run.added === null) return null;
  const factor = Math.exp(added.distance);
  const least = isYoung(added) ? options.youngAddedFactor : options.leastAddedFactor;
  if (factor < least || isFullBackup(run)) return null;
  // The first full backup of a week or month is no blow-up: such a day must have been seen.
  if (!added.seasonKnown && !isWorkday(run)) return null;
  const limits = { ...options, surprise: options.addedSurprise };
  if (!isUnlikely(view, added, added.probability, limits)) return null;
  return { measure: 'added', reading: added, observed: run.added, factor };
}

/** Share of its data that a full backup stores at least. */
const FULL_SHARE = 0.2;

/**
 * Stores much of its data anew at a weekend or on the first of a month, while size and deduplication are as usual: what
 * a weekly or monthly full backup looks like, the first of which nothing announces.
 */
function isFullBackup(run: RecentRun): boolean {
  const { added, logical, readings } = run;
  const fallen = (readings?.dedup?.z ?? 0) <= -3;
  return !isWorkday(run) && !fallen && logical !== null && (added ?? 0) >= FULL_SHARE * logical;
}
