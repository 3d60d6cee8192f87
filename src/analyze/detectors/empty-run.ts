import { z } from 'zod';
import type { Cause } from '../../domain/judgement.ts';
import type { RecentRun } from '../job/job-state.ts';
import { nextStepFor } from '../causes.ts';
import { sayBytes, sayInstant } from '../job/phrases.ts';
import type { JobView } from '../job/job-view.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({});

/** FM-04: the engine reports success, yet the run found nothing to save. Empty is not success. */
export const emptyRun: Detector<typeof settings> = {
  kind: 'empty-run',
  settings,
  looks: 'ends',
  scopes: ['whole', 'volume'],
  detect(view) {
    const last = view.ended.findLast((run) => run.outcome === 'success' || run.outcome === 'empty');
    if (last?.outcome !== 'empty') return clear('a run has saved data since');
    const full = view.ended.findLast((run) => run.outcome === 'success');
    // What the policy says of itself may be an empty run.
    const held = full !== undefined || (view.lastGood?.runId ?? null) !== null;
    const row = { table: last.table, rowId: last.id, at: last.end };
    return seen({
      severity: held ? 'critical' : 'medium',
      observed: { value: 0, unit: 'B', text: 'nothing was saved' },
      expected: {
        value: full?.logical ?? null,
        unit: 'B',
        text: usually(full),
      },
      cause: causeOfEmptiness(view, last),
      evidence: [
        runEvidence(view, 'outcome', 'empty', 'text', row),
        ...(last.text === null ? [] : [runEvidence(view, 'log', last.text, 'text', row)]),
        ...(full
          ? [
              runEvidence(view, 'size of the last run with data', full.logical, 'B', {
                table: full.table,
                rowId: full.id,
                at: full.end,
              }),
            ]
          : []),
      ],
      sentence: `The backup of ${subjectOf(view)} that ended ${sayInstant(last.end ?? last.start)} found nothing to save, though the engine calls it a success; ${held ? usually(full) : 'no run of it has saved anything yet'}.`,
      nextStep: nextStepFor('FM-04', view.job.engine) ?? '',
    });
  },
};

function usually(full: RecentRun | undefined): string {
  if (full?.logical) return `before, a run held ${sayBytes(full.logical)}`;
  if (full?.files) return `before, a run held ${full.files} files`;
  return full ? 'before, runs held data' : 'a run that saves data';
}

/** FM-05 when the claim was made anew since the last run with data, else FM-04. */
export function causeOfEmptiness(view: JobView, run: RecentRun): Cause {
  const created = view.job.claimCreatedAt?.getTime() ?? null;
  const full = view.ended.findLast((r) => r.outcome === 'success' && r.id !== run.id && !r.oddSize);
  if (created !== null && full && created > full.start && created <= view.now) {
    return {
      code: 'FM-05',
      title: 'The claim was created anew and holds no restored data',
      shownBy: `claim created ${new Date(created).toISOString()}, after the last full backup`,
    };
  }
  const shownBy = run.cause?.shownBy ?? 'the run saved no file and no byte';
  return { code: 'FM-04', title: 'The source is empty', shownBy };
}
