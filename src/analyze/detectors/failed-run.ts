import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import { nextDue } from '../schedules/due-times.ts';
import { sayInstant } from '../job/phrases.ts';
import type { Failing, JobView } from '../job/job-view.ts';
import { clear, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { because, failureEvidence, failureNextStep } from './failure-words.ts';

const settings = z.object({
  longestHoldSeconds: z
    .number()
    .nonnegative()
    .default(2 * 3_600)
    .describe('s; a failure with a known cause that a retry repairs within it stays quiet'),
  rareFromIntervalSeconds: z
    .number()
    .positive()
    .default(6 * 3_600)
    .describe(
      's; a run this rare that ends as failed with a known cause is told at once, since no retry is near',
    ),
  patienceSeconds: z
    .number()
    .nonnegative()
    .default(36 * 3_600)
    .describe(
      's; a failure without a known cause, or of the network, waits for the next run of a job no rarer than this',
    ),
});

/** How long a failure must last before it is told: a frequent job's next run, or a retry under way, may repair it. */
export function failureHoldSeconds(
  view: JobView,
  failing: Failing,
  { longestHoldSeconds, rareFromIntervalSeconds, patienceSeconds }: z.output<typeof settings>,
): number {
  const interval = view.cadence?.intervalSeconds ?? null;
  if (mayPass(failing) && interval !== null && interval <= patienceSeconds) {
    const next = nextDue(view.job.schedule, new Date(failing.since))?.getTime() ?? failing.since;
    return Math.max(interval, (next - failing.since) / SECOND_MS) + view.grace();
  }
  const rare = interval === null || interval >= rareFromIntervalSeconds;
  if (rare && !failing.retrying) return 0;
  if (interval === null) return longestHoldSeconds / 2;
  return Math.min(interval + view.grace(), longestHoldSeconds);
}

/** One failure says little as long as nothing says why it must come again. */
function mayPass({ last: { cause }, retrying }: Failing): boolean {
  return !retrying && (cause === null || cause.code === 'network');
}

/** The last run, or the last attempt of the run under way, failed and nothing has repaired it since. */
export const failedRun: Detector<typeof settings> = {
  kind: 'failed-run',
  settings,
  looks: 'time',
  scopes: ['whole', 'volume'],
  detect(view, options) {
    const { failing } = view;
    if (!failing) return clear('a run has succeeded since');
    if (view.job.scope === 'whole' && failing.last.cause?.code === 'FM-01') {
      return clear('repository-locked tells of locks');
    }
    const toldAt = failing.since + failureHoldSeconds(view, failing, options) * SECOND_MS;
    if (view.now < toldAt) return clear('a retry may repair it', toldAt);
    const settledAt = failing.since + options.longestHoldSeconds * SECOND_MS;
    const partly = failing.last.outcome === 'partial' ? 'partly failed' : 'failed';
    return seen(
      {
        severity: view.now >= settledAt ? 'medium' : 'low',
        observed: {
          value: failing.count,
          unit: '1',
          text: `${partly} at ${sayInstant(failing.last.at)}`,
        },
        expected: { value: 0, unit: '1', text: 'a run that succeeds' },
        cause: failing.last.cause,
        evidence: failureEvidence(view, failing),
        sentence: `The backup of ${subjectOf(view)} ${partly}${because(failing)}${lastGood(view)}.`,
        nextStep: failureNextStep(view, failing),
      },
      view.now < settledAt ? settledAt : null,
    );
  },
};

function lastGood(view: JobView): string {
  if (!view.lastGood) return '; no run has succeeded yet';
  return `; the newest copy is from ${sayInstant(view.lastGood.at)}`;
}
