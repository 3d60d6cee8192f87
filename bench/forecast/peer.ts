import type { ForecastLine } from '../../src/analyze/forecast/forecast-runs.ts';

/** Weight that each further result leaves to those before. */
const DECAY = 0.9;

/**
 * The decayed beta-binomial: each job's failures and results, fading by .9 a run, over a beta prior by the method of
 * moments from all jobs' results so far, renewed daily. It may see a result when the job's next run is due, even one
 * that was not known by then: a little more than the forecast may.
 */
export function peerProbabilities(lines: readonly ForecastLine[]): number[] {
  const jobs = new Map<
    string,
    { failed: number; total: number; failedEver: number; ever: number }
  >();
  let prior = { a: 0.2, b: 4.8 };
  let day = '';
  return lines.map((line) => {
    if (line.statedAt.slice(0, 10) !== day) {
      day = line.statedAt.slice(0, 10);
      prior = momentsOf([...jobs.values()], prior);
    }
    const job = jobs.get(line.policy) ?? { failed: 0, total: 0, failedEver: 0, ever: 0 };
    jobs.set(line.policy, job);
    const probability = (job.failed + prior.a) / (job.total + prior.a + prior.b);
    if (line.failed !== null) {
      job.failed = DECAY * job.failed + Number(line.failed);
      job.total = DECAY * job.total + 1;
      job.failedEver += Number(line.failed);
      job.ever += 1;
    }
    return probability;
  });
}

function momentsOf(
  jobs: readonly { failedEver: number; ever: number }[],
  before: { a: number; b: number },
): { a: number; b: number } {
  const seen = jobs.filter(({ ever }) => ever >= 5);
  if (seen.length < 5) return before;
  const rates = seen.map(({ failedEver, ever }) => failedEver / ever);
  const mean = Math.max(1e-3, Math.min(0.99, rates.reduce((s, r) => s + r, 0) / rates.length));
  const variance = rates.reduce((s, r) => s + (r - mean) ** 2, 0) / (rates.length - 1);
  const runs = seen.reduce((s, { ever }) => s + ever, 0) / seen.length;
  const between = Math.max(variance - (mean * (1 - mean)) / runs, 1e-4);
  const strength = Math.max(1, Math.min(200, (mean * (1 - mean)) / between - 1));
  return { a: mean * strength, b: (1 - mean) * strength };
}
