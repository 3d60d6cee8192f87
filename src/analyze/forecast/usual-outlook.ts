import { SECOND_MS } from '../../domain/time.ts';
import { classRate } from './features.ts';
import type { Forecaster, KnownJob } from './forecaster.ts';
import { drawn, shareOf } from './pool.ts';
import type { RpoOutlook } from './rpo-forecast.ts';
import { tallyAt } from './tallies.ts';

/** How many results the fleet speaks for at least: a week's outlook multiplies every error of a chance. */
const LEAST_WEIGHT = 4;

/** How outcomes will follow each other beyond the next run, and how long runs take, as the job has shown. */
export function usualOutlook(
  forecaster: Forecaster,
  job: KnownJob,
  known: { now: number; lastGoodAt: number | null; probability: number },
): Omit<RpoOutlook, 'rpoMs' | 'until' | 'dues'> {
  const { pool } = forecaster.state.model;
  const record = forecaster.record(job.key);
  const rate = classRate(pool, job);
  const after = (failed: 0 | 1): number => {
    const pooled = shareOf(pool, failed === 1 ? 'after failed' : 'after ok', rate, 5);
    const own = record && tallyAt(record.after, failed);
    return drawn(own, pooled, Math.max(LEAST_WEIGHT, 2 * pool.strength));
  };
  return {
    now: known.now,
    lastGoodAt: known.lastGoodAt,
    first: known.probability,
    afterSuccess: after(0),
    afterFailure: after(1),
    durationMs: Math.max(0, Math.exp(record?.seconds.level ?? 0) - 1) * SECOND_MS,
  };
}
