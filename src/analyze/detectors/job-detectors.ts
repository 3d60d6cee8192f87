import { z } from 'zod';
import type { FindingKind } from '../../domain/words.ts';
import type { JobView } from '../job/job-view.ts';
import type { Detector, Verdict } from './detector.ts';
import { addedSurge } from './added-surge.ts';
import { customRule } from './custom-rule.ts';
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
  'custom-rule': customRule.settings.prefault({}),
});
export type JudgeSettings = z.output<typeof JudgeSettings>;

export const defaultSettings: JudgeSettings = JudgeSettings.parse({});

export interface Opinion {
  kind: FindingKind;
  /** Which of people's own rules says it. */
  rule?: string;
  verdict: Verdict;
}

/** In the order in which they speak. Each takes its settings by its kind. */
const DETECTORS = [
  policyError,
  repositoryLocked,
  failureStreak,
  flapping,
  failedRun,
  stuckRun,
  missedRun,
  rpoBreach,
  emptyRun,
  sizeDrop,
  addedSurge,
  sizeSpike,
  overrun,
  durationAnomaly,
  durationCreep,
] as const satisfies readonly Detector[];

const ALL: readonly Detector[] = DETECTORS;
const askedIn = (scope: JobView['job']['scope']) => {
  const all = ALL.filter(({ scopes }) => scopes.includes(scope));
  return { all, atAnyTime: all.filter(({ looks }) => looks === 'time') };
};
const ASKED = { whole: askedIn('whole'), volume: askedIn('volume') };

/** What rules say at one tick, in a fixed order; `ended`: a run has ended since those that look at ends were asked. */
export function opinionsOn(view: JobView, settings: JudgeSettings, ended: boolean): Opinion[] {
  const { all, atAnyTime } = ASKED[view.job.scope];
  const opinions: Opinion[] = [];
  for (const detector of ended ? all : atAnyTime)
    opinions.push({ kind: detector.kind, verdict: ask(detector, view, settings) });
  const { kind } = customRule;
  for (const own of settings['custom-rule'].rules)
    opinions.push({ kind, rule: own.name, verdict: customRule.detect(view, own) });
  return opinions;
}

/** Each kind's settings are parsed by that detector's own schema. */
function ask(detector: Detector, view: JobView, settings: JudgeSettings): Verdict {
  return detector.detect(view, settings[detector.kind as keyof JudgeSettings]);
}
