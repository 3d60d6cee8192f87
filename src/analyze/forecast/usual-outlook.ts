import { SECOND_MS } from '../../domain/time.ts';
import { classRate } from './features.ts';
import type { ForecastJob } from './features.ts';
import type { JobRecord } from './job-record.ts';
import { delaySecondsOf, runSecondsOf } from './job-record.ts';
import { drawn, shareOf } from './pool.ts';
import type { Pool } from './pool.ts';
import type { RpoOutlook } from './rpo-forecast.ts';
import { tallyAt } from './tallies.ts';

/** How many results the fleet speaks for at least: a week's outlook multiplies every error of a chance. */
const LEAST_WEIGHT = 4;

/** How outcomes will follow each other beyond the next run, and when runs start and end, as the job has shown. */
export function usualOutlook(
  pool: Pool,
  record: JobRecord,
  job: ForecastJob,
): Pick<RpoOutlook, 'afterSuccess' | 'afterFailure' | 'delayMs' | 'durationMs'> {
  const rate = classRate(pool, job);
  const after = (failed: 0 | 1): number => {
    const pooled = shareOf(pool, failed === 1 ? 'after failed' : 'after ok', rate, 5);
    return drawn(
      tallyAt(record.after, failed),
      pooled,
      Math.max(LEAST_WEIGHT, 2 * pool.chainStrength[failed]),
    );
  };
  return {
    afterSuccess: after(0),
    afterFailure: after(1),
    delayMs: delaySecondsOf(record) * SECOND_MS,
    durationMs: runSecondsOf(record) * SECOND_MS,
  };
}
