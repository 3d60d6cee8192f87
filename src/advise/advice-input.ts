import type { PolicyFact } from '../domain/facts.ts';
import type {
  CoverageRow,
  FindingDraft,
  FindingSubject,
  PolicyFigures,
  RecommendationDraft,
  RiskScore,
  RiskTerm,
} from '../domain/judgement.ts';
import { idOf } from '../domain/id.ts';

/** A score with its terms, as far as advice goes. */
export type AdvisedRisk = Pick<RiskScore, 'score' | 'impact'> & {
  terms: readonly Pick<RiskTerm, 'name' | 'rate'>[];
};

/** A claim as advice sees it. */
export interface AdvisedClaim {
  resourceId: string;
  namespace: string;
  name: string;
  coverage: CoverageRow;
  risk: AdvisedRisk;
  /** What an objective asks for; null: nothing. */
  rpoSeconds: number | null;
}

/** A living policy as advice sees it. */
export interface AdvisedPolicy {
  fact: PolicyFact;
  /** Seconds between two due runs; null when nothing makes it due. */
  intervalSeconds: number | null;
  /** Minutes of an ordinary week at which it is due, 0..10,079. */
  dueMinutes: readonly number[];
  resourceIds: readonly string[];
  /** What a run of it takes on average; null: nothing of it is accounted. */
  figures: PolicyFigures | null;
  /** That its next run fails or is missed, 0..1; null: no forecast. */
  failureChance: number | null;
}

/** All that recommendations rest on. */
export interface AdviceInput {
  clusterId: string;
  claims: readonly AdvisedClaim[];
  policies: readonly AdvisedPolicy[];
  /** Open findings. */
  findings: readonly FindingDraft[];
}

/** A recommendation as its recommender makes it. */
export type Advice = Omit<RecommendationDraft, 'evidence' | 'options'> &
  Partial<Pick<RecommendationDraft, 'options'>>;

/** One kind of advice. Pure; the same input gives the same recommendations in the same order. */
export type Recommender = (input: AdviceInput) => Advice[];

/** A recommendation's identity: the same advice about the same thing, whatever its figures. */
export function adviceFingerprint(clusterId: string, kind: string, ...about: string[]): string {
  return idOf('recommendation', clusterId, kind, ...about);
}

export function fullName(object: { namespace: string; name: string }): string {
  return object.namespace === '' ? object.name : `${object.namespace}/${object.name}`;
}

export function policySubject(fact: PolicyFact): FindingSubject {
  return {
    policyId: fact.policyId,
    resourceId: null,
    repositoryId: null,
    policy: fullName(fact),
    resource: null,
    namespace: fact.namespace,
  };
}
