import { advise } from '../advise/advise.ts';
import { coverageOf, protectionsOf } from '../analyze/coverage.ts';
import { CLUSTER_DETECTORS } from '../analyze/cluster/cluster-detectors.ts';
import {
  endOrphans,
  findingKey,
  findingRow,
  followChanges,
  liveFindings,
} from '../analyze/cluster/finding-life.ts';
import type { InventoryIndex, JudgedPolicy } from '../analyze/cluster/inventory.ts';
import { advanceJobs, noteWindows } from '../analyze/cluster/job-book.ts';
import { newsByJob, volumeJobId } from '../analyze/cluster/job-inputs.ts';
import { forgetGone, remember, rowOf } from '../analyze/cluster/run-memory.ts';
import type { ClusterView, CoveredView, Witnesses } from '../analyze/cluster/view.ts';
import type { JudgeSettings } from '../analyze/detectors/job-detectors.ts';
import { changedMaterially } from '../analyze/risk.ts';
import { riskScoresOf } from '../analyze/risk-scores.ts';
import { intervalSeconds } from '../analyze/schedules/due-times.ts';
import type { FindingChange, JobStateRow, Judgement, RiskScore } from '../domain/judgement.ts';
import { buildAdviceInput } from './build-advice-input.ts';
import { TICK_MS } from '../domain/time.ts';
import { forecastPass } from './forecast-pass.ts';
import { judgeAfresh } from './judge-afresh.ts';
import { digestOf, digestsRow } from './judge-memory.ts';
import type { Digests, JudgeMemory } from './judge-memory.ts';
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
  const { runKeys, byJob } = takeRuns(memory, index, news);
  noteWindows(memory.book, news.windows);
  const time = { until: at, live: isLive(memory.judgedAt, at), settings: input.settings };
  const judgedBy = digestOf(input.settings);
  const everyone = judgeAfresh(memory, judgedBy, at) || inventoryChanged;
  const jobs = advanceJobs(memory.book, clusterId, index, byJob, everyone, time);
  const { expectedRuns } = jobs;
  const forecasts = forecastPass(memory, { clusterId, at, index, news: byJob, expectedRuns });
  const goneKeys = inventoryChanged ? forgetGone(memory.runs, index) : [];
  const view = look(memory, index, input);
  const findings = judgeFindings(memory, view, jobs.changes);
  const risks = weigh(memory, view);
  const whole = writeWhole(memory, view, clusterId, judgedBy);
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
    ...whole.lists,
    ...risks,
  };
}

/** Puts the runs to their jobs and out of the news: a first contact brings too many to keep them twice. */
function takeRuns(memory: JudgeMemory, index: InventoryIndex, { runs }: JudgeNews) {
  const runKeys = new Set(runs.flatMap((whole) => remember(memory.runs, whole, index)));
  const byJob = newsByJob(runs, index);
  runs.length = 0;
  return { runKeys, byJob };
}

/** A pass soon after the last one, or the first contact: not a stretch of the past that is being caught up with. */
function isLive(judgedAt: Date | null, at: Date): boolean {
  return judgedAt === null || at.getTime() - judgedAt.getTime() <= 2 * TICK_MS;
}

/** An interval must not depend on when it is asked for: from a Monday on. */
const INTERVAL_FROM = new Date('2026-01-05T00:00:00Z');
const intervalOf = (policy: JudgedPolicy) => intervalSeconds(policy.schedule, INTERVAL_FROM);

function look(memory: JudgeMemory, index: InventoryIndex, input: PassInput): CoveredView {
  const { clusterId, at, witnesses } = input;
  const { runs, forecasts } = memory;
  const chanceOf = (jobId: string) => forecasts.notes.get(jobId)?.told?.probability ?? null;
  const failureChance = (policyId: string, resourceId: string) =>
    chanceOf(volumeJobId(policyId, resourceId)) ?? chanceOf(policyId);
  const time = { now: at, intervalOf, failureChance };
  const view: ClusterView = { clusterId, index, runs, witnesses, ...time };
  const coverage = new Map(coverageOf(view).map((row) => [row.resourceId, row]));
  return { ...view, coverage, findings: new Map() };
}

interface FindingResult {
  changes: FindingChange[];
  rows: JobStateRow[];
  removed: string[];
}

/** Lets every finding live on; afterwards the view holds those that are open. */
function judgeFindings(
  memory: JudgeMemory,
  view: CoveredView,
  jobChanges: FindingChange[],
): FindingResult {
  const known = memory.findings;
  const followed = followChanges(known, jobChanges);
  const orphans = endOrphans(known, view);
  const lived = liveFindings(known, CLUSTER_DETECTORS, view, memory.judgedAt);
  const open = [...known].filter(([, { raised }]) => raised);
  view.findings = new Map(open.map(([fingerprint, { finding }]) => [fingerprint, finding]));
  const result: FindingResult = {
    changes: [...jobChanges, ...orphans.changes, ...lived.changes],
    rows: [],
    removed: [],
  };
  for (const fingerprint of new Set([...followed, ...orphans.touched, ...lived.touched])) {
    const row = findingRow(known, fingerprint);
    if (row === null) result.removed.push(findingKey(fingerprint));
    else result.rows.push(row);
  }
  result.changes.sort((a, b) => a.at.getTime() - b.at.getTime());
  return result;
}

function weigh(memory: JudgeMemory, view: CoveredView) {
  const risks: RiskScore[] = [];
  for (const score of riskScoresOf(view)) {
    if (!changedMaterially(memory.risks.get(score.resourceId), score)) continue;
    risks.push(score);
    memory.risks.set(score.resourceId, score);
  }
  const removedRiskResourceIds = [...memory.risks.keys()].filter(
    (resourceId) => !view.index.claimById.has(resourceId),
  );
  for (const resourceId of removedRiskResourceIds) memory.risks.delete(resourceId);
  return { risks, removedRiskResourceIds };
}

/** What is written whole or not at all, each only when it differs from what was written last. */
function writeWhole(memory: JudgeMemory, view: CoveredView, clusterId: string, judgedBy: string) {
  const lists = {
    protections: protectionsOf(view),
    coverage: [...view.coverage.values()],
    recommendations: advise(
      buildAdviceInput(view, memory.risks, memory.figures?.byPolicy ?? new Map()),
    ),
  };
  const digests: Digests = {
    protections: digestOf(lists.protections),
    coverage: digestOf(lists.coverage),
    recommendations: digestOf(lists.recommendations),
    settings: judgedBy,
  };
  const before = memory.digests;
  memory.digests = digests;
  const rows = digestOf(before) === digestOf(digests) ? [] : [digestsRow(clusterId, digests)];
  return {
    rows,
    lists: {
      protections: before.protections === digests.protections ? null : lists.protections,
      coverage: before.coverage === digests.coverage ? null : lists.coverage,
      recommendations:
        before.recommendations === digests.recommendations ? null : lists.recommendations,
    },
  };
}
