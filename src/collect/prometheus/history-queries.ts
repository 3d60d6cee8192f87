import { joined } from './movers.ts';
import type { PrometheusSource } from './prometheus-source.ts';
import { selectorOf, type Matchers } from './selector.ts';

/** Between two looks: what a counter counted ended somewhere between two of them. */
export const HISTORY_STEP_SECONDS = 300;

/** A series now and one step ago, whichever pod told it. */
interface Watched {
  now: string;
  before: string;
}

function watched(
  source: PrometheusSource,
  by: string,
  metric: string,
  matchers: Matchers,
): Watched {
  const selector = selectorOf(source, metric, matchers);
  return {
    now: `max by (${by}) (${selector})`,
    before: `max by (${by}) (${selector} offset ${HISTORY_STEP_SECONDS}s)`,
  };
}

/** By how much a counter rose; after a reset, what it has counted since. Without a past it tells nothing. */
function risen({ now, before }: Watched): string {
  return `((${now} - ${before}) > 0 or (${now} > 0 and ${now} < ${before}))`;
}

function changed({ now, before }: Watched): string {
  return `((${now} != ${before}) or (${now} unless ${before}))`;
}

/** `runs` ended, in `seconds` all together. Only successes are counted. */
export function volsyncQuery(source: PrometheusSource): string {
  const of = (part: string) =>
    watched(source, 'obj_namespace, obj_name', `volsync_sync_duration_seconds_${part}`, {
      role: 'source',
    });
  const runs = risen(of('count'));
  return joined({ runs, seconds: `(${risen(of('sum'))} and ${runs})` });
}

/** `success` is an instant; `runs` and `seconds` of those that ended with it; failures by kind. */
export function veleroQuery(source: PrometheusSource): string {
  const of = (metric: string) =>
    watched(source, 'namespace, schedule', `velero_backup_${metric}`, { schedule: /.+/ });
  const success = changed(of('last_successful_timestamp'));
  return joined({
    success,
    runs: `(${risen(of('duration_seconds_count'))} and ${success})`,
    seconds: `(${risen(of('duration_seconds_sum'))} and ${success})`,
    partial: risen(of('partial_failure_total')),
    failed: risen(of('failure_total')),
    refused: risen(of('validation_failure_total')),
  });
}

/** Jobs newly `ended` or `failed`, and when each `began`. */
export function cronjobQuery(source: PrometheusSource): string {
  const of = (metric: string, matchers: Matchers = {}) =>
    watched(source, 'namespace, exported_namespace, job_name', `kube_job_${metric}`, {
      job_name: /.+-[0-9]{8,10}/,
      ...matchers,
    });
  const ended = of('status_completion_time');
  const failed = of('failed', { condition: 'true' });
  const isNew = {
    ended: `(${ended.now} unless ${ended.before})`,
    failed: `((${failed.now} == 1) unless (${failed.before} == 1))`,
  };
  const began = of('status_start_time').now;
  return joined({ ...isNew, began: `(${began} and (${isNew.ended} or ${isNew.failed}))` });
}
