import { z } from 'zod';
import { sayDuration, sayInstant, sayTimes } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  mediumFactor: z
    .number()
    .min(1)
    .default(10)
    .describe('1; a run this many times slower is medium, less is low'),
});

/** A run far slower or far faster than this job for this much data (scored in job/score-run.ts). */
export const durationAnomaly: Detector<typeof settings> = {
  kind: 'duration-anomaly',
  settings,
  scopes: ['whole'],
  detect(view, { mediumFactor }) {
    const last = view.ended.findLast((run) => run.outcome === 'success');
    if (!last?.oddSpeed) return clear('the duration is usual again, or has held as the new level');
    const { speed, seconds } = last;
    if (!speed || seconds === null) return clear('the run needed several attempts');
    const slow = speed.distance > 0;
    const factor = slow
      ? seconds / Math.max(1, speed.expected)
      : speed.expected / Math.max(1, seconds);
    return seen({
      severity: !slow || factor >= mediumFactor ? 'medium' : 'low',
      observed: { value: seconds, unit: 's', text: sayDuration(seconds) },
      expected: {
        value: speed.expected,
        unit: 's',
        text: `about ${sayDuration(speed.expected)}, from ${sayTimes(speed.basis, 'run')}`,
      },
      cause: null,
      evidence: [
        runEvidence(view, 'duration', seconds, 's', {
          table: last.table,
          rowId: last.id,
          at: last.end,
        }),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} took ${sayDuration(seconds)}, ${factor.toFixed(1)} times ${slow ? 'longer' : 'shorter'} than the usual ${sayDuration(speed.expected)} for this much data.`,
      nextStep: slow
        ? 'Compare with other backups of that hour: a busy node, throttled storage or a target that answers slowly shows there; look for retries in the mover’s log.'
        : 'Check that the run read all it should: a mount that is gone, new exclude rules or an aborted upload end early.',
    });
  },
};
