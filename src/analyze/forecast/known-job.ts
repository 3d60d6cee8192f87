import type { JobFacts } from '../job/job-facts.ts';
import { cadence } from '../schedules/due-times.ts';
import type { KnownJob } from './forecaster.ts';

/** A schedule's interval must not depend on when it is asked for: a Monday. */
const INTERVAL_FROM = new Date('2026-01-05T00:00:00Z');

export function intervalOf(job: JobFacts): number | null {
  return cadence(job.schedule, INTERVAL_FROM)?.intervalSeconds ?? null;
}

/** s, where due times lie evenly; null: they do not, or there are none. */
export function regularInterval(job: JobFacts): number | null {
  const found = cadence(job.schedule, INTERVAL_FROM);
  return found !== null && found.longestGapSeconds === found.intervalSeconds
    ? found.intervalSeconds
    : null;
}

export function knownJob(job: JobFacts): KnownJob {
  const interval = intervalOf(job);
  const groups = [`namespace ${job.namespace}`, `engine ${job.engine}`];
  if (job.repositoryId !== null) groups.push(`repository ${job.repositoryId}`);
  return { key: job.jobId, className: `${job.engine} ${cadenceName(interval)}`, groups };
}

/** Jobs of about one cadence are alike. */
export function cadenceName(intervalSeconds: number | null): string {
  if (intervalSeconds === null) return 'unscheduled';
  if (intervalSeconds < 7_200) return 'hourly';
  if (intervalSeconds <= 43_200) return 'several a day';
  return intervalSeconds <= 2 * 86_400 ? 'daily' : 'rarer';
}
