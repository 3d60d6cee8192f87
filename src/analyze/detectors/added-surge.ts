import { z } from 'zod';
import { figureOf } from '../job/baseline.ts';
import { sayBytes, sayInstant } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { chanceEvidence, lastSuccess, LEAST_RUNS, runRow, sayBasis } from './unusual.ts';

const settings = z.object({
  addedZ: z
    .number()
    .positive()
    .default(1.5)
    .describe('spreads; newly stored data at least this far above usual'),
  dedupZ: z
    .number()
    .positive()
    .default(3)
    .describe('spreads; deduplication at least this far below usual'),
  togetherZ: z.number().positive().default(7).describe('spreads; both together'),
  leastFactor: z.number().gt(1).default(3).describe('1; newly stored data at least times this'),
  leastFall: z
    .number()
    .min(0)
    .max(1)
    .default(0.35)
    .describe('1; deduplication lost at least this share'),
});

/** Much new data that no longer deduplicates: two signs of files rewritten or encrypted in place. */
export const addedSurge: Detector<typeof settings> = {
  kind: 'added-surge',
  settings,
  looks: 'ends',
  scopes: ['whole', 'volume'],
  detect(view, options) {
    const last = lastSuccess(view);
    const { added, dedup } = last?.readings ?? {};
    if (!last || !added || !dedup || last.added === null || last.dedup === null)
      return clear('newly stored data or deduplication is not known');
    const factor = Math.exp(added.distance);
    const usualRatio = figureOf('dedup', dedup.expected);
    const both =
      Math.min(added.basis, dedup.basis) >= LEAST_RUNS &&
      added.z >= options.addedZ &&
      dedup.z <= -options.dedupZ &&
      added.z - dedup.z >= options.togetherZ &&
      factor >= options.leastFactor &&
      last.dedup <= usualRatio * (1 - options.leastFall);
    if (!both) return clear('new data deduplicates as usual');
    if (last.adopted.includes('added') || last.adopted.includes('dedup'))
      return clear('the change has held as the new level');
    const usual = figureOf('added', added.expected);
    // Each sign alone may have a harmless reason; the likelier of the two limits what chance explains.
    const probability = Math.max(added.probability, dedup.probability);
    return seen({
      severity: 'critical',
      observed: {
        value: last.added,
        unit: 'B',
        text: `${sayBytes(last.added)} newly stored, deduplication ${last.dedup.toFixed(1)}`,
      },
      expected: {
        value: Math.round(usual),
        unit: 'B',
        text: `about ${sayBytes(usual)} at ${usualRatio.toFixed(1)}, from ${sayBasis(view, added)}`,
      },
      cause: null,
      evidence: [
        runEvidence(view, 'newly stored', last.added, 'B', runRow(last)),
        runEvidence(view, 'deduplication', last.dedup, '1', runRow(last)),
        chanceEvidence(view, last, probability),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} newly stored ${sayBytes(last.added)}, ${factor.toFixed(0)} times the usual ${sayBytes(usual)}, while deduplication fell from ${usualRatio.toFixed(1)} to ${last.dedup.toFixed(1)}: typical of rewritten or encrypted data.`,
      nextStep:
        'Look at the files that changed before the next run: if they can no longer be read, isolate the workload, stop retention, and keep the restore point before this run.',
      probability,
    });
  },
};
