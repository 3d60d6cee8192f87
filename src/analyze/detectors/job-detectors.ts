import { z } from 'zod';
import type { FindingKind } from '../../domain/words.ts';
import type { JobView } from '../job/job-view.ts';
import type { Verdict } from './detector.ts';
import { addedSurge } from './added-surge.ts';
import { durationAnomaly } from './duration-anomaly.ts';
import { durationCreep } from './duration-creep.ts';
import { emptyRun } from './empty-run.ts';
import { failedRun } from './failed-run.ts';
import { failureStreak } from './failure-streak.ts';
import { flapping } from './flapping.ts';
import { missedRun } from './missed-run.ts';
import { overrun } from './overrun.ts';
import { policyError } from './policy-error.ts';
import { repositoryLocked } from './repository-locked.ts';
import { rpoBreach } from './rpo-breach.ts';
import { sizeDrop } from './size-drop.ts';
import { sizeSpike } from './size-spike.ts';
import { stuckRun } from './stuck-run.ts';

/** All thresholds of job-level rules; `{}` gives the defaults (docs/reference/findings.md). */
export const JudgeSettings = z.object({
  'missed-run': missedRun.settings.prefault({}),
  'failed-run': failedRun.settings.prefault({}),
  'failure-streak': failureStreak.settings.prefault({}),
  'repository-locked': repositoryLocked.settings.prefault({}),
  'rpo-breach': rpoBreach.settings.prefault({}),
  'stuck-run': stuckRun.settings.prefault({}),
  'empty-run': emptyRun.settings.prefault({}),
  flapping: flapping.settings.prefault({}),
  'size-drop': sizeDrop.settings.prefault({}),
  'size-spike': sizeSpike.settings.prefault({}),
  'added-surge': addedSurge.settings.prefault({}),
  'duration-anomaly': durationAnomaly.settings.prefault({}),
  'duration-creep': durationCreep.settings.prefault({}),
  overrun: overrun.settings.prefault({}),
  'policy-error': policyError.settings.prefault({}),
});
export type JudgeSettings = z.output<typeof JudgeSettings>;

export const defaultSettings: JudgeSettings = JudgeSettings.parse({});

export interface Opinion {
  kind: FindingKind;
  verdict: Verdict;
}

/** What every rule says at one tick, in a fixed order. */
export function opinionsOn(view: JobView, settings: JudgeSettings): Opinion[] {
  const opinions: Opinion[] = [
    { kind: 'policy-error', verdict: policyError.detect(view, settings['policy-error']) },
    {
      kind: 'repository-locked',
      verdict: repositoryLocked.detect(view, settings['repository-locked']),
    },
    { kind: 'failure-streak', verdict: failureStreak.detect(view, settings['failure-streak']) },
    { kind: 'flapping', verdict: flapping.detect(view, settings.flapping) },
    { kind: 'failed-run', verdict: failedRun.detect(view, settings['failed-run']) },
    { kind: 'stuck-run', verdict: stuckRun.detect(view, settings['stuck-run']) },
    { kind: 'missed-run', verdict: missedRun.detect(view, settings['missed-run']) },
    { kind: 'rpo-breach', verdict: rpoBreach.detect(view, settings['rpo-breach']) },
    { kind: 'empty-run', verdict: emptyRun.detect(view, settings['empty-run']) },
    { kind: 'size-drop', verdict: sizeDrop.detect(view, settings['size-drop']) },
    { kind: 'added-surge', verdict: addedSurge.detect(view, settings['added-surge']) },
    { kind: 'size-spike', verdict: sizeSpike.detect(view, settings['size-spike']) },
    { kind: 'overrun', verdict: overrun.detect(view, settings.overrun) },
    {
      kind: 'duration-anomaly',
      verdict: durationAnomaly.detect(view, settings['duration-anomaly']),
    },
    { kind: 'duration-creep', verdict: durationCreep.detect(view, settings['duration-creep']) },
  ];
  return opinions.filter(({ kind }) => view.job.scope === 'whole' || VOLUME_KINDS.has(kind));
}

const VOLUME_KINDS: ReadonlySet<FindingKind> = new Set(
  [failedRun, failureStreak, flapping, emptyRun, sizeDrop, sizeSpike, addedSurge]
    .filter((detector) => detector.scopes.includes('volume'))
    .map((detector) => detector.kind),
);
