import { z } from 'zod';
import { binomialTail } from '../../statistics/tails.ts';
import { outcomes } from '../job/baseline.ts';
import type { OutcomeCounts } from '../job/outcomes.ts';
import { sayTimes } from '../job/phrases.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';
import { runRow } from './unusual.ts';

const settings = z.object({
  leastOnsets: z
    .number()
    .int()
    .min(2)
    .default(3)
    .describe('1; a job that failed anew less often among its last 14 runs had accidents'),
  surprise: z
    .number()
    .gt(0)
    .max(0.05)
    .default(1e-3)
    .describe(
      '1; chance gives so many new failures on fewer days, by how often this job fails anew',
    ),
});

/** What is assumed of a job that has not run yet: one run in fifty after a success fails. */
const DAY_SECONDS = 86_400;
const PRIOR = { onsets: 0.2, chances: 10 };

/** Runs that fail, succeed and fail again: each success hides the trouble from rules that look for streaks. */
export const flapping: Detector<typeof settings> = {
  kind: 'flapping',
  settings,
  looks: 'ends',
  scopes: ['whole', 'volume'],
  detect(view, { leastOnsets, surprise }) {
    const recent = outcomes.recent(view.baseline);
    const stays = view.open.has('flapping') && recent.onsets >= 2;
    if (!stays && recent.onsets < leastOnsets) return clear('runs end alike again');
    const last = view.ended.findLast(
      (run) => run.outcome === 'failed' || run.outcome === 'partial',
    );
    if (!last) return clear('runs end alike again');
    const before = outcomes.before(view.baseline);
    const chance = chanceOf(recent, before);
    const runsADay = DAY_SECONDS / (view.cadence?.intervalSeconds ?? DAY_SECONDS);
    if (!stays && chance * Math.max(1, runsADay) > surprise)
      return clear('no more often than this job always did');
    return seen({
      severity: 'medium',
      observed: {
        value: recent.onsets,
        unit: '1',
        text: `failed anew ${sayTimes(recent.onsets, 'time')} among the last ${recent.runs} runs`,
      },
      expected: {
        value: before.onsets,
        unit: '1',
        text: `before, ${sayTimes(before.onsets, 'time')} among ${before.runs} runs`,
      },
      cause: last.cause,
      evidence: [
        runEvidence(view, 'outcome', last.outcome, 'text', runRow(last)),
        ...(last.text === null ? [] : [runEvidence(view, 'log', last.text, 'text', runRow(last))]),
      ],
      sentence: `The backup of ${subjectOf(view)} fails and recovers by turns: ${recent.failures} of the last ${recent.runs} runs failed, anew ${sayTimes(recent.onsets, 'time')}; before, ${before.failures} of ${sayTimes(before.runs, 'run')} did.`,
      nextStep:
        'Compare the failed runs with the good ones: the node, the hour and what else ran then; a limit that is hit only sometimes (memory, time, connections) looks like this.',
      probability: chance,
    });
  },
};

function chanceOf(recent: OutcomeCounts, before: OutcomeCounts): number {
  const usual = (before.onsets + PRIOR.onsets) / (before.chances + PRIOR.chances);
  return binomialTail(recent.onsets, recent.chances, usual);
}
