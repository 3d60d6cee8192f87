import type { Schedule } from '../../domain/facts.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import { adviceFingerprint, fullName, policySubject } from '../advice-input.ts';
import type { Advice, AdviceInput, AdvisedPolicy } from '../advice-input.ts';
import { everyAtLeast, everyAtMost, frequencies } from '../cron-text.ts';
import { intervalEffects, markPareto } from '../effects.ts';

/** Runs that do not fit their interval want a longer one; an objective that the interval cannot meet, a shorter one. */
export function changeSchedule(input: AdviceInput): Advice[] {
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
): Advice[] {
  const longer = everyAtLeast(expression, 2 * interval, dialect);
  if (longer === null) return [];
  const wanted = tightestObjective(grounds, policy);
  // Where an objective forbids it, the runs must become shorter instead, and that is no change of a schedule.
  if (wanted !== null && 2 * interval > wanted) return [];
  return [
    {
      ...frame(grounds, policy, expression, longer),
      title: `Back up ${fullName(policy.fact)} less often`,
      ...choices(
        policy,
        { expression, dialect },
        interval,
        longer,
        (seconds) => seconds >= 2 * interval && (wanted === null || seconds <= wanted),
        true,
      ),
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
): Advice[] {
  const wanted = tightestObjective(grounds, policy);
  if (wanted === null || interval <= wanted) return [];
  // Two runs within the target: one may fail and the target still holds.
  const shorter =
    everyAtMost(expression, wanted / 2, dialect) ?? everyAtMost(expression, wanted, dialect);
  if (shorter === null) return [];
  return [
    {
      ...frame(grounds, policy, expression, shorter),
      title: `Back up ${fullName(policy.fact)} more often`,
      ...choices(
        policy,
        { expression, dialect },
        interval,
        shorter,
        (seconds) => seconds <= wanted,
      ),
      confidence: 0.8,
      reason: `The objective allows ${Math.round(wanted / 3_600)} h, and the schedule leaves ${Math.round(interval / 3_600)} h between two runs.`,
      findingFingerprints: (grounds.breaches.get(policy.fact.policyId) ?? []).map(
        (one) => one.fingerprint,
      ),
    },
  ];
}

/** The effects of the schedule proposed, beside those of the other frequencies that would do. */
function choices(
  policy: AdvisedPolicy,
  { expression, dialect }: Pick<CronSchedule, 'expression' | 'dialect'>,
  interval: number,
  proposed: string,
  fits: (seconds: number) => boolean,
  collide = false,
) {
  const options = markPareto(
    frequencies(expression, dialect)
      .filter((one) => one.expression === proposed || fits(one.seconds))
      .map((one) => ({
        proposed: `schedule "${one.expression}"`,
        effects: intervalEffects(policy, interval, one.seconds, collide),
        chosen: one.expression === proposed,
      })),
  );
  const effects = options.find(({ chosen }) => chosen)?.effects ?? [];
  return { effects, options: options.length > 1 ? options : [] };
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
