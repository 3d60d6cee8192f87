import { fingerprintOf } from '../../domain/id.ts';
import type { FindingChange, FindingDraft } from '../../domain/judgement.ts';
import type { FindingKind } from '../../domain/words.ts';
import type { Sighting } from '../detectors/detector.ts';
import type { Opinion } from '../detectors/job-detectors.ts';
import type { JobFacts } from './job-facts.ts';
import type { JobState, OpenFinding } from './job-state.ts';

/** One cause, few findings: a kind stays silent while one of these is seen, which says more. */
const SPOKEN_FOR_BY: Partial<Record<FindingKind, readonly FindingKind[]>> = {
  'failure-streak': ['repository-locked', 'flapping'],
  flapping: ['repository-locked'],
  'failed-run': ['repository-locked', 'failure-streak', 'flapping', 'policy-error'],
  'missed-run': ['policy-error', 'stuck-run'],
  'stuck-run': ['policy-error'],
  'size-drop': ['empty-run'],
  'size-spike': ['added-surge'],
  'duration-anomaly': ['empty-run', 'size-drop', 'size-spike', 'added-surge', 'overrun'],
  'duration-creep': ['overrun'],
};
/** An open finding is told again when its count has doubled or its severity changed; ages grow by themselves. */
const TELL_AGAIN_FACTOR = 2;

/** Compares what is seen at a tick with what is open, and gives each finding its life. */
export function settleFindings(
  state: JobState,
  job: JobFacts,
  opinions: readonly Opinion[],
  now: number,
): FindingChange[] {
  if (state.open.length === 0 && opinions.every(({ verdict }) => verdict.state === 'clear'))
    return [];
  const seenKinds = new Set<FindingKind>();
  for (const { kind, verdict } of opinions) if (verdict.state === 'seen') seenKinds.add(kind);
  // Rules that were not asked are still of the opinion they had.
  const asked = new Set(opinions.map(({ kind }) => kind));
  for (const { kind } of state.open) if (!asked.has(kind)) seenKinds.add(kind);
  const changes = unasked(state, opinions).map((open) =>
    resolve(state, open, now, 'the rule was removed'),
  );
  for (const { kind, rule, verdict } of opinions) {
    const speaker = SPOKEN_FOR_BY[kind]?.find((other) => seenKinds.has(other));
    const open = state.open.find((one) => one.kind === kind && one.rule === rule);
    if (verdict.state === 'seen' && !speaker) {
      const change = tell(state, job, open, { kind, rule }, verdict.sighting, now);
      if (change) changes.push(change);
    } else if (open) {
      const reason = speaker
        ? `${speaker} now says more about it`
        : verdict.state === 'clear'
          ? verdict.reason
          : '';
      changes.push(resolve(state, open, now, reason));
    }
  }
  return changes;
}

/** Findings of people's rules that are no more. */
function unasked(state: JobState, opinions: readonly Opinion[]): OpenFinding[] {
  const own = state.open.filter((open) => open.rule !== undefined);
  return own.filter((open) => !opinions.some(({ rule }) => rule === open.rule));
}

/** Ends every open finding, e.g. of a policy that is gone. */
export function resolveAll(state: JobState, now: number, reason: string): FindingChange[] {
  return [...state.open].map((open) => resolve(state, open, now, reason));
}

function resolve(state: JobState, open: OpenFinding, now: number, reason: string): FindingChange {
  state.open = state.open.filter((finding) => finding !== open);
  return { change: 'resolved', at: new Date(now), fingerprint: open.fingerprint, reason };
}

function tell(
  state: JobState,
  job: JobFacts,
  open: OpenFinding | undefined,
  { kind, rule }: { kind: FindingKind; rule: string | undefined },
  sighting: Sighting,
  now: number,
): FindingChange | null {
  const { value, unit } = sighting.observed;
  const figure = typeof value === 'number' && unit === '1' ? value : null;
  const { severity } = sighting;
  if (open) {
    const grown =
      figure !== null &&
      open.value !== null &&
      figure >= TELL_AGAIN_FACTOR * Math.max(1, open.value);
    if (!grown && open.severity === severity) return null;
    open.value = figure;
    open.severity = severity;
    const finding = draft(job, kind, sighting, open.fingerprint);
    return { change: 'refreshed', at: new Date(now), finding };
  }
  const fingerprint = fingerprintOf(job.clusterId, kind, job.jobId, sighting.cause?.code ?? '');
  state.open.push({ kind, rule, fingerprint, severity, value: figure, since: now });
  return { change: 'raised', at: new Date(now), finding: draft(job, kind, sighting, fingerprint) };
}

function draft(
  job: JobFacts,
  kind: FindingKind,
  sighting: Sighting,
  fingerprint: string,
): FindingDraft {
  const { policyId, resourceId, repositoryId, policy, resource, namespace } = job;
  return {
    fingerprint,
    kind,
    ...sighting,
    subject: { policyId, resourceId, repositoryId, policy, resource, namespace },
  };
}
