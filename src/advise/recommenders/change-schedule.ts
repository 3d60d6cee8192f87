import type { Schedule } from '../../domain/facts.ts';
import type { FindingDraft, RecommendationDraft } from '../../domain/judgement.ts';
import { adviceFingerprint, fullName, policySubject } from '../advice-input.ts';
import type { AdviceInput, AdvisedPolicy } from '../advice-input.ts';
import { everyAtLeast, everyAtMost } from '../cron-text.ts';
import { rpoEffect } from '../effects.ts';

/** Runs that do not fit their interval want a longer one; an objective that the interval cannot meet, a shorter one. */
export function changeSchedule(input: AdviceInput): RecommendationDraft[] {
  const grounds = groundsOf(input);
  return input.policies.flatMap((policy) => {
    const { fact, intervalSeconds } = policy;
    if (fact.paused || intervalSeconds === null || fact.schedule.type !== 'cron') return [];
    const { schedule } = fact;
    const overruns = grounds.overruns.get(fact.policyId) ?? [];
    if (overruns.length > 0) return lengthen(grounds, policy, intervalSeconds, schedule, overruns);
    return shorten(grounds, policy, intervalSeconds, schedule);
  });
}

type CronSchedule = Extract<Schedule, { type: 'cron' }>;

/** What a change of schedule rests on, looked up by policy and claim. */
interface Grounds {
  clusterId: string;
  overruns: ReadonlyMap<string | null, FindingDraft[]>;
  breaches: ReadonlyMap<string | null, FindingDraft[]>;
  /** Seconds that objectives ask for, by claim. */
  objectives: ReadonlyMap<string, number>;
}

function groundsOf({ clusterId, findings, claims }: AdviceInput): Grounds {
  const byPolicy = (kind: FindingDraft['kind']) =>
    Map.groupBy(
      findings.filter((one) => one.kind === kind),
      ({ subject }) => subject.policyId,
    );
  const objectives = new Map<string, number>();
  for (const { resourceId, rpoSeconds } of claims)
    if (rpoSeconds !== null) objectives.set(resourceId, rpoSeconds);
  return {
    clusterId,
    overruns: byPolicy('overrun'),
    breaches: byPolicy('rpo-breach'),
    objectives,
  };
}

function lengthen(
  grounds: Grounds,
  policy: AdvisedPolicy,
  interval: number,
  { expression, dialect }: CronSchedule,
  overruns: FindingDraft[],
): RecommendationDraft[] {
  const longer = everyAtLeast(expression, 2 * interval, dialect);
  if (longer === null) return [];
  const wanted = tightestObjective(grounds, policy);
  // Where an objective forbids it, the runs must become shorter instead, and that is no change of a schedule.
  if (wanted !== null && 2 * interval > wanted) return [];
  return [
    {
      ...frame(grounds, policy, expression, longer),
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
  grounds: Grounds,
  policy: AdvisedPolicy,
  interval: number,
  { expression, dialect }: CronSchedule,
): RecommendationDraft[] {
  const wanted = tightestObjective(grounds, policy);
  if (wanted === null || interval <= wanted) return [];
  // Two runs within the target: one may fail and the target still holds.
  const shorter =
    everyAtMost(expression, wanted / 2, dialect) ?? everyAtMost(expression, wanted, dialect);
  if (shorter === null) return [];
  const after = Math.min(wanted, interval);
  return [
    {
      ...frame(grounds, policy, expression, shorter),
      title: `Back up ${fullName(policy.fact)} more often`,
      effects: [rpoEffect(2 * interval, after)],
      confidence: 0.8,
      reason: `The objective allows ${Math.round(wanted / 3_600)} h, and the schedule leaves ${Math.round(interval / 3_600)} h between two runs.`,
      findingFingerprints: (grounds.breaches.get(policy.fact.policyId) ?? []).map(
        (one) => one.fingerprint,
      ),
    },
  ];
}

function frame(grounds: Grounds, { fact }: AdvisedPolicy, from: string, to: string) {
  return {
    fingerprint: adviceFingerprint(grounds.clusterId, 'change-schedule', fact.policyId),
    kind: 'change-schedule' as const,
    subject: policySubject(fact),
    current: `schedule "${from}"`,
    proposed: `schedule "${to}"`,
  };
}

function tightestObjective({ objectives }: Grounds, policy: AdvisedPolicy): number | null {
  if (objectives.size === 0) return null;
  const wanted = policy.resourceIds.flatMap((resourceId) => objectives.get(resourceId) ?? []);
  return wanted.length === 0 ? null : Math.min(...wanted);
}

const perWeek = (interval: number) => Math.round((7 * 86_400) / interval);
