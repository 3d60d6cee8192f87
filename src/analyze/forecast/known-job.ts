import { SECOND_MS } from '../../domain/time.ts';
import type { JobFacts } from '../job/job-facts.ts';
import { cadence, INTERVAL_FROM } from '../schedules/due-times.ts';
import type { KnownJob } from './forecaster.ts';

export function intervalOf(job: JobFacts): number | null {
  return cadence(job.schedule, INTERVAL_FROM)?.intervalSeconds ?? null;
}

export function knownJob(job: JobFacts): KnownJob {
  const interval = intervalOf(job);
  const groups = [`namespace ${job.namespace}`, `engine ${job.engine}`];
  if (job.repositoryId !== null) groups.push(`repository ${job.repositoryId}`);
  const className = `${job.engine} ${cadenceName(interval)}`;
  const rpoMs = objectiveMs(job.rpoSeconds, interval);
  return { key: job.jobId, className, groups, schedule: job.schedule, rpoMs };
}

/** The objective; where none is set, two intervals. Null: nothing is ever due. */
export function objectiveMs(rpoSeconds: number | null, interval: number | null): number | null {
  return interval === null ? null : (rpoSeconds ?? 2 * interval) * SECOND_MS;
}

/** Jobs of about one cadence are alike. */
export function cadenceName(intervalSeconds: number | null): string {
  if (intervalSeconds === null) return 'unscheduled';
  if (intervalSeconds < 7_200) return 'hourly';
  if (intervalSeconds <= 43_200) return 'several a day';
  return intervalSeconds <= 2 * 86_400 ? 'daily' : 'rarer';
}
