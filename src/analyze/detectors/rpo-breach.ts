import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import { nextDue } from '../schedules/due-times.ts';
import { longestUsual } from '../job/baseline.ts';
import { sayDuration, sayInstant } from '../job/phrases.ts';
import type { JobView } from '../job/job-view.ts';
import { calendarOf } from '../job/score-run.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  derivedIntervals: z
    .number()
    .positive()
    .default(2)
    .describe('intervals; without an objective a copy may be this old'),
  criticalFactor: z
    .number()
    .min(1)
    .default(3)
    .describe('1; a copy this many times older than its target is critical'),
});

/**
 * The newest copy is older than its target. Without an objective the target is twice the interval. Runs that are due or
 * under way put off the telling; what has been told ends with a newer copy or another target only.
 */
export const rpoBreach: Detector<typeof settings> = {
  kind: 'rpo-breach',
  settings,
  looks: 'time',
  scopes: ['whole'],
  detect(view, { derivedIntervals, criticalFactor }) {
    if (!view.lastGood) return clear('no run has succeeded yet');
    const { at, runId } = view.lastGood;
    const target = targetOf(view, derivedIntervals);
    if (!target) return clear(whyNoTarget(view));
    const tooOldAt = at + target.seconds * SECOND_MS;
    const notBefore = target.set ? tooOldAt : patience(view, at, tooOldAt);
    const breachAt = notBefore === null ? null : Math.max(tooOldAt, notBefore);
    if (view.now < tooOldAt) return clear('the newest copy is within the target', breachAt);
    if (breachAt === null || view.now < breachAt)
      return clear('the next due runs may still bring a copy', breachAt);
    const age = (view.now - at) / SECOND_MS;
    const criticalAt = at + Math.max(target.seconds * criticalFactor, 86_400) * SECOND_MS;
    return seen(
      {
        severity: view.now >= criticalAt ? 'critical' : 'high',
        observed: { value: Math.round(age), unit: 's', text: `more than ${sayDuration(age)} old` },
        expected: {
          value: target.seconds,
          unit: 's',
          text: `at most ${sayDuration(target.seconds)} (${target.source})`,
        },
        cause: view.failing?.last.cause ?? null,
        evidence: [
          runEvidence(view, 'newest copy', new Date(at).toISOString(), 'time', {
            table: runId === null ? 'policies' : 'runs',
            rowId: runId ?? view.job.policyId ?? view.job.jobId,
            at,
          }),
        ],
        sentence: `The newest copy of ${subjectOf(view)} is from ${sayInstant(at)}, more than ${sayDuration(age)} old; the target is ${sayDuration(target.seconds)}${view.job.rpoSeconds === null ? ', twice the interval of its schedule' : ''}.`,
        nextStep:
          'Start a backup now; then see what keeps the scheduled ones from succeeding, or set an objective that fits if this age is acceptable.',
      },
      criticalAt > view.now ? criticalAt : null,
    );
  },
};

function targetOf({ job, cadence }: JobView, derivedIntervals: number) {
  if (job.rpoSeconds !== null)
    return { seconds: job.rpoSeconds, set: true, source: 'set by an objective' };
  if (!cadence || job.pausedSince !== null) return null;
  return {
    seconds: cadence.intervalSeconds * derivedIntervals,
    set: false,
    source: `${derivedIntervals} × the schedule’s interval`,
  };
}

function whyNoTarget({ job }: JobView): string {
  return job.pausedSince === null
    ? 'there is no target to compare with'
    : 'the policy is paused, and no objective is set';
}

/**
 * A derived target is not broken while the run that would meet it is merely due: it waits for the second due time after
 * the newest copy and the grace, so weekends of a working-day schedule count for nothing. A run under way that is not
 * slow yet may still bring the copy; what has been told does not wait for it. Null: not even due yet.
 */
function patience(view: JobView, after: number, tooOldAt: number): number | null {
  const told = view.open.get('rpo-breach');
  if (told !== undefined && told >= tooOldAt) return tooOldAt;
  const deadline = secondDeadline(view, after);
  if (deadline === null || view.running === null || told !== undefined) return deadline;
  const usual = Math.max(view.grace(), longestUsual(view.baseline, calendarOf(view.running)));
  return Math.max(deadline, view.running.start + usual * SECOND_MS);
}

/** When the second run due after an instant would have counted as missed; null: it is not due yet. */
function secondDeadline(view: JobView, after: number): number | null {
  const { dues, job, now } = view;
  const known = dues.findLastIndex((due) => due.at <= after) + 1;
  if (known > 0) return dues[known + 1]?.deadline ?? null;
  // The due times remembered start later than the copy.
  const first = nextDue(job.schedule, new Date(after));
  const second = first && nextDue(job.schedule, first);
  if (!second || second.getTime() > now) return null;
  return second.getTime() + view.grace() * SECOND_MS;
}
