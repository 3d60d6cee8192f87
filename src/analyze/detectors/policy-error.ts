import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import { causeOf, nextStepFor } from '../causes.ts';
import { sayInstant } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  holdSeconds: z
    .number()
    .nonnegative()
    .default(600)
    .describe('s; controllers complain for a moment while what they need is being created'),
});

/** The engine itself says that it cannot work with this policy. */
export const policyError: Detector<typeof settings> = {
  kind: 'policy-error',
  settings,
  looks: 'time',
  scopes: ['whole'],
  detect(view, { holdSeconds }) {
    const { problem } = view;
    if (!problem) return clear('the engine no longer complains');
    const toldAt = problem.since + holdSeconds * SECOND_MS;
    if (view.now < toldAt) return clear('it may pass', toldAt);
    const cause = causeOf(problem.text);
    const archive = cause?.code === 'FM-27';
    const since = sayInstant(problem.since);
    return seen({
      // Without the WAL since then not even a new base backup can be restored.
      severity: archive ? 'critical' : 'high',
      observed: { value: problem.text, unit: 'text', text: problem.text },
      expected: {
        value: null,
        unit: 'text',
        text: archive ? 'every WAL segment is archived' : 'a policy the engine accepts',
      },
      cause,
      evidence: [
        runEvidence(view, 'complaint', problem.text, 'text', {
          table: 'policies',
          rowId: view.job.policyId ?? view.job.jobId,
          at: problem.since,
        }),
      ],
      sentence: archive
        ? `The WAL archive of ${subjectOf(view)} has been broken since ${since}: nothing written after that can be restored. It says: ${problem.text}.`
        : `The engine has refused the backup policy of ${subjectOf(view)} since ${since}: ${problem.text}.`,
      nextStep:
        (cause && nextStepFor(cause.code, view.job.engine)) ??
        'Correct what the message names in the policy; no backup runs until then.',
    });
  },
};
