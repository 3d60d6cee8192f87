import { z } from 'zod';
import { SECOND_MS } from '../../domain/time.ts';
import type { Engine } from '../../domain/words.ts';
import { longestUsual } from '../job/baseline.ts';
import { sayDuration, sayInstant } from '../job/phrases.ts';
import type { JobView } from '../job/job-view.ts';
import { calendarOf } from '../job/score-run.ts';
import { clear, runEvidence, seen, subjectOf } from './detector.ts';
import type { Detector } from './detector.ts';

const settings = z.object({
  factor: z
    .number()
    .min(1)
    .default(4)
    .describe('1; times the 99.5 % quantile of its durations: beyond it a run is not merely slow'),
  blockingFactor: z.number().min(1).default(2).describe('1; … once it holds up a due run'),
  recentFactor: z
    .number()
    .min(1)
    .default(1.5)
    .describe('1; times the longest of its last 20 runs: what has ended once may end again'),
  leastSeconds: z
    .number()
    .positive()
    .default(3_600)
    .describe('s; provisioning, queues and retries of a quick job may take as long'),
  withoutHistorySeconds: z
    .number()
    .positive()
    .default(12 * 3_600)
    .describe('s; a first run copies everything and has nothing to be compared with: low'),
});

/** A run that neither ends nor fails, far beyond what it ever took. */
export const stuckRun: Detector<typeof settings> = {
  kind: 'stuck-run',
  settings,
  looks: 'time',
  scopes: ['whole'],
  detect(view, options) {
    const { recentFactor, leastSeconds, withoutHistorySeconds } = options;
    const { running } = view;
    if (!running) return clear('the run has ended');
    if (view.job.pausedSince !== null) return clear('the policy is paused');
    if (view.failing?.retrying) return clear('its attempts end, they fail');
    const usual = longestUsual(view.baseline);
    const recent = longestRecent(view);
    const atThisTime = longestUsual(view.baseline, calendarOf(running));
    const isFirst = usual === 0 && recent === 0;
    const blocked = view.dues.filter((due) => due.blocked && due.at > running.start).length;
    const factor = blocked > 0 ? options.blockingFactor : options.factor;
    const least = usual === 0 ? withoutHistorySeconds : leastSeconds;
    const limit = Math.max(least, factor * usual, recentFactor * recent, atThisTime);
    const stuckAt = running.start + limit * SECOND_MS;
    if (view.now < stuckAt) return clear('the run is within its usual time', stuckAt);
    const age = (view.now - running.start) / SECOND_MS;
    return seen(
      {
        severity: isFirst ? 'low' : blocked > 0 || age > 86_400 ? 'high' : 'medium',
        observed: { value: Math.round(age), unit: 's', text: `running for ${sayDuration(age)}` },
        expected: { value: Math.round(limit), unit: 's', text: `at most ${sayDuration(limit)}` },
        cause: blockedCause(view, blocked, running.start),
        evidence: [
          runEvidence(view, 'started, not ended', new Date(running.start).toISOString(), 'time', {
            table: running.table,
            rowId: running.id,
            at: running.start,
          }),
        ],
        sentence: `The backup of ${subjectOf(view)} that started ${sayInstant(running.start)} is still running after more than ${sayDuration(age)}; ${isFirst ? 'no run of it has finished yet' : `it usually takes no longer than ${sayDuration(Math.max(recent, atThisTime))}`}${blocked > 0 ? `, and ${blocked} due ${blocked === 1 ? 'run has' : 'runs have'} been held up by it` : ''}.`,
        nextStep: NEXT_STEPS[view.job.engine] ?? LOOK_AT_MOVER,
      },
      blocked === 0 && age < 86_400 ? running.start + 86_400_000 : null,
    );
  },
};

const LOOK_AT_MOVER =
  'Look at the mover’s pod and its volumes: pending, waiting for a snapshot, or hanging on the network; delete what is stuck so that the operator creates it anew.';
const NEXT_STEPS: Partial<Record<Engine, string>> = {
  velero:
    'Look for a plugin, snapshot or data mover that hangs; restarting the Velero server fails the stuck backup and frees its schedule, or delete the Backup.',
  longhorn:
    'Delete the Backup that hangs, which harms nothing, and see that its BackupTarget is available; some Longhorn versions hang until they are upgraded.',
  cnpg: 'Delete the Backup that hangs; see whether its instance restarted, and keep operator upgrades out of the backup window.',
  csi: 'Look at the VolumeSnapshot, its content and their events, and at the CSI driver’s snapshotter; delete what is stuck.',
  cronjob:
    'See what the job’s pod waits for (image, node, volume) and delete the Job; activeDeadlineSeconds keeps one stuck pod from blocking the next runs.',
};
/** Engines in which nothing starts while one of the backups is in progress. */
const BLOCKING: Partial<Record<Engine, { code: string; title: string }>> = {
  velero: { code: 'FM-18', title: 'One stuck backup holds up its schedule' },
  longhorn: { code: 'FM-23', title: 'A hanging backup holds up those that follow' },
  cnpg: { code: 'FM-25', title: 'A stuck backup holds up those of its database' },
  cronjob: { code: 'FM-29', title: 'One stuck job lets no other start' },
};

function blockedCause(view: JobView, blocked: number, start: number) {
  const blocking = BLOCKING[view.job.engine];
  if (blocking === undefined || blocked === 0) return null;
  return {
    ...blocking,
    shownBy: `in progress since ${sayInstant(start)}; ${blocked} due ${blocked === 1 ? 'time has' : 'times have'} passed`,
  };
}

/** The longest of those remembered that succeeded, a full backup of the weekend among them. */
function longestRecent({ ended }: JobView): number {
  let longest = 0;
  for (const { outcome, seconds } of ended)
    if (outcome === 'success' && seconds !== null) longest = Math.max(longest, seconds);
  return longest;
}
