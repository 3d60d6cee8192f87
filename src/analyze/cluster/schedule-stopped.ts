import type { Engine } from '../../domain/words.ts';
import { HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { outcomesUnseen } from '../coverage-sight.ts';
import { sayDuration } from '../job/phrases.ts';
import { draft, subjectFor } from './cluster-detector.ts';
import type { ClusterDetector, Sighting } from './cluster-detector.ts';
import type { JudgedPolicy } from './inventory.ts';
import { scheduleKey } from './run-memory.ts';
import type { CoveredView } from './view.ts';
import { hasPassed } from './view-time.ts';
import { atText, nameOf } from './words.ts';

/** Nothing an ordinary backup waits for takes longer. */
const STUCK_SECONDS = (4 * HOUR_MS) / SECOND_MS;

/** How engines call what blocks them, and what frees them. */
const BLOCKERS: Partial<Record<Engine, { code: string; nextStep: (name: string) => string }>> = {
  velero: {
    code: 'FM-18',
    nextStep: (name) =>
      `Restart the Velero server (it then marks the stuck backup as failed) or delete backup ${name}; look for hung snapshot or plugin calls.`,
  },
  cnpg: {
    code: 'FM-25',
    nextStep: (name) =>
      `Delete backup ${name} and look at the operator’s log for “already exists”; upgrade the operator, and keep upgrades out of the backup window.`,
  },
  cronjob: {
    code: 'FM-29',
    nextStep: (name) =>
      `See what job ${name} waits for and delete it; give the job an activeDeadlineSeconds so that one stuck pod cannot block the next runs.`,
  },
};
const ORDINARY = {
  code: 'FM-18',
  nextStep: (name: string) =>
    `See what backup ${name} waits for, its pod, a volume or a snapshot, and delete it so that the next one can start.`,
};

/** FM-18, 25, 29: a backup that never ends keeps its schedule from starting another, and nothing turns red. */
export const scheduleStopped: ClusterDetector = {
  kind: 'schedule-stopped',
  holdSeconds: 0,
  recovery: 'the schedule starts backups again',
  detect: (view) => view.index.policies.flatMap((policy) => sight(view, policy)),
};

function sight(view: CoveredView, policy: JudgedPolicy): Sighting[] {
  const record = view.runs.schedules.get(scheduleKey(policy.policyId));
  const blocker = record?.running[0];
  const interval = view.intervalOf(policy);
  if (record === undefined || blocker === undefined || interval === null || policy.paused)
    return [];
  const { problems } = view.index.inventory;
  if (outcomesUnseen(problems, policy.engine, policy.namespace) !== null) return [];
  const ripe = Math.max(
    record.lastStartedAt + 2 * interval * SECOND_MS,
    blocker.startedAt + STUCK_SECONDS * SECOND_MS,
  );
  if (!hasPassed(view, ripe)) return [];
  return [
    {
      finding: describe(view, policy, interval, new Date(record.lastStartedAt), blocker),
      since: new Date(ripe),
    },
  ];
}

function describe(
  view: CoveredView,
  policy: JudgedPolicy,
  interval: number,
  lastStart: Date,
  blocker: { runId: string; name: string; startedAt: number },
) {
  const name = nameOf(policy);
  const { code, nextStep } = BLOCKERS[policy.engine] ?? ORDINARY;
  const startedAt = new Date(blocker.startedAt);
  return draft(view.clusterId, {
    kind: 'schedule-stopped',
    severity: 'critical',
    subject: subjectFor({ policy }),
    observed: {
      value: lastStart.toISOString(),
      unit: 'time',
      text: `no backup has started since ${atText(lastStart)}`,
    },
    expected: { value: interval, unit: 's', text: `one every ${sayDuration(interval)}` },
    cause: {
      code,
      title: 'A stuck backup stops the schedule',
      shownBy: `backup ${blocker.name} has been in progress since ${atText(startedAt)}`,
    },
    evidence: [
      {
        label: 'running since',
        value: startedAt.toISOString(),
        unit: 'time',
        table: 'runs',
        source: `${policy.engine} run ${policy.namespace}/${blocker.name}`,
        at: startedAt,
        rowId: blocker.runId,
      },
    ],
    sentence: `${policy.kind} ${name} has stopped: backup ${blocker.name} has been in progress since ${atText(startedAt)}, and no other starts before it ends.`,
    nextStep: nextStep(blocker.name),
  });
}
