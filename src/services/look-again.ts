import { advise } from '../advise/advise.ts';
import { coverClaim, protectionsOf } from '../analyze/coverage.ts';
import { CLUSTER_DETECTORS } from '../analyze/cluster/cluster-detectors.ts';
import {
  endOrphans,
  findingKey,
  findingRow,
  followChanges,
  liveFindings,
} from '../analyze/cluster/finding-life.ts';
import type { KnownFindings, LifeResult } from '../analyze/cluster/finding-life.ts';
import type { InventoryIndex, JudgedPolicy } from '../analyze/cluster/inventory.ts';
import { volumeJobId } from '../analyze/cluster/job-inputs.ts';
import type { CoveredView, Witnesses } from '../analyze/cluster/view.ts';
import { changedMaterially, writtenRisk } from '../analyze/risk.ts';
import { riskScorer } from '../analyze/risk-scores.ts';
import { INTERVAL_FROM, intervalSeconds } from '../analyze/schedules/due-times.ts';
import type { FindingChange, JobStateRow, RiskScore } from '../domain/judgement.ts';
import { buildAdviceInput } from './build-advice-input.ts';
import { digestOf, digestsRow } from './judge-memory.ts';
import type { Digests, JudgeMemory } from './judge-memory.ts';
import { askUntil, claimsAgain, firstLook } from './last-look.ts';
import type { LastLook, NewsAbout } from './last-look.ts';

/** What has happened since the last look at the cluster. */
export interface LookNews {
  clusterId: string;
  at: Date;
  witnesses: Witnesses | null;
  /** Policies with new runs. */
  ranPolicies: ReadonlySet<string>;
  /** Whether there are any new runs, of no policy included. */
  ran: boolean;
  /** Policies with other forecasts. */
  forecastPolicies: ReadonlySet<string>;
  jobChanges: FindingChange[];
  judgedBy: string;
}

/** The cluster as a whole: coverage, its own findings, risk and advice, of each what has changed. Moves `memory` on. */
export function lookAgain(memory: JudgeMemory, index: InventoryIndex, news: LookNews) {
  const isNew = memory.look?.index !== index;
  const look = isNew || memory.look === null ? firstLook(index) : memory.look;
  memory.look = look;
  const view = viewOf(memory, look, news);
  const covered = coverAgain(look, view, news);
  const sure = !isNew && covered.size === 0 && !news.ran && news.witnesses === look.witnesses;
  const findings = judgeFindings(memory, look, view, news, sure);
  const risks = weighAgain(memory, look, view, newsOf(look, view, news, covered));
  const figures = memory.figures?.byPolicy ?? null;
  const advice =
    isNew ||
    covered.size + risks.risks.length + findings.changes.length + news.forecastPolicies.size > 0 ||
    figures !== look.figures;
  look.witnesses = news.witnesses;
  look.figures = figures;
  const moved = { inventory: isNew, coverage: isNew || covered.size > 0, advice };
  return { findings, risks, whole: writeWhole(memory, view, news, moved) };
}

const intervalOf = (policy: JudgedPolicy) => intervalSeconds(policy.schedule, INTERVAL_FROM);

function viewOf(memory: JudgeMemory, { index, coverage }: LastLook, news: LookNews): CoveredView {
  const { clusterId, at: now, witnesses } = news;
  const { runs, forecasts } = memory;
  const chanceOf = (jobId: string) => forecasts.notes.get(jobId)?.told?.probability ?? null;
  const failureChance = (policyId: string, resourceId: string) =>
    chanceOf(volumeJobId(policyId, resourceId)) ?? chanceOf(policyId);
  const found = { coverage, findings: new Map() };
  return { clusterId, now, index, runs, witnesses, intervalOf, failureChance, ...found };
}

/** Returns the claims whose coverage is another. */
function coverAgain(look: LastLook, view: CoveredView, news: LookNews): Set<string> {
  const about = { policies: news.ranPolicies, claims: new Set<string>() };
  const moved = new Set<string>();
  for (const claim of claimsAgain(look.index, look.coverageTurns, about, view.now)) {
    const [row, turn] = askUntil(view, (asked) => coverClaim(asked, claim));
    const { resourceId } = claim;
    look.coverageTurns.set(resourceId, turn);
    if (JSON.stringify(look.coverage.get(resourceId)) === JSON.stringify(row)) continue;
    look.coverage.set(resourceId, row);
    moved.add(resourceId);
  }
  return moved;
}

interface FindingResult {
  changes: FindingChange[];
  rows: JobStateRow[];
  removed: string[];
}

const NOTHING: LifeResult = { changes: [], touched: [] };

/**
 * Lets every finding live on; afterwards the view holds those that are open. `sure`: nothing that rules about the
 * cluster rest on has moved but the time.
 */
function judgeFindings(
  memory: JudgeMemory,
  look: LastLook,
  view: CoveredView,
  { jobChanges }: LookNews,
  sure: boolean,
): FindingResult {
  const known = memory.findings;
  const followed = followChanges(known, jobChanges);
  const orphans = endOrphans(known, view);
  const before = [...jobChanges, ...orphans.changes];
  view.findings = openOf(known);
  let lived = NOTHING;
  if (!sure || before.length > 0 || look.rulesTurn <= view.now.getTime()) {
    const [found, turn] = askUntil(view, (asked) =>
      liveFindings(known, CLUSTER_DETECTORS, asked, memory.judgedAt),
    );
    lived = found;
    // A rule may rest on what is open.
    look.rulesTurn = lived.changes.length > 0 ? -Infinity : turn;
    view.findings = openOf(known);
  }
  const result: FindingResult = { changes: [...before, ...lived.changes], rows: [], removed: [] };
  for (const fingerprint of new Set([...followed, ...orphans.touched, ...lived.touched])) {
    const row = findingRow(known, fingerprint);
    if (row === null) result.removed.push(findingKey(fingerprint));
    else result.rows.push(row);
  }
  result.changes.sort((a, b) => a.at.getTime() - b.at.getTime());
  return result;
}

function openOf(known: KnownFindings): CoveredView['findings'] {
  const open = [...known].filter(([, { raised }]) => raised);
  return new Map(open.map(([fingerprint, { finding }]) => [fingerprint, finding]));
}

/** Scores the claims that have news, findings included, or are due; returns what is to be written. */
function weighAgain(memory: JudgeMemory, look: LastLook, view: CoveredView, about: NewsAbout) {
  const risks: RiskScore[] = [];
  const scoreOf = riskScorer(view.findings);
  for (const claim of claimsAgain(look.index, look.riskTurns, about, view.now)) {
    const [score, turn] = askUntil(view, (asked) => scoreOf(asked, claim));
    look.riskTurns.set(claim.resourceId, turn);
    if (!changedMaterially(memory.risks.get(claim.resourceId), score)) continue;
    risks.push(score);
    memory.risks.set(score.resourceId, writtenRisk(score));
  }
  look.findings = view.findings;
  const removedRiskResourceIds = [...memory.risks.keys()].filter(
    (resourceId) => !look.index.claimById.has(resourceId),
  );
  for (const resourceId of removedRiskResourceIds) memory.risks.delete(resourceId);
  return { risks, removedRiskResourceIds };
}

/** What scores rest on: runs, forecasts, coverage, and findings that are open now or were at the last look. */
function newsOf(
  look: LastLook,
  view: CoveredView,
  news: LookNews,
  covered: ReadonlySet<string>,
): NewsAbout {
  const policies = new Set([...news.ranPolicies, ...news.forecastPolicies]);
  const claims = new Set(covered);
  const differ = (these: CoveredView['findings'], those: CoveredView['findings']): void => {
    for (const [fingerprint, finding] of these) {
      if (those.get(fingerprint) === finding) continue;
      const { policyId, resourceId } = finding.subject;
      if (resourceId !== null) claims.add(resourceId);
      else if (policyId !== null) policies.add(policyId);
    }
  };
  differ(view.findings, look.findings);
  differ(look.findings, view.findings);
  return { policies, claims };
}

/** What is written whole or not at all, each only when it differs from what was written last. */
function writeWhole(
  memory: JudgeMemory,
  view: CoveredView,
  { clusterId, judgedBy }: LookNews,
  moved: { inventory: boolean; coverage: boolean; advice: boolean },
) {
  const figures = memory.figures?.byPolicy ?? new Map();
  const before = memory.digests;
  const digests: Digests = { ...before, settings: judgedBy };
  memory.digests = digests;
  const written = <T>(name: Exclude<keyof Digests, 'settings'>, list: T): T | null => {
    digests[name] = digestOf(list);
    return digests[name] === before[name] ? null : list;
  };
  const lists = {
    protections: moved.inventory ? written('protections', protectionsOf(view)) : null,
    coverage: moved.coverage ? written('coverage', [...view.coverage.values()]) : null,
    recommendations: moved.advice
      ? written('recommendations', advise(buildAdviceInput(view, memory.risks, figures)))
      : null,
  };
  const same = digestOf(before) === digestOf(digests);
  return { rows: same ? [] : [digestsRow(clusterId, digests)], lists };
}
