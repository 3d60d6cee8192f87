import { idOf } from '../src/domain/id.ts';
import type {
  FindingChange,
  FindingDraft,
  FindingSubject,
  Judgement,
  RecommendationDraft,
  RiskScore,
} from '../src/domain/judgement.ts';
import { CLUSTER, dayOf, lastDay, namespaceOf, POLICIES } from './facts.ts';

/** Ten resolved findings and an open one per policy; coverage, risk and a recommendation per claim. */
export const FINDINGS_PER_POLICY = 11;

export function benchJudgement(): Judgement {
  const each = Array.from({ length: POLICIES }, (_, index) => index);
  return {
    clusterId: CLUSTER,
    judgedAt: lastDay(),
    revision: 1,
    jobStates: [],
    removedJobIds: [],
    findings: each.flatMap(findingsOf),
    expectedRuns: [],
    protections: each.map((index) => ({
      policyId: `policy-${index}`,
      resourceId: `resource-${index}`,
    })),
    coverage: each.map((index) => ({
      resourceId: `resource-${index}`,
      state: 'protected',
      reason: 'a policy names it',
      policyIds: [`policy-${index}`],
      lastSuccessAt: lastDay(),
    })),
    risks: each.map(aRisk),
    removedRiskResourceIds: [],
    recommendations: each.map(aRecommendation),
    forecasts: null,
    delivery: null,
  };
}

function findingsOf(policy: number): FindingChange[] {
  const changes: FindingChange[] = [];
  for (let life = 0; life < FINDINGS_PER_POLICY; life += 1) {
    const finding = aFinding(policy);
    changes.push({ change: 'raised', at: dayOf(life * 30), finding });
    if (life < FINDINGS_PER_POLICY - 1) {
      const { fingerprint } = finding;
      changes.push({ change: 'resolved', at: dayOf(life * 30 + 1), fingerprint, reason: 'a run' });
    }
  }
  return changes;
}

function aFinding(policy: number): FindingDraft {
  const source = `ReplicationSource ${namespaceOf(policy)}/app-${policy} status`;
  return {
    fingerprint: idOf('finding', String(policy)),
    kind: 'failed-run',
    severity: policy % 3 === 0 ? 'high' : 'medium',
    subject: subjectOf(policy),
    observed: { value: 'failed', unit: 'text', text: 'the last run failed' },
    expected: { value: 'success', unit: 'text', text: 'a run that succeeds' },
    cause: { code: 'FM-01', title: 'repository locked', shownBy: 'unable to create lock' },
    evidence: Array.from({ length: 4 }, (_, index) => ({
      label: `evidence ${index}`,
      value: index,
      unit: '1',
      source,
      at: lastDay(),
      table: 'runs',
      rowId: idOf('bench', String(index)),
    })),
    sentence: 'The last run failed although the ones before succeeded.',
    nextStep: 'Remove the lock, then run the backup again.',
  };
}

function aRisk(index: number): RiskScore {
  const score = index / 4;
  return {
    resourceId: `resource-${index}`,
    probability: score / 50,
    impact: 0.5,
    score,
    horizonSeconds: 2_592_000,
    terms: [{ name: 'restore', text: 'no restore has proved it', rate: 0.1, contribution: score }],
    impactTerms: [{ name: 'base', text: 'any claim', weight: 0.5 }],
    ways: [],
    readiness: { level: 'listed', provenAt: lastDay(), text: 'the engine reports a point' },
    rpoTargetSeconds: 7_200,
    rpoSource: 'derived',
    rpoWhy: 'twice the interval of the tightest schedule',
    rtoTargetSeconds: null,
    rtoWhy: 'no objective says',
    rpoAchievedSeconds: 3_600,
    judgedAt: lastDay(),
  };
}

function aRecommendation(index: number): RecommendationDraft {
  return {
    fingerprint: idOf('recommendation', String(index)),
    kind: 'fix-cause',
    subject: subjectOf(index),
    title: 'Remove the lock',
    current: 'every run fails',
    proposed: 'runs succeed',
    effects: [{ measure: 'risk', text: 'less', before: index / 4, after: 0, unit: '1' }],
    options: [],
    evidence: idOf('evidence', String(index)),
    confidence: 0.8,
    reason: 'a log line shows the lock',
    findingFingerprints: [idOf('finding', String(index))],
  };
}

function subjectOf(policy: number): FindingSubject {
  const name = `${namespaceOf(policy)}/app-${policy}`;
  return {
    policyId: `policy-${policy}`,
    resourceId: `resource-${policy}`,
    repositoryId: null,
    policy: name,
    resource: name,
    namespace: namespaceOf(policy),
  };
}
