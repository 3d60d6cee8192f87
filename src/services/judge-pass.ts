import type { InventoryIndex } from '../analyze/cluster/inventory.ts';
import { advanceJobs, noteWindows } from '../analyze/cluster/job-book.ts';
import { addMarks, newsByJob, policyOfJob } from '../analyze/cluster/job-inputs.ts';
import { raisedNews, testsByTick } from '../analyze/cluster/raised-news.ts';
import { forgetGone, remember, rowOf } from '../analyze/cluster/run-memory.ts';
import type { Witnesses } from '../analyze/cluster/view.ts';
import type { JudgeSettings } from '../analyze/detectors/job-detectors.ts';
import type { ForecastsJudged } from '../domain/forecast.ts';
import type { Judgement } from '../domain/judgement.ts';
import { TICK_MS } from '../domain/time.ts';
import { forecastPass } from './forecast-pass.ts';
import { judgeAfresh } from './judge-afresh.ts';
import { digestOf } from './judge-memory.ts';
import type { JudgeMemory } from './judge-memory.ts';
import { lookAgain } from './look-again.ts';
import type { JudgeNews } from './read-judge-news.ts';

export interface PassInput {
  clusterId: string;
  news: JudgeNews;
  inventoryChanged: boolean;
  /** The cluster's time up to which this pass judges. */
  at: Date;
  settings: JudgeSettings;
  witnesses: Witnesses | null;
}

/** One pass: jobs, then the cluster as a whole, then risk and advice. Moves `memory` on to what it returns. */
export function judgePass(memory: JudgeMemory, index: InventoryIndex, input: PassInput): Judgement {
  const { clusterId, news, inventoryChanged, at } = input;
  const { runKeys, ranPolicies, byJob } = takeRuns(memory, index, news);
  noteWindows(memory.book, news.windows);
  const time = { until: at, live: isLive(memory.judgedAt, at), settings: input.settings };
  const judgedBy = digestOf(input.settings);
  const everyone = judgeAfresh(memory, judgedBy, at) || inventoryChanged;
  const jobs = advanceJobs(memory.book, clusterId, index, byJob, everyone, time);
  const { expectedRuns } = jobs;
  const forecasts = forecastPass(memory, { clusterId, at, index, news: byJob, expectedRuns });
  const tests = testsByTick(byJob);
  // A first contact brings a hundred thousand parts of runs; nothing else asks for them.
  byJob.clear();
  const goneKeys = inventoryChanged ? forgetGone(memory.runs, index) : [];
  const { findings, risks, whole } = lookAgain(memory, index, {
    clusterId,
    at,
    witnesses: input.witnesses,
    ran: runKeys.size > 0,
    ranPolicies,
    forecastPolicies: policiesForecast(forecasts),
    jobChanges: jobs.changes,
    judgedBy,
  });
  const touched = [...runKeys].map((key) => rowOf(memory.runs, key));
  const jobStates = [...jobs.rows, ...touched, ...findings.rows, ...whole.rows];
  return {
    clusterId,
    judgedAt: at,
    revision: news.revision,
    jobStates: jobStates.filter((row) => row !== null),
    removedJobIds: [...jobs.removed, ...goneKeys, ...findings.removed],
    findings: findings.changes,
    expectedRuns,
    forecasts,
    delivery: raisedNews(memory.book, index, {
      clusterId,
      at,
      before: memory.judgedAt,
      changes: findings.changes,
      jobChanges: jobs.changes,
      runs: memory.runs,
      tests,
    }),
    ...whole.lists,
    ...risks,
  };
}

/** Puts the runs to their jobs and out of the news: a first contact brings too many to keep them twice. */
function takeRuns(memory: JudgeMemory, index: InventoryIndex, { runs, marks }: JudgeNews) {
  const ranPolicies = new Set(runs.flatMap(({ run }) => run.policyId ?? []));
  const runKeys = new Set(runs.flatMap((whole) => remember(memory.runs, whole, index)));
  const byJob = newsByJob(runs, index);
  addMarks(byJob, marks, memory.book.jobs);
  runs.length = 0;
  return { runKeys, ranPolicies, byJob };
}

/** The policies whose forecast is another, or gone. */
function policiesForecast(forecasts: ForecastsJudged | null): Set<string> {
  const jobIds = [
    ...(forecasts?.rows.map(({ jobId }) => jobId) ?? []),
    ...(forecasts?.removedJobIds ?? []),
  ];
  return new Set(jobIds.map(policyOfJob));
}

/** A pass soon after the last one, or the first contact: not a stretch of the past that is being caught up with. */
function isLive(judgedAt: Date | null, at: Date): boolean {
  return judgedAt === null || at.getTime() - judgedAt.getTime() <= 2 * TICK_MS;
}
