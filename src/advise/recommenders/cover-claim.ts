import type { PolicyFact } from '../../domain/facts.ts';
import type { FindingDraft } from '../../domain/judgement.ts';
import { adviceFingerprint, fullName } from '../advice-input.ts';
import type { Advice, AdviceInput, AdvisedClaim, AdvisedPolicy } from '../advice-input.ts';
import { minuteOf, withMinute } from '../cron-text.ts';
import { riskEffect, rpoEffect } from '../effects.ts';

/** A healthy policy leaves these: nothing has been restored yet, and there is one repository. */
const LEFT = new Set(['unproven', 'one-repository']);

/** For each claim without protection the policy it lacks, modelled on what protects its neighbours. */
export function coverClaim(input: AdviceInput): Advice[] {
  const uncovered = input.claims.filter((claim) => claim.coverage.state === 'uncovered');
  if (uncovered.length === 0) return [];
  const grounds = groundsOf(input);
  return uncovered.map((claim) => advise(grounds, claim));
}

/** What advice about a claim rests on, looked up by claim and namespace, so that many claims cost no more each. */
interface Grounds {
  clusterId: string;
  /** Findings that say a claim is not covered, by the claim's id. */
  findings: ReadonlyMap<string | null, FindingDraft[]>;
  /** The paused policy that names a claim, by `namespace/name`. */
  paused: ReadonlyMap<string, AdvisedPolicy>;
  /** The best model among the policies in a namespace or for it. */
  near: ReadonlyMap<string, AdvisedPolicy>;
  /** The best model of all. */
  anywhere: AdvisedPolicy | null;
}

function groundsOf({ clusterId, findings, policies }: AdviceInput): Grounds {
  const paused = new Map<string, AdvisedPolicy>();
  const near = new Map<string, AdvisedPolicy>();
  let anywhere: AdvisedPolicy | null = null;
  for (const policy of policies) {
    const { fact } = policy;
    if (fact.paused)
      for (const name of namedBy(fact)) if (!paused.has(name)) paused.set(name, policy);
    if (fact.paused || fact.problem !== null || !isModel(fact.selection)) continue;
    for (const namespace of [fact.namespace, ...reachedBy(fact)])
      near.set(namespace, better(near.get(namespace) ?? null, policy));
    anywhere = better(anywhere, policy);
  }
  const bare = findings.filter(({ kind }) => kind === 'not-covered');
  return {
    clusterId,
    findings: Map.groupBy(bare, ({ subject }) => subject.resourceId),
    paused,
    near,
    anywhere,
  };
}

/** Policies for single claims first, those that take their own kind of volume alone last. */
const RANKS: Partial<Record<PolicyFact['selection']['type'], number>> = {
  claims: 0,
  'each-claim': 2,
};

/** The one whose selection ranks first; of equals the one with the lowest id. */
function better(known: AdvisedPolicy | null, other: AdvisedPolicy): AdvisedPolicy {
  if (known === null) return other;
  const [a, b] = [known.fact, other.fact];
  const [first, second] = [RANKS[a.selection.type] ?? 1, RANKS[b.selection.type] ?? 1];
  if (first !== second) return first < second ? known : other;
  return a.policyId < b.policyId ? known : other;
}

interface Proposal {
  text: string;
  confidence: number;
  intervalSeconds: number | null;
}

function advise(grounds: Grounds, claim: AdvisedClaim): Advice {
  const name = fullName(claim);
  const proposal = propose(grounds, claim);
  const rpo = proposal.intervalSeconds === null ? null : 2 * proposal.intervalSeconds;
  return {
    fingerprint: adviceFingerprint(grounds.clusterId, 'cover-claim', claim.resourceId),
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
    findingFingerprints: (grounds.findings.get(claim.resourceId) ?? []).map(
      (one) => one.fingerprint,
    ),
  };
}

function propose(grounds: Grounds, claim: AdvisedClaim): Proposal {
  const paused = grounds.paused.get(fullName(claim));
  if (paused !== undefined)
    return {
      text: `resume ${paused.fact.kind} ${fullName(paused.fact)}: set spec.paused to false`,
      confidence: 0.9,
      intervalSeconds: paused.intervalSeconds,
    };
  const near = grounds.near.get(claim.namespace);
  const sibling = near ?? grounds.anywhere;
  if (sibling === null)
    return {
      text: 'a daily policy of the engine of your choice; no other policy in this cluster shows which',
      confidence: 0.4,
      intervalSeconds: null,
    };
  // Whether the claim's volume is of the kind such a policy takes is not known here.
  const fits = sibling.fact.selection.type === 'each-claim' ? 0.5 : 0.7;
  return {
    text: like(sibling.fact, claim),
    confidence: near === undefined ? fits : 0.9,
    intervalSeconds: sibling.intervalSeconds,
  };
}

/** Whether a policy with such a selection makes backups one could wish for. */
function isModel(selection: PolicyFact['selection']): boolean {
  if (selection.type === 'each-claim') return selection.storage === 'elsewhere';
  // A database's own policy takes no other claim.
  return selection.type !== 'unknown' && selection.type !== 'labels';
}

function reachedBy({ selection }: PolicyFact): string[] {
  return selection.type === 'namespaces' ? selection.include : [];
}

/** `namespace/name` of the claims a policy names. */
function namedBy({ selection }: PolicyFact): string[] {
  return selection.type === 'claims'
    ? selection.names.map((name) => fullName({ namespace: selection.namespace, name }))
    : [];
}

function like(fact: PolicyFact, claim: AdvisedClaim): string {
  const model = `${fact.kind} ${fullName(fact)}`;
  if (fact.selection.type === 'each-claim')
    return `if its volume is one of Longhorn’s, label that recurring-job.longhorn.io/${fact.name}: enabled, so that ${model} takes it`;
  if (fact.selection.type !== 'claims')
    return fact.selection.type === 'namespaces' && !fact.selection.include.includes(claim.namespace)
      ? `add namespace ${claim.namespace} to ${model}`
      : `let ${model} take it: opt its volume in, or use data movement`;
  const method = fact.method === null ? '' : ` by ${fact.method}`;
  return `${fact.kind} ${fullName(claim)} for claim ${claim.name}${method}${timing(fact, claim)}${keeping(fact)}, like ${model}`;
}

function timing({ schedule }: PolicyFact, claim: AdvisedClaim): string {
  if (schedule.type !== 'cron') return '';
  const minute = minuteOf(claim.namespace, claim.name);
  const spread = withMinute(schedule.expression, minute, schedule.dialect);
  return ` at "${spread ?? schedule.expression}" (${schedule.timeZone})`;
}

function keeping({ keep }: PolicyFact): string {
  const rules = Object.entries(keep ?? {}).map(([unit, count]) => `${unit} ${count}`);
  return rules.length === 0 ? '' : `, keeping ${rules.join(', ')}`;
}
