import type { FindingDraft, RiskScore } from '../domain/judgement.ts';
import type { CoveredView } from './cluster/view.ts';
import { readinessOf, newestOf } from './readiness.ts';
import { impactOf } from './risk-impact.ts';
import { recoveryPathsOf } from './risk-paths.ts';
import { ratesOf } from './risk-terms.ts';
import { scoreRisk } from './risk.ts';
import { rpoTargetOf } from './rpo.ts';
import type { Claim } from './selection.ts';

/** The score of every claim at the view's instant; the same view gives the same scores in any order of claims. */
export function riskScoresOf(view: CoveredView): RiskScore[] {
  const findings = groupFindings(view);
  return view.index.claims.map((claim) => scoreClaim(view, claim, findings));
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
      .map((path) => path.policy?.repositoryId ?? path),
  ).size;
  const rates = ratesOf({
    coverage,
    paths,
    repositories,
    now: view.now,
    findings: findingsOf(
      groups,
      claim,
      paths.map((path) => path.policy?.policyId ?? ''),
    ),
    rpoTargetSeconds: target.seconds,
    proven: readiness.level === 'restored',
  });
  return scoreRisk({
    resourceId: claim.resourceId,
    rates,
    impact: coverage.state === 'exempt' ? 0 : impactOf(claim),
    readiness,
    rpoTargetSeconds: target.seconds,
    rpoSource: target.source,
    rpoWhy: target.why,
    rtoTargetSeconds: rto?.seconds ?? null,
    rtoWhy: rto?.why ?? 'no objective says',
    rpoAchievedSeconds:
      newest === null ? null : Math.max(0, (view.now.getTime() - newest.getTime()) / 1_000),
    judgedAt: view.now,
  });
}

function groupFindings(view: CoveredView): FindingGroups {
  const groups: FindingGroups = { byPolicy: new Map(), byResource: new Map() };
  for (const finding of view.findings.values()) {
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
