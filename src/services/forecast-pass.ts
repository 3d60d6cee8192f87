import { factsOf } from '../analyze/cluster/job-book.ts';
import type { JobNews } from '../analyze/cluster/job-inputs.ts';
import type { InventoryIndex } from '../analyze/cluster/inventory.ts';
import { advanceForecasts } from '../analyze/forecast/forecast-book.ts';
import type { JobFacts } from '../analyze/job/job-facts.ts';
import type { ForecastsJudged } from '../domain/forecast.ts';
import type { ExpectedRun } from '../domain/judgement.ts';
import type { JudgeMemory } from './judge-memory.ts';

/** What the pass has found out, as far as forecasts need it. */
export interface ForecastInput {
  clusterId: string;
  at: Date;
  index: InventoryIndex;
  news: ReadonlyMap<string, JobNews>;
  expectedRuns: readonly ExpectedRun[];
}

/** Takes the outcomes of a pass in and states what lies ahead; null when there is nothing new to write. */
export function forecastPass(memory: JudgeMemory, input: ForecastInput): ForecastsJudged | null {
  const { clusterId, at, index, news, expectedRuns } = input;
  const jobs = new Map<string, JobFacts>();
  for (const jobId of memory.book.jobs.keys()) {
    const facts = factsOf(memory.book, clusterId, index, jobId);
    if (facts !== null) jobs.set(jobId, facts);
  }
  const runs = new Map([...news].map(([jobId, { runs }]) => [jobId, runs]));
  const judged = advanceForecasts(memory.forecasts, { at: at.getTime(), jobs, runs, expectedRuns });
  const nothing = [judged.rows, judged.states, judged.removedJobIds].every((l) => l.length === 0);
  return nothing ? null : judged;
}
