import type { FindingDraft, RiskScore } from '../domain/judgement.ts';
import { SECOND_MS, secondsBetween } from '../domain/time.ts';
import type { CoveredView } from './cluster/view.ts';
import { noteTurn } from './cluster/view-time.ts';
import { lastRestoreOf, newestOf, readinessOf } from './readiness.ts';
import { impactOf, nextChanged } from './risk-impact.ts';
import { recoveryPathsOf, type RecoveryPath } from './risk-paths.ts';
import { ratesOf } from './risk-terms.ts';
import { scoreRisk } from './risk.ts';
import { rpoTargetOf } from './rpo.ts';
import type { Claim } from './selection.ts';
import { waysBack } from './ways-back.ts';

/** The score of every claim at the view's instant; the same view gives the same scores in any order of claims. */
export function riskScoresOf(view: CoveredView): RiskScore[] {
  const scoreOf = riskScorer(view.findings);
  return view.index.claims.map((claim) => scoreOf(view, claim));
}

/** The same, one claim at a time, under the findings that are open. */
export function riskScorer(
  findings: CoveredView['findings'],
): (view: CoveredView, claim: Claim) => RiskScore {
  const groups = groupFindings(findings);
  return (view, claim) => scoreClaim(view, claim, groups);
}

interface FindingGroups {
  byPolicy: Map<string, FindingDraft[]>;
  byResource: Map<string, FindingDraft[]>;
}

function scoreClaim(view: CoveredView, claim: Claim, groups: FindingGroups): RiskScore {
  const coverage = view.coverage.get(claim.resourceId)!;
  const paths = recoveryPathsOf(view, claim);
  const readiness = readinessOf(view, claim, paths);
  const target = rpoTargetOf(view, claim);
  const rto = view.index.objectives.get(claim.resourceId)?.rto ?? null;
  const newest = newestOf(paths);
  const repositories = new Set(
    paths
      .filter((path) => path.newestAt !== null && !path.sameStorage)
      .map((path) => path.repositoryId ?? path),
  ).size;
  const rates = ratesOf({
    coverage,
    paths,
    repositories,
    now: view.now,
    turn: view.turn,
    findings: findingsOf(
      groups,
      claim,
      paths.map((path) => path.policy?.policyId ?? ''),
    ),
    rpoTargetSeconds: target.seconds,
    proven: readiness.level === 'restored',
    slowRestoreSeconds: slowRestore(view, claim, rto?.seconds ?? null),
  });
  const weight = weigh(view, claim, paths, newest);
  return scoreRisk({
    resourceId: claim.resourceId,
    rates,
    ...(coverage.state === 'exempt' ? { impact: 0, impactTerms: [] } : weight),
    ways: waysBack(view, paths),
    readiness,
    rpoTargetSeconds: target.seconds,
    rpoSource: target.source,
    rpoWhy: target.why,
    rtoTargetSeconds: rto?.seconds ?? null,
    rtoWhy: rto?.why ?? 'no objective says',
    rpoAchievedSeconds: newest === null ? null : Math.max(0, secondsBetween(newest, view.now)),
    judgedAt: view.now,
  });
}

function weigh(
  view: CoveredView,
  claim: Claim,
  paths: readonly RecoveryPath[],
  newest: Date | null,
) {
  const path = paths.find(({ newestAt, sameStorage }) => newestAt === newest && !sameStorage);
  const rate = newest === null ? null : (path?.changeRate ?? null);
  const seconds = newest === null ? 0 : Math.max(0, secondsBetween(newest, view.now));
  // A copy of the future has no age yet, and its age does not move with the time.
  if (newest !== null && newest > view.now) noteTurn(view, 0);
  const criticality = view.index.criticality.get(claim.resourceId) ?? null;
  const changedBytes = rate === null ? null : rate * seconds;
  if (newest !== null && rate !== null && rate > 0)
    noteTurn(view, Math.floor(newest.getTime() + (nextChanged(rate * seconds) / rate) * SECOND_MS));
  const { impact, terms } = impactOf({ claim, criticality, changedBytes });
  return { impact, impactTerms: terms };
}

/** What the claim's last restore took, where that is more than an objective allows. */
function slowRestore(view: CoveredView, claim: Claim, allowed: number | null): number | null {
  const restore = allowed === null ? null : lastRestoreOf(view, claim);
  if (allowed === null || restore === null) return null;
  if (restore.startedAt === null || restore.endedAt === null) return null;
  const seconds = secondsBetween(restore.startedAt, restore.endedAt);
  return seconds > allowed ? seconds : null;
}

function groupFindings(findings: CoveredView['findings']): FindingGroups {
  const groups: FindingGroups = { byPolicy: new Map(), byResource: new Map() };
  for (const finding of findings.values()) {
    const { policyId, resourceId } = finding.subject;
    // A finding about one claim of a policy says nothing about the policy's other claims.
    if (resourceId !== null) add(groups.byResource, resourceId, finding);
    else if (policyId !== null) add(groups.byPolicy, policyId, finding);
  }
  return groups;
}

function findingsOf(groups: FindingGroups, claim: Claim, policyIds: string[]): FindingDraft[] {
  const ofPolicies = policyIds.flatMap((policyId) => groups.byPolicy.get(policyId) ?? []);
  return [...(groups.byResource.get(claim.resourceId) ?? []), ...ofPolicies];
}

function add(groups: Map<string, FindingDraft[]>, key: string, finding: FindingDraft): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [finding]);
  else group.push(finding);
}
