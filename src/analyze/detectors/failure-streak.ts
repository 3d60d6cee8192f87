import { z } from 'zod';
import { DAY_MS, SECOND_MS } from '../../domain/time.ts';
import { streakProbability } from '../../statistics/streak.ts';
import { sayInstant } from '../job/phrases.ts';
import type { JobView } from '../job/job-view.ts';
import { clear, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { because, failureEvidence, failureNextStep } from './failure-words.ts';

const settings = z.object({
  surprise: z
    .number()
    .min(0)
    .max(1)
    .default(2e-3)
    .describe('1; two failures in a row are a streak when chance gives them less often than this'),
  certainFrom: z
    .number()
    .int()
    .min(2)
    .default(3)
    .describe(
      'runs; this many in a row are a streak for any job that succeeds more often than not',
    ),
  leastSeconds: z
    .number()
    .nonnegative()
    .default(1_800)
    .describe('s; a burst of failures within less is one event'),
});

/** Runs fail one after the other, more often than this job's past explains. */
export const failureStreak: Detector<typeof settings> = {
  kind: 'failure-streak',
  settings,
  looks: 'time',
  scopes: ['whole', 'volume'],
  detect(view, { surprise, certainFrom, leastSeconds }) {
    const { failing } = view;
    if (!failing) return clear('a run has succeeded since');
    const chance = streakProbability(failing.count, failing.before);
    const streak =
      (failing.count >= 2 && chance < surprise) || (failing.count >= certainFrom && chance < 0.5);
    if (!streak) return clear('too few failures in a row');
    const ripeAt = failing.since + leastSeconds * SECOND_MS;
    if (view.now < ripeAt) return clear('too short a time', ripeAt);
    const { failures, successes } = failing.before;
    return seen(
      {
        severity: isLong(view) ? 'critical' : 'high',
        observed: { value: failing.count, unit: '1', text: `${failing.count} failures in a row` },
        expected: {
          value: failures,
          unit: '1',
          text: past(failures, failures + successes),
        },
        cause: failing.last.cause,
        evidence: failureEvidence(view, failing),
        sentence: `The backup of ${subjectOf(view)} has failed at least ${failing.count} times in a row, first ${sayInstant(failing.since)}${because(failing)}; ${past(failures, failures + successes)}.`,
        nextStep: failureNextStep(view, failing),
      },
      criticalAt(view),
    );
  },
};

function past(failures: number, runs: number): string {
  return runs === 0 ? 'no run was seen before' : `before, ${failures} of ${runs} runs failed`;
}

/** Critical once the newest copy is older than a week and six intervals. */
function criticalAt(view: JobView): number | null {
  if (!view.lastGood) return null;
  const interval = (view.cadence?.intervalSeconds ?? 0) * SECOND_MS;
  const at = view.lastGood.at + Math.max(7 * DAY_MS, 6 * interval);
  return at > view.now ? at : null;
}

function isLong(view: JobView): boolean {
  return view.lastGood !== null && criticalAt(view) === null;
}
