import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import { sayDuration, sayInstant, sayTimes } from '../job/phrases.ts';
import type { Due } from '../job/job-state.ts';
import type { JobView } from '../job/job-view.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  highFromIntervalSeconds: z
    .number()
    .positive()
    .default(6 * 3_600)
    .describe('s; one missed run of a job this rare, or rarer, costs most of a day: high at once'),
});

/** A due time passed and no run started, while someone was watching. Clears when a run starts. */
export const missedRun: Detector<typeof settings> = {
  kind: 'missed-run',
  settings,
  looks: 'time',
  scopes: ['whole'],
  detect(view, { highFromIntervalSeconds }) {
    if (view.job.pausedSince !== null) return clear('the policy is paused');
    const missed = missedInARow(view);
    const newest = missed.at(-1);
    const oldest = missed[0];
    if (!newest || !oldest) return clear('a run has started since');
    const interval = view.cadence?.intervalSeconds ?? 0;
    const severe = interval >= highFromIntervalSeconds || missed.length >= 3;
    const overdue = (view.now - oldest.at) / SECOND_MS;
    const before = view.runs.at(-1);
    return seen({
      severity: severe ? 'high' : 'medium',
      observed: {
        value: missed.length,
        unit: '1',
        text: `no run since ${before ? sayInstant(before.start) : 'watching began'}`,
      },
      expected: {
        value: new Date(oldest.at).toISOString(),
        unit: 'time',
        text: `a run due ${sayInstant(oldest.at)}, seen at the latest ${sayDuration((oldest.deadline - oldest.at) / SECOND_MS)} later`,
      },
      cause: null,
      evidence: [
        ...(view.job.policyId === null
          ? []
          : missed.slice(-5).map((due) =>
              runEvidence(view, 'due, not run', new Date(due.at).toISOString(), 'time', {
                table: 'expected_runs',
                rowId: `${view.job.jobId}/${new Date(due.at).toISOString()}`,
                at: due.at,
              }),
            )),
        ...(before
          ? [
              runEvidence(view, 'last run started', new Date(before.start).toISOString(), 'time', {
                table: before.table,
                rowId: before.id,
                at: before.start,
              }),
            ]
          : []),
      ],
      sentence:
        missed.length === 1
          ? `The backup of ${subjectOf(view)} due ${sayInstant(oldest.at)} has not started; ${usualStart(view)}, and it is more than ${sayDuration(overdue)} late.`
          : `The backup of ${subjectOf(view)} has missed at least ${sayTimes(missed.length, 'run')} in a row, the first due ${sayInstant(oldest.at)}.`,
      nextStep:
        'Check that the backup controller runs and can schedule pods, and that the policy’s trigger is what you expect; start a run by hand to see what stops it.',
    });
  },
};

const isMissed = ({ state, blocked }: Due): boolean => state === 'missed' && !blocked;

/** The newest decided due times, as far back as all were missed with nothing running in their way. */
function missedInARow(view: JobView) {
  if (view.running !== null) return [];
  const isDecided = ({ at, state }: Due): boolean => at <= view.now && state !== 'waiting';
  const newest = view.dues.findLast(isDecided);
  if (newest === undefined || !isMissed(newest)) return [];
  const decided = view.dues.filter(isDecided);
  const lastStart = view.runs.at(-1)?.start ?? 0;
  const from = decided.findLastIndex((due) => !isMissed(due)) + 1;
  return decided.slice(from).filter((due) => due.deadline > lastStart && due.runId === null);
}

function usualStart(view: JobView): string {
  const delays = view.runs.flatMap((run) => (run.delay === null ? [] : [run.delay]));
  return delays.length === 0
    ? 'no run of this schedule has been seen yet'
    : `it usually starts within ${sayDuration(Math.max(1, ...delays))}`;
}
