import type { PolicyFact } from '../../domain/facts.ts';
import type { RecommendationDraft } from '../../domain/judgement.ts';
import { adviceFingerprint, fullName } from '../advice-input.ts';
import type { AdviceInput, AdvisedClaim, AdvisedPolicy } from '../advice-input.ts';
import { minuteOf, withMinute } from '../cron-text.ts';
import { riskEffect, rpoEffect } from '../effects.ts';

/** A healthy policy leaves these: nothing has been restored yet, and there is one repository. */
const LEFT = new Set(['unproven', 'one-repository']);

/** For each claim without protection the policy it lacks, modelled on what protects its neighbours. */
export function coverClaim(input: AdviceInput): RecommendationDraft[] {
  return input.claims
    .filter((claim) => claim.coverage.state === 'uncovered')
    .map((claim) => advise(input, claim));
}

interface Proposal {
  text: string;
  confidence: number;
  intervalSeconds: number | null;
}

function advise(input: AdviceInput, claim: AdvisedClaim): RecommendationDraft {
  const name = fullName(claim);
  const proposal = propose(input, claim);
  const rpo = proposal.intervalSeconds === null ? null : 2 * proposal.intervalSeconds;
  return {
    fingerprint: adviceFingerprint(input.clusterId, 'cover-claim', claim.resourceId),
    kind: 'cover-claim',
    subject: {
      policyId: null,
      resourceId: claim.resourceId,
      repositoryId: null,
      policy: null,
      resource: name,
      namespace: claim.namespace,
    },
    title: `Back up ${name}`,
    current: claim.coverage.reason,
    proposed: proposal.text,
    effects: [
      ...riskEffect([claim.risk], (term) => LEFT.has(term)),
      ...(rpo === null ? [] : [rpoEffect(null, rpo)]),
    ],
    confidence: proposal.confidence,
    reason: `Without a policy nothing brings ${name} back.`,
    findingFingerprints: input.findings
      .filter((one) => one.kind === 'not-covered' && one.subject.resourceId === claim.resourceId)
      .map((one) => one.fingerprint),
  };
}

function propose(input: AdviceInput, claim: AdvisedClaim): Proposal {
  const paused = input.policies.find(({ fact }) => fact.paused && names(fact, claim));
  if (paused !== undefined)
    return {
      text: `resume ${paused.fact.kind} ${fullName(paused.fact)}: set spec.paused to false`,
      confidence: 0.9,
      intervalSeconds: paused.intervalSeconds,
    };
  const sibling = siblingOf(input, claim);
  if (sibling === null)
    return {
      text: 'a daily policy of the engine of your choice; no other policy in this cluster shows which',
      confidence: 0.4,
      intervalSeconds: null,
    };
  const near = sibling.fact.namespace === claim.namespace || reaches(sibling, claim);
  return {
    text: like(sibling.fact, claim),
    confidence: near ? 0.9 : 0.7,
    intervalSeconds: sibling.intervalSeconds,
  };
}

/** A running policy in the claim's namespace before any other; of equals the one with the lowest id. */
function siblingOf(input: AdviceInput, claim: AdvisedClaim): AdvisedPolicy | null {
  const running = input.policies.filter(
    ({ fact }) => !fact.paused && fact.problem === null && isModel(fact.selection),
  );
  const rank = (policy: AdvisedPolicy) => {
    const perClaim = policy.fact.selection.type === 'claims' ? 0 : 1;
    const near = policy.fact.namespace === claim.namespace || reaches(policy, claim) ? 0 : 2;
    return near + perClaim;
  };
  const ranked = running.toSorted(
    (a, b) => rank(a) - rank(b) || (a.fact.policyId < b.fact.policyId ? -1 : 1),
  );
  return ranked[0] ?? null;
}

/** Whether a policy with such a selection makes backups one could wish for. */
function isModel(selection: PolicyFact['selection']): boolean {
  if (selection.type === 'each-claim') return selection.storage === 'elsewhere';
  return selection.type !== 'unknown';
}

function reaches({ fact }: AdvisedPolicy, claim: AdvisedClaim): boolean {
  return fact.selection.type === 'namespaces' && fact.selection.include.includes(claim.namespace);
}

function names({ selection }: PolicyFact, claim: AdvisedClaim): boolean {
  return (
    selection.type === 'claims' &&
    selection.namespace === claim.namespace &&
    selection.names.includes(claim.name)
  );
}

function like(fact: PolicyFact, claim: AdvisedClaim): string {
  const model = `${fact.kind} ${fullName(fact)}`;
  if (fact.selection.type !== 'claims')
    return fact.selection.type === 'namespaces' && !fact.selection.include.includes(claim.namespace)
      ? `add namespace ${claim.namespace} to ${model}`
      : `let ${model} take it: opt its volume in, or use data movement`;
  const method = fact.method === null ? '' : ` by ${fact.method}`;
  return `${fact.kind} ${fullName(claim)} for claim ${claim.name}${method}${timing(fact, claim)}${keeping(fact)}, like ${model}`;
}

function timing({ schedule }: PolicyFact, claim: AdvisedClaim): string {
  if (schedule.type !== 'cron') return '';
  const spread = withMinute(schedule.expression, minuteOf(claim.namespace, claim.name));
  return ` at "${spread ?? schedule.expression}" (${schedule.timeZone})`;
}

function keeping({ keep }: PolicyFact): string {
  const rules = Object.entries(keep ?? {}).map(([unit, count]) => `${unit} ${count}`);
  return rules.length === 0 ? '' : `, keeping ${rules.join(', ')}`;
}
