import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import { quantile } from '../../statistics/robust.ts';
import { nextStepFor } from '../causes.ts';
import { sayDuration } from '../job/phrases.ts';
import { clear, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { failureEvidence } from './failure-words.ts';

const settings = z.object({
  holdSeconds: z
    .number()
    .nonnegative()
    .default(1_800)
    .describe(
      's; restic calls a lock stale after 30 min: a younger one may be a backup that overlaps',
    ),
  staleFactor: z
    .number()
    .positive()
    .default(3)
    .describe('1; a lock this many times older than the 95 % longest run has no living owner'),
});

/** FM-01: attempts fail on a lock that nobody releases. */
export const repositoryLocked: Detector<typeof settings> = {
  kind: 'repository-locked',
  settings,
  looks: 'time',
  scopes: ['whole'],
  detect(view, { holdSeconds, staleFactor }) {
    const { failing } = view;
    if (failing?.last.cause?.code !== 'FM-01') return clear('the lock is gone');
    const durations = view.ended.flatMap((run) =>
      run.outcome === 'success' && run.seconds !== null ? [run.seconds] : [],
    );
    const usual = durations.length === 0 ? 0 : quantile(durations, 0.95);
    const limit = Math.max(holdSeconds, staleFactor * usual);
    const { at, lockSeconds } = failing.last;
    const lockedAt = Math.min(failing.since, at - (lockSeconds ?? 0) * SECOND_MS);
    const age = (view.now - lockedAt) / SECOND_MS;
    if (age < holdSeconds) return clear('the lock is young', lockedAt + holdSeconds * SECOND_MS);
    const stale = age >= limit;
    return seen(
      {
        severity: stale ? 'high' : 'medium',
        observed: { value: Math.round(age), unit: 's', text: `locked for ${sayDuration(age)}` },
        expected: {
          value: Math.round(limit),
          unit: 's',
          text: `a lock lasts no longer than a run, here ${sayDuration(limit)} at most`,
        },
        cause: failing.last.cause,
        evidence: failureEvidence(view, failing),
        sentence: `The backup of ${subjectOf(view)} fails because its repository has been locked for at least ${sayDuration(age)}${stale ? ', longer than any run of it takes: the lock’s owner is probably dead' : ''}.`,
        nextStep: nextStepFor('FM-01', view.job.engine) ?? '',
      },
      stale ? null : lockedAt + limit * SECOND_MS,
    );
  },
};
