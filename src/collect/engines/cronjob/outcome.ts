import type { Outcome } from '../../../domain/words.ts';
import type { Job } from './schema.ts';

type Condition = NonNullable<NonNullable<Job['status']>['conditions']>[number];

export interface JobEnd {
  outcome: Outcome;
  endedAt: Date | null;
  /** The controller's words, or how often pods have failed so far. */
  errorText: string | null;
}

/**
 * How a Job went. `completionTime` stands on success only, a failure's end is when its condition came. `FailureTarget`
 * and `SuccessCriteriaMet` come first while pods still end. A suspended Job is held on purpose: skipped until resumed.
 */
export function jobEnd({ spec, status }: Job, dropped: string[]): JobEnd {
  const held = (type: string): Condition | undefined =>
    status?.conditions?.find((one) => one.type === type && one.status === 'True');
  const [complete, failed] = [held('Complete'), held('Failed')];
  if (complete !== undefined && failed === undefined) {
    const endedAt = status?.completionTime ?? complete.lastTransitionTime ?? null;
    return { outcome: 'success', endedAt, errorText: null };
  }
  if (failed !== undefined) {
    const errorText = [failed.reason, failed.message].filter((part) => part).join(': ');
    const endedAt = failed.lastTransitionTime ?? null;
    return { outcome: 'failed', endedAt, errorText: errorText.slice(0, 2_048) || null };
  }
  if (dropped.some((path) => path.startsWith('status')))
    return { outcome: 'unknown', endedAt: null, errorText: null };
  if (held('Suspended') !== undefined)
    return { outcome: 'skipped', endedAt: null, errorText: 'the job is suspended' };
  const failures = status?.failed ?? 0;
  const limit = spec?.backoffLimit ?? 6;
  const pods = failures === 1 ? '1 pod has' : `${failures} pods have`;
  const errorText = failures > 0 ? `${pods} failed so far; the backoff limit is ${limit}` : null;
  return { outcome: 'running', endedAt: null, errorText };
}
