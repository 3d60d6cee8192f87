import { z } from 'zod';
import type { Reading } from '../../statistics/channel.ts';
import { combineDependent } from '../../statistics/evidence.ts';
import { figureOf } from '../job/baseline.ts';
import type { RecentRun } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { sayBytes, sayInstant } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { causeOfEmptiness } from './empty-run.ts';
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
  leastLoss: z
    .number()
    .min(0)
    .max(1)
    .default(0.4)
    .describe('1; a loss of less is within what people delete'),
  youngLoss: z.number().min(0).max(1).default(0.65).describe('1; … with fewer than ten runs'),
  criticalShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe(
      '1; a loss of this share of the data is critical: retention will delete the good copies',
    ),
  surprise: surpriseOf(5e-5),
  youngSurprise,
});
type Settings = z.output<typeof settings>;

const MEASURES = ['logical', 'files'] as const;

/** FM-04: a run that succeeds with far less data, or far fewer files, than this job always had. */
export const sizeDrop: Detector<typeof settings> = {
  kind: 'size-drop',
  settings,
  looks: 'ends',
  scopes: ['whole', 'volume'],
  detect(view, options) {
    const last = lastSuccess(view);
    if (!last?.readings) return clear('the size is not known');
    const loss = worstLoss(view, last, options);
    if (!loss) return clear('the size is usual again');
    if (last.adopted.includes(loss.measure)) return clear('the size has held as the new level');
    const { reading, share, observed, measure, probability } = loss;
    const cause = causeOfEmptiness(view, last);
    const anew = cause.code === 'FM-05';
    const before = view.ended.findLast((run) => run.outcome === 'success' && !run.oddSize);
    const usual = figureOf(measure, reading.expected);
    const say = measure === 'logical' ? sayBytes : sayFiles;
    const unit = measure === 'logical' ? 'B' : '1';
    return seen({
      severity: anew || share >= options.criticalShare ? 'critical' : 'high',
      observed: { value: observed, unit, text: say(observed) },
      expected: {
        value: Math.round(usual),
        unit,
        text: `about ${say(usual)}, from ${sayBasis(view, reading)}`,
      },
      cause: anew ? cause : null,
      evidence: [
        runEvidence(view, 'size', observed, unit, runRow(last)),
        ...(before
          ? [runEvidence(view, 'size before', before[measure], unit, runRow(before))]
          : []),
        chanceEvidence(view, last, probability),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} held ${say(observed)}, ${Math.round(share * 100)} % less than the usual ${say(usual)} (${sayBasis(view, reading)}).`,
      nextStep:
        'Check whether the data was deleted on purpose; if not, stop retention before it removes the last full copy, and compare with the restore point before this run.',
      probability,
    });
  },
};

interface Loss {
  measure: (typeof MEASURES)[number];
  reading: Reading;
  observed: number;
  share: number;
  /** Of both measures together. */
  probability: number;
}

function worstLoss(view: JobView, run: RecentRun, options: Settings): Loss | null {
  if (!MEASURES.some((measure) => (run.readings?.[measure]?.distance ?? 0) < 0)) return null;
  const losses = MEASURES.flatMap((measure) => lossOf(run, measure) ?? []);
  const least = Math.min(options.leastLoss, options.youngLoss);
  if (!losses.some(({ reading, share }) => reading.distance < 0 && share >= least)) return null;
  const probability = combineDependent(
    losses.map(({ reading }) => (reading.distance < 0 ? reading.probability : 1)),
  );
  const grave = losses
    .filter(
      ({ reading, share }) =>
        reading.distance < 0 &&
        share >= (isYoung(reading) ? options.youngLoss : options.leastLoss) &&
        isUnlikely(view, reading, probability, options),
    )
    .sort((a, b) => b.share - a.share);
  return grave[0] ? { ...grave[0], probability } : null;
}

function lossOf(run: RecentRun, measure: Loss['measure']): Omit<Loss, 'probability'> | null {
  const reading = run.readings?.[measure];
  const observed = run[measure];
  if (!reading || observed === null) return null;
  const usual = figureOf(measure, reading.expected);
  return usual <= 0 ? null : { measure, reading, observed, share: 1 - observed / usual };
}

function sayFiles(count: number): string {
  return `${Math.round(count)} files`;
}
