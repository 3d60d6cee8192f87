/** Judgement: what the pure rooms conclude from facts. Every figure leads back to evidence. */
import type { DeliveryNews } from './delivery.ts';
import type { ForecastsJudged } from './forecast.ts';
import type {
  AdviceVerdict,
  CoverageState,
  Engine,
  ExpectedState,
  FindingKind,
  ObjectiveLevel,
  ReadinessLevel,
  RecommendationKind,
  Severity,
} from './words.ts';

/** One fact with value, unit, source, time and row: what a judgement rests on. */
export interface Evidence {
  label: string;
  value: string | number | boolean | null;
  /** `s`, `B`, `1`, `time`, `text`. */
  unit: string;
  /** Where it was read, e.g. `ReplicationSource media/photos status.latestMoverStatus.logs`. */
  source: string;
  at: Date | null;
  table: string;
  rowId: string;
}

/** A measured or expected quantity with the words a person reads. */
export interface Quantity {
  value: number | string | null;
  unit: string;
  text: string;
}

/** A known failure mode recognised by a log line or a condition. */
export interface Cause {
  /** Catalogue code, e.g. `FM-01`. */
  code: string;
  title: string;
  /** The line or condition that shows it. */
  shownBy: string;
}

export interface FindingSubject {
  policyId: string | null;
  resourceId: string | null;
  repositoryId: string | null;
  /** `namespace/name`, for people. */
  policy: string | null;
  resource: string | null;
  namespace: string;
}

/** A judgement before it has a life in the store. */
export interface FindingDraft {
  fingerprint: string;
  kind: FindingKind;
  severity: Severity;
  subject: FindingSubject;
  observed: Quantity;
  expected: Quantity;
  cause: Cause | null;
  evidence: Evidence[];
  /** One plain sentence: what happened and why it is unusual. */
  sentence: string;
  nextStep: string;
  /** How often chance alone shows this; left out by rules that state a fact. */
  probability?: number;
}

/** What happened to a finding, in event time. `refreshed` = still true, with new figures or severity. */
export type FindingChange =
  | { change: 'raised'; at: Date; finding: FindingDraft }
  | { change: 'refreshed'; at: Date; finding: FindingDraft }
  | { change: 'resolved'; at: Date; fingerprint: string; reason: string };

/** A person said that a finding's level is as it should be, or took that back. */
export interface LevelMark {
  kind: FindingKind;
  policyId: string | null;
  resourceId: string | null;
  at: Date;
  /** True: no longer expected. */
  undone: boolean;
}

export interface ExpectedRun {
  /** The policy's id; of a policy that runs for each claim apart, with the claim's after a colon. */
  jobId: string;
  policyId: string;
  dueAt: Date;
  state: ExpectedState;
  runId: string | null;
  /** When the state was decided. */
  decidedAt: Date;
}

export interface Protection {
  policyId: string;
  resourceId: string;
}

export interface CoverageRow {
  resourceId: string;
  state: CoverageState;
  /** Why, in words; for `exempt` the reason given. */
  reason: string;
  policyIds: string[];
  lastSuccessAt: Date | null;
}

/** What people ask of a scope; null: nothing, then the wider scope counts. */
export interface Objective {
  level: ObjectiveLevel;
  /** Null: the whole cluster, or all clusters. */
  namespace: string | null;
  /** Null: all that is in the namespace. */
  resourceId: string | null;
  rpoSeconds: number | null;
  rtoSeconds: number | null;
}

export interface Readiness {
  level: ReadinessLevel;
  /** When the level's evidence was made; null for none and declared. */
  provenAt: Date | null;
  text: string;
}

/** One way to lose recoverability and its share of the score. */
export interface RiskTerm {
  name: string;
  text: string;
  /** Rate in 1/horizon; the probability is 1 − exp(−Σ rate). */
  rate: number;
  /** This term's part of the score; the parts add up to it. */
  contribution: number;
}

/** What makes a claim's loss weigh more or less; the weights add up to the impact. */
export interface ImpactTerm {
  name: string;
  text: string;
  weight: number;
}

/** A copy that a claim could come back from, as last judged. */
export interface WayBack {
  /** Null: no living policy accounts for it. */
  policyId: string | null;
  /** `namespace/name`, for people. */
  policy: string | null;
  engine: Engine;
  /** Where it lies; null: not known. */
  repositoryId: string | null;
  /** As `Kind namespace/name`. */
  repository: string | null;
  newestAt: Date;
  /** It lies on the claim's own storage and is lost with it. */
  sameStorage: boolean;
}

export interface RiskScore {
  resourceId: string;
  /** Of not being able to recover within the horizon, 0..1. */
  probability: number;
  /** Weight of the loss, 0..1. */
  impact: number;
  /** probability × impact × 100. */
  score: number;
  horizonSeconds: number;
  terms: RiskTerm[];
  impactTerms: ImpactTerm[];
  /** The newest copy of each way back, newest first. */
  ways: WayBack[];
  readiness: Readiness;
  rpoTargetSeconds: number | null;
  /** `derived` = twice the schedule's interval, `set` = an objective says so, `label` = the claim's own label, `none`. */
  rpoSource: 'derived' | 'set' | 'label' | 'none';
  /** Where the target comes from, in words. */
  rpoWhy: string;
  /** Age of the newest restore point at `judgedAt`; null: there is none. */
  rpoAchievedSeconds: number | null;
  /** The longest restore that an objective allows; null: none says. */
  rtoTargetSeconds: number | null;
  rtoWhy: string;
  judgedAt: Date;
}

/** What a change does to one measure. Null is not known, never zero. */
export interface AdviceEffect {
  /** `risk`, `rpo`, `runs`, `money`, `energy`, `carbon`, `starts-per-minute`: less is better in each. */
  measure: string;
  text: string;
  before: number | null;
  after: number | null;
  unit: string;
}

/** One of several ways to follow a recommendation. */
export interface AdviceOption {
  proposed: string;
  effects: AdviceEffect[];
  /** No other option is as good in RPO, money and carbon and better in one of them, as far as is known. */
  pareto: boolean;
  /** The one that the recommendation proposes. */
  chosen: boolean;
}

export interface RecommendationDraft {
  fingerprint: string;
  kind: RecommendationKind;
  subject: FindingSubject;
  title: string;
  current: string;
  proposed: string;
  effects: AdviceEffect[];
  /** Empty where there is only one way. */
  options: AdviceOption[];
  /** 0..1 */
  confidence: number;
  reason: string;
  findingFingerprints: string[];
  /** Hash of what it rests on, without figures that drift: a dismissed one stays away until it changes. */
  evidence: string;
}

/** What a run of a policy takes on average; null: not known, never zero. */
export interface PolicyFigures {
  policyId: string;
  joules: number | null;
  /** gCO2e */
  grams: number | null;
  amount: number | null;
  /** ISO 4217; null: unpriced. */
  currency: string | null;
}

/** How the policies of a recommendation did in a stretch of days; figures are means of a run. */
export interface AdviceStretch extends Omit<PolicyFigures, 'policyId'> {
  runs: number;
  /** Longest time without a new copy; null: no run succeeded. */
  longestGapSeconds: number | null;
}

/** A merged recommendation and the same number of days before and after the merge. */
export interface MergedAdvice {
  recommendationId: string;
  mergedAt: Date;
  afterDays: number;
  /** As it promised. */
  effects: AdviceEffect[];
  riskBefore: number | null;
  riskAfter: number | null;
  before: AdviceStretch;
  after: AdviceStretch;
}

/** What a merged recommendation has done so many days later. */
export interface AdviceEffectMeasured {
  recommendationId: string;
  mergedAt: Date;
  afterDays: number;
  verdict: AdviceVerdict;
  measures: {
    measure: string;
    unit: string;
    before: number | null;
    after: number | null;
    /** What the recommendation said it would become. */
    predicted: number | null;
  }[];
  measuredAt: Date;
}

/** The bounded memory of one job, from which judgement goes on without re-reading history. */
export interface JobStateRow {
  /** policyId, or policyId + resourceId for one volume of a run. */
  jobId: string;
  policyId: string | null;
  resourceId: string | null;
  /** JSON of at most 16 KB, written and read by `analyze` alone. */
  state: string;
  wakeAt: Date | null;
}

/** All that one judging pass over one cluster decided; written by one call. */
export interface Judgement {
  clusterId: string;
  judgedAt: Date;
  /** The facts' revision this pass has seen. */
  revision: number;
  jobStates: JobStateRow[];
  removedJobIds: string[];
  findings: FindingChange[];
  expectedRuns: ExpectedRun[];
  /** Complete for the cluster when not null. */
  protections: Protection[] | null;
  coverage: CoverageRow[] | null;
  /** Only the scores that changed. */
  risks: RiskScore[];
  removedRiskResourceIds: string[];
  /** Complete for the cluster when not null. */
  recommendations: RecommendationDraft[] | null;
  /** Null: nothing new about the future. */
  forecasts: ForecastsJudged | null;
  /** Null: nothing was raised and no run compared. */
  delivery: DeliveryNews | null;
}
