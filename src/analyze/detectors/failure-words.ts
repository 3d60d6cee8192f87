import type { Evidence } from '../../domain/judgement.ts';
import { nextStepFor } from '../causes.ts';
import type { Failing, JobView } from '../job/job-view.ts';
import { runEvidence } from './detector.ts';

export function failureEvidence(view: JobView, failing: Failing): Evidence[] {
  const { last } = failing;
  const row = { table: last.table, rowId: last.rowId, at: last.at };
  const evidence = [runEvidence(view, 'outcome', last.outcome, 'text', row)];
  if (last.text !== null) evidence.push(runEvidence(view, 'log', last.text, 'text', row));
  if (view.lastGood?.runId) {
    const { runId, at } = view.lastGood;
    const good = { table: 'runs', rowId: runId, at };
    evidence.push(runEvidence(view, 'last good run', new Date(at).toISOString(), 'time', good));
  }
  return evidence;
}

/** `: wrong password or no key found`, or nothing when the engine gave no words. */
export function because(failing: Failing): string {
  const { cause, text } = failing.last;
  if (cause) return `: ${cause.title.replace(/^[A-Z](?![A-Z])/, (first) => first.toLowerCase())}`;
  return text === null ? '' : `: ${text.slice(0, 120)}`;
}

export function failureNextStep(failing: Failing): string {
  const known = failing.last.cause && nextStepFor(failing.last.cause.code);
  return (
    known ??
    'Read the mover’s full log and the events of its pod; the last lines are in the evidence.'
  );
}
