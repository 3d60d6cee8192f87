import { adviceFingerprint, fullName } from '../advice-input.ts';
import type { Advice, AdviceInput, AdvisedPolicy } from '../advice-input.ts';
import { minuteOf, withMinute } from '../cron-text.ts';

/** FM-11: more than a fifth of all jobs, and at least four, in one minute. */
const LEAST_JOBS = 4;
const LEAST_SHARE = 0.2;
const SHOWN = 8;

interface Move {
  policy: AdvisedPolicy;
  from: string;
  to: string;
}

/** For jobs that start in the same minute, a minute of its own for each, fixed by its name. */
export function spreadStarts(input: AdviceInput): Advice[] {
  const scheduled = input.policies.filter(
    ({ fact, dueMinutes }) => !fact.paused && dueMinutes.length > 0,
  );
  const left = new Set(scheduled);
  const drafts: Advice[] = [];
  for (;;) {
    const crowd = largestCrowd(left);
    if (crowd.length < LEAST_JOBS || crowd.length <= LEAST_SHARE * scheduled.length) return drafts;
    for (const policy of crowd) left.delete(policy);
    const draft = advise(input, crowd);
    if (draft !== null) drafts.push(draft);
  }
}

/** The most policies that share a minute of the week; of equals the earliest minute. */
function largestCrowd(policies: ReadonlySet<AdvisedPolicy>): AdvisedPolicy[] {
  const byMinute = new Map<number, AdvisedPolicy[]>();
  for (const policy of policies)
    for (const minute of policy.dueMinutes) {
      const group = byMinute.get(minute);
      if (group === undefined) byMinute.set(minute, [policy]);
      else group.push(policy);
    }
  let [first, crowd]: [number, AdvisedPolicy[]] = [Infinity, []];
  for (const [minute, group] of byMinute)
    if (group.length > crowd.length || (group.length === crowd.length && minute < first))
      [first, crowd] = [minute, group];
  return crowd;
}

function advise(input: AdviceInput, crowd: AdvisedPolicy[]): Advice | null {
  const moves = crowd.map(moveOf).filter((move) => move !== null);
  if (moves.length < LEAST_JOBS - 1) return null;
  const minute = sharedMinute(crowd);
  const after = crowd.length - moves.length + busiest(moves);
  if (after >= crowd.length) return null;
  const lines = moves.slice(0, SHOWN).map(({ policy, to }) => `${fullName(policy.fact)} "${to}"`);
  const more = moves.length > SHOWN ? ` and ${moves.length - SHOWN} more` : '';
  return {
    fingerprint: adviceFingerprint(input.clusterId, 'spread-starts', minute),
    kind: 'spread-starts',
    subject: {
      policyId: null,
      resourceId: null,
      repositoryId: null,
      policy: null,
      resource: null,
      namespace: '',
    },
    title: `Spread ${crowd.length} backup jobs that start together`,
    current: `${crowd.length} jobs start in the same minute (${minute})`,
    proposed: `${lines.join('; ')}${more}`,
    effects: [
      {
        measure: 'starts-per-minute',
        text: `at most ${after} of them in one minute instead of ${crowd.length}`,
        before: crowd.length,
        after,
        unit: '1',
      },
    ],
    confidence: 0.8,
    reason:
      'Jobs that start together compete for snapshots, nodes and the repository; runs get slower and fail together.',
    findingFingerprints: [],
  };
}

function moveOf(policy: AdvisedPolicy): Move | null {
  const { schedule, namespace, name } = policy.fact;
  if (schedule.type !== 'cron') return null;
  const to = withMinute(schedule.expression, minuteOf(namespace, name), schedule.dialect);
  return to === null ? null : { policy, from: schedule.expression, to };
}

/** How many of the moved jobs would still share a minute. */
function busiest(moves: Move[]): number {
  const counts = new Map<number, number>();
  for (const { policy } of moves) {
    const minute = minuteOf(policy.fact.namespace, policy.fact.name);
    counts.set(minute, (counts.get(minute) ?? 0) + 1);
  }
  return Math.max(0, ...counts.values());
}

const two = (value: number) => String(value).padStart(2, '0');

/** `02:00 UTC`, or `minute 0 of every hour` for jobs that run hourly. */
function sharedMinute(crowd: AdvisedPolicy[]): string {
  const [first, ...others] = crowd.map(({ dueMinutes }) => new Set(dueMinutes));
  const shared = [...first!].filter((minute) => others.every((set) => set.has(minute)));
  const minute = Math.min(...shared);
  if (shared.length >= 7 * 24) return `minute ${minute % 60} of every hour`;
  const ofDay = minute % (24 * 60);
  return `${two(Math.floor(ofDay / 60))}:${two(ofDay % 60)} UTC`;
}
