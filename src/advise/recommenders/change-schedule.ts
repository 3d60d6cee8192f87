import type { FindingDraft, RecommendationDraft } from '../../domain/judgement.ts';
import { adviceFingerprint, fullName, policySubject } from '../advice-input.ts';
import type { AdviceInput, AdvisedPolicy } from '../advice-input.ts';
import { everyAtLeast, everyAtMost } from '../cron-text.ts';
import { rpoEffect } from '../effects.ts';

/** Runs that do not fit their interval want a longer one; an objective that the interval cannot meet, a shorter one. */
export function changeSchedule(input: AdviceInput): RecommendationDraft[] {
  return input.policies.flatMap((policy) => {
    const { fact, intervalSeconds } = policy;
    if (fact.paused || intervalSeconds === null || fact.schedule.type !== 'cron') return [];
    const overruns = input.findings.filter(
      (one) => one.kind === 'overrun' && one.subject.policyId === fact.policyId,
    );
    if (overruns.length > 0)
      return lengthen(input, policy, intervalSeconds, fact.schedule.expression, overruns);
    return shorten(input, policy, intervalSeconds, fact.schedule.expression);
  });
}

function lengthen(
  input: AdviceInput,
  policy: AdvisedPolicy,
  interval: number,
  expression: string,
  overruns: FindingDraft[],
): RecommendationDraft[] {
  const longer = everyAtLeast(expression, 2 * interval);
  if (longer === null) return [];
  const wanted = tightestObjective(input, policy);
  // Where an objective forbids it, the runs must become shorter instead, and that is no change of a schedule.
  if (wanted !== null && 2 * interval > wanted) return [];
  return [
    {
      ...frame(input, policy, expression, longer),
      title: `Back up ${fullName(policy.fact)} less often`,
      effects: [
        rpoEffect(2 * interval, 4 * interval),
        {
          measure: 'runs',
          text: 'about half the runs, each with time to end before the next',
          before: perWeek(interval),
          after: perWeek(2 * interval),
          unit: '1/week',
        },
      ],
      confidence: 0.7,
      reason: overruns[0]!.sentence,
      findingFingerprints: overruns.map((one) => one.fingerprint),
    },
  ];
}

function shorten(
  input: AdviceInput,
  policy: AdvisedPolicy,
  interval: number,
  expression: string,
): RecommendationDraft[] {
  const wanted = tightestObjective(input, policy);
  if (wanted === null || interval <= wanted) return [];
  // Two runs within the target: one may fail and the target still holds.
  const shorter = everyAtMost(expression, wanted / 2) ?? everyAtMost(expression, wanted);
  if (shorter === null) return [];
  const after = Math.min(wanted, interval);
  return [
    {
      ...frame(input, policy, expression, shorter),
      title: `Back up ${fullName(policy.fact)} more often`,
      effects: [rpoEffect(2 * interval, after)],
      confidence: 0.8,
      reason: `The objective allows ${Math.round(wanted / 3_600)} h, and the schedule leaves ${Math.round(interval / 3_600)} h between two runs.`,
      findingFingerprints: input.findings
        .filter((one) => one.kind === 'rpo-breach' && one.subject.policyId === policy.fact.policyId)
        .map((one) => one.fingerprint),
    },
  ];
}

function frame(input: AdviceInput, { fact }: AdvisedPolicy, from: string, to: string) {
  return {
    fingerprint: adviceFingerprint(input.clusterId, 'change-schedule', fact.policyId),
    kind: 'change-schedule' as const,
    subject: policySubject(fact),
    current: `schedule "${from}"`,
    proposed: `schedule "${to}"`,
  };
}

function tightestObjective(input: AdviceInput, policy: AdvisedPolicy): number | null {
  const taken = new Set(policy.resourceIds);
  const wanted = input.claims
    .filter((claim) => taken.has(claim.resourceId))
    .map((claim) => claim.rpoSeconds)
    .filter((seconds) => seconds !== null);
  return wanted.length === 0 ? null : Math.min(...wanted);
}

const perWeek = (interval: number) => Math.round((7 * 86_400) / interval);
