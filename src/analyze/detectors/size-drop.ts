import { z } from 'zod';
import { sayBytes, sayInstant, sayTimes } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { causeOfEmptiness } from './empty-run.ts';

const settings = z.object({
  criticalShare: z
    .number()
    .min(0)
    .max(1)
    .default(0.9)
    .describe(
      '1; a loss of this share of the data is critical: retention will delete the good copies',
    ),
});

/** FM-04: a run that succeeds with far less data than this job always had (scored in job/score-run.ts). */
export const sizeDrop: Detector<typeof settings> = {
  kind: 'size-drop',
  settings,
  scopes: ['whole', 'volume'],
  detect(view, { criticalShare }) {
    const last = view.ended.findLast((run) => run.outcome === 'success');
    if (!last?.oddSize) return clear('the size is usual again, or has held as the new level');
    const score = last.size;
    if (!score || last.logical === null) return clear('the size is not known');
    const share = 1 - last.logical / Math.max(1, score.expected);
    const cause = causeOfEmptiness(view, last);
    const anew = cause.code === 'FM-05';
    const before = view.ended.findLast((run) => run.outcome === 'success' && !run.oddSize);
    return seen({
      severity: anew || share >= criticalShare ? 'critical' : 'high',
      observed: { value: last.logical, unit: 'B', text: sayBytes(last.logical) },
      expected: {
        value: score.expected,
        unit: 'B',
        text: `about ${sayBytes(score.expected)}, from ${sayTimes(score.basis, 'run')}`,
      },
      cause: anew ? cause : null,
      evidence: [
        runEvidence(view, 'size', last.logical, 'B', {
          table: last.table,
          rowId: last.id,
          at: last.end,
        }),
        ...(before
          ? [
              runEvidence(view, 'size before', before.logical, 'B', {
                table: before.table,
                rowId: before.id,
                at: before.end,
              }),
            ]
          : []),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} held ${sayBytes(last.logical)}, ${Math.round(share * 100)} % less than the usual ${sayBytes(score.expected)} (${sayTimes(score.basis, 'run')}).`,
      nextStep:
        'Check whether the data was deleted on purpose; if not, stop retention before it removes the last full copy, and compare with the restore point before this run.',
    });
  },
};
