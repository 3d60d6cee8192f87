import { z } from 'zod';
import { quantile } from '../../statistics/robust.ts';
import { sayDuration, sayTimes } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  share: z
    .number()
    .positive()
    .default(0.8)
    .describe(
      '1; when 95 % of runs take more than this share of the interval, the next one collides',
    ),
  leastRuns: z
    .number()
    .int()
    .min(3)
    .default(5)
    .describe('runs; fewer say nothing about a 95 % quantile'),
});

const WINDOW = 20;

/** FM-12: runs take nearly as long as the time between them, so slots will be missed. */
export const overrun: Detector<typeof settings> = {
  kind: 'overrun',
  settings,
  looks: 'ends',
  scopes: ['whole'],
  detect(view, { share, leastRuns }) {
    const interval = view.cadence?.intervalSeconds;
    const runs = view.ended
      .filter((run) => run.outcome === 'success' && !run.full && run.seconds !== null)
      .slice(-WINDOW);
    if (interval === undefined || runs.length < leastRuns) return clear('too few runs to tell');
    const durations = runs.map((run) => run.seconds ?? 0);
    const fits = durations.every((seconds) => seconds <= share * interval);
    if (fits) return clear('runs fit into their interval');
    const long = quantile(durations, 0.95);
    const typical = quantile(durations, 0.5);
    // One slow run in twenty is a slow run; half of the share for the typical one makes it a habit.
    if (long <= share * interval || typical <= (share * interval) / 2) {
      return clear('runs fit into their interval');
    }
    const last = runs.at(-1);
    return seen({
      severity: 'medium',
      observed: {
        value: Math.round(long),
        unit: 's',
        text: `95 % take up to ${sayDuration(long)}`,
      },
      expected: {
        value: Math.round(share * interval),
        unit: 's',
        text: `less than ${sayDuration(share * interval)} of the ${sayDuration(interval)} between two runs`,
      },
      cause: {
        code: 'FM-12',
        title: 'Runs take as long as the interval',
        shownBy: `95 % quantile of ${runs.length} durations: ${Math.round(long)} s`,
      },
      evidence: last
        ? [
            runEvidence(view, 'duration', last.seconds, 's', {
              table: last.table,
              rowId: last.id,
              at: last.end,
            }),
          ]
        : [],
      sentence: `Backups of ${subjectOf(view)} take up to ${sayDuration(long)} (95 % of the last ${sayTimes(runs.length, 'run')}) and are due every ${sayDuration(interval)}, so runs collide and slots are missed.`,
      nextStep:
        'Make the interval longer, leave caches out, give the mover more resources, or split the claim.',
    });
  },
};
