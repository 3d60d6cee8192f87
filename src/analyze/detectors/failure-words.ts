import { textFor, type EngineText } from '../../domain/engine-text.ts';
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

/** Where an engine tells more of a failure than its objects do. */
const READ_MORE: EngineText = {
  velero:
    'Read the backup’s log and results (`velero backup describe --details`, `velero backup logs`) and the node agent’s log.',
  longhorn: 'Read the Backup’s status.messages and the log of the longhorn-manager on its node.',
  cnpg: 'Read the log of the instance that was backed up (status.instanceID.podName) and the operator’s.',
  csi: 'Read the events of the VolumeSnapshot and the log of the CSI driver’s snapshotter.',
  cronjob: 'Read the log of the job’s pod and its events.',
  any: 'Read the mover’s full log and the events of its pod; the last lines are in the evidence.',
};

export function failureNextStep({ job }: JobView, failing: Failing): string {
  const known = failing.last.cause && nextStepFor(failing.last.cause.code, job.engine);
  return known ?? textFor(READ_MORE, job.engine);
}
