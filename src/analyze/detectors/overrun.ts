import { z } from 'zod';
import { quantile } from '../../statistics/robust.ts';
import type { RecentRun } from '../job/job-state.ts';
import { sayDuration, sayTimes } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  share: z
    .number()
    .positive()
    .default(0.8)
    .describe(
      '1; when the 95 % quantile takes more than this share of the interval, the next one collides',
    ),
  endShare: z
    .number()
    .positive()
    .default(0.65)
    .describe('1; … it is over below this share, lest a job near the limit be told daily'),
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
  // A run that leaves the memory when another starts may be the one that was short.
  looks: 'time',
  scopes: ['whole'],
  detect(view, { share: raisedFrom, endShare, leastRuns }) {
    const share = view.open.has('overrun') ? Math.min(endShare, raisedFrom) : raisedFrom;
    const interval = view.cadence?.intervalSeconds;
    if (interval === undefined) return clear('too few runs to tell');
    const runs = newestIn(view.ended);
    if (runs.length < leastRuns) return clear('too few runs to tell');
    if (runs.every(({ seconds }) => (seconds ?? 0) <= share * interval))
      return clear('runs fit into their interval');
    const durations = runs.map((run) => run.seconds ?? 0);
    const long = quantile(durations, 0.95);
    const typical = quantile(durations, 0.5);
    // One slow run in twenty is a slow run; half of the share for the typical one makes it a habit.
    if (long <= share * interval || typical <= (share * interval) / 2) {
      return clear('runs fit into their interval');
    }
    const [last] = runs;
    return seen({
      severity: 'medium',
      observed: {
        value: Math.round(long),
        unit: 's',
        text: `95 % take up to ${sayDuration(long)}`,
      },
      expected: {
        value: Math.round(raisedFrom * interval),
        unit: 's',
        text: `less than ${sayDuration(raisedFrom * interval)} of the ${sayDuration(interval)} between two runs`,
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
      sentence: `Backups of ${subjectOf(view)} take up to ${sayDuration(long)} (95 % of the last ${sayTimes(runs.length, 'run')}) and are due every ${sayDuration(interval)}: ${long > interval ? 'runs collide and slots are missed' : 'a slightly slower one runs into the next, whose slot is then missed'}.`,
      nextStep:
        'Make the interval longer, leave caches out, give the mover more resources, or split the claim.',
    });
  },
};

/** Successes that copied what had changed, the newest first. */
function newestIn(ended: readonly RecentRun[]): RecentRun[] {
  const runs: RecentRun[] = [];
  for (let i = ended.length - 1; i >= 0 && runs.length < WINDOW; i -= 1) {
    const run = ended[i]!;
    if (run.outcome === 'success' && !run.full && run.seconds !== null) runs.push(run);
  }
  return runs;
}
