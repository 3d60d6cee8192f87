/** What the doors show: JSON shapes of the feed, with ISO 8601 instants in UTC (`…Z`). The store returns these as they are. */
import { z } from 'zod';
import { CarbonFigure, CostFigure, EnergyFigure } from './ledger.ts';
import { METRICS_STATES } from './metrics.ts';
import {
  ADVICE_VERDICTS,
  COVERAGE_STATES,
  DELIVERIES,
  DELIVERY_REASONS,
  ENGINES,
  EXPECTED_STATES,
  FINDING_KINDS,
  FINDING_STATES,
  FORECASTS_ABOUT,
  type ForecastAbout,
  LOSS_KINDS,
  OBJECTIVE_LEVELS,
  OUTCOMES,
  READINESS_LEVELS,
  RECOMMENDATION_KINDS,
  RECOMMENDATION_STATES,
  ROLES,
  SEVERITIES,
  SHARED_TRAITS,
} from './words.ts';

const instant = z.string().describe('ISO 8601, UTC');
const maybeInstant = instant.nullable();
const bytes = z.number().nullable().describe('bytes; null: the source does not say');

export interface Page<T> {
  items: T[];
  nextCursor: string | null;
}

export const Problem = z.object({
  source: z.string(),
  code: z.string(),
  message: z.string(),
  nextStep: z.string(),
  namespaces: z.array(z.string()).nullable(),
  since: instant,
});

export const MetricsSource = z.object({
  url: z.string(),
  state: z
    .enum(METRICS_STATES)
    .describe('`partial`: it answers, but says or shows that something is missing'),
  observedAt: maybeInstant.describe('up to when it was read; null: never'),
  historyFrom: maybeInstant.describe('how far back its history was taken over; null: not yet'),
});
export type MetricsSource = z.infer<typeof MetricsSource>;

export const Cluster = z.object({
  clusterId: z.string(),
  name: z.string(),
  server: z.string(),
  version: z.string().nullable(),
  demo: z.boolean(),
  engines: z.array(z.enum(ENGINES)),
  observedAt: maybeInstant,
  judgedAt: maybeInstant,
  metrics: MetricsSource.nullable().describe('null: no metrics store is configured'),
  problems: z.array(Problem),
});
export type Cluster = z.infer<typeof Cluster>;

export const VolumeUsage = z.object({
  usedBytes: z.number(),
  capacityBytes: bytes,
  fill: z.number().nullable().describe('used / capacity, as the file system counts them'),
  growthBytesPerDay: z
    .number()
    .nullable()
    .describe('over the last week; null: not known for a day yet'),
  at: instant.describe('when it was measured last'),
});

export const Resource = z.object({
  resourceId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  app: z.string().nullable(),
  labels: z.record(z.string(), z.string()),
  storageClass: z.string().nullable(),
  capacityBytes: bytes,
  usage: VolumeUsage.nullable().describe('null: no metric tells it'),
  createdAt: maybeInstant,
  removedAt: maybeInstant,
});
export type Resource = z.infer<typeof Resource>;

export const Policy = z.object({
  policyId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  engine: z.enum(ENGINES),
  kind: z.string(),
  namespace: z.string(),
  name: z.string(),
  schedule: z.string().nullable().describe('as declared; null: not scheduled'),
  timeZone: z.string().nullable(),
  paused: z.boolean(),
  method: z.string().nullable(),
  keep: z.record(z.string(), z.union([z.number(), z.string()])).nullable(),
  problem: z.string().nullable(),
  resourceIds: z.array(z.string()),
  lastSuccessAt: maybeInstant,
  removedAt: maybeInstant,
});
export type Policy = z.infer<typeof Policy>;

export const RunVolume = z.object({
  resourceId: z.string(),
  resource: z.string(),
  outcome: z.enum(OUTCOMES),
  logicalBytes: bytes,
  addedBytes: bytes,
  message: z.string().nullable(),
});
export const Attempt = z.object({
  endedAt: instant,
  outcome: z.string(),
  log: z.string().nullable(),
});

export const Run = z.object({
  runId: z.string(),
  runDay: z.string(),
  clusterId: z.string(),
  engine: z.enum(ENGINES),
  policyId: z.string().nullable(),
  policy: z.string().nullable(),
  resourceId: z.string().nullable(),
  resource: z.string().nullable(),
  namespace: z.string(),
  name: z.string(),
  startedAt: instant,
  endedAt: maybeInstant,
  outcome: z.enum(OUTCOMES),
  durationSeconds: z.number().nullable(),
  logicalBytes: bytes,
  addedBytes: bytes,
  storedBytes: bytes,
  files: z.number().nullable(),
  snapshotId: z.string().nullable(),
  errorText: z.string().nullable(),
  source: z
    .enum(['object', 'metric'])
    .describe('`metric`: no object shows it; its times are rough'),
  attempts: z.array(Attempt),
  volumes: z.array(RunVolume),
});
export type Run = z.infer<typeof Run>;

export const RestorePoint = z.object({
  restorePointId: z.string(),
  clusterId: z.string(),
  engine: z.enum(ENGINES),
  policyId: z.string().nullable(),
  resourceId: z.string().nullable(),
  resource: z.string().nullable(),
  takenAt: instant,
  expiresAt: maybeInstant,
  handle: z.string(),
  logicalBytes: bytes,
  goneAt: maybeInstant,
});
export type RestorePoint = z.infer<typeof RestorePoint>;

export const Coverage = z.object({
  resourceId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  app: z.string().nullable(),
  state: z.enum(COVERAGE_STATES),
  reason: z.string(),
  policyIds: z.array(z.string()),
  lastSuccessAt: maybeInstant,
});
export type Coverage = z.infer<typeof Coverage>;

export const Quantity = z.object({
  value: z.union([z.number(), z.string()]).nullable(),
  unit: z.string(),
  text: z.string(),
});
export const Evidence = z.object({
  label: z.string(),
  value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
  unit: z.string(),
  source: z.string(),
  at: maybeInstant,
  table: z.string(),
  rowId: z.string(),
});
export const Cause = z.object({ code: z.string(), title: z.string(), shownBy: z.string() });
export const FindingEvent = z.object({
  at: instant,
  actor: z.string(),
  change: z.string(),
  note: z.string().nullable(),
});

const shared = {
  shared: z.enum(SHARED_TRAITS).describe('What is shared; `rule`: what one look finds of many.'),
  value: z.string(),
  tripped: z.number().describe('Jobs with findings; of a rule, findings.'),
  of: z.number().nullable().describe('Jobs that share it; null: not counted.'),
};
export const FindingIncident = z.object({ id: z.string(), ...shared });
export const Incident = z.object({
  incidentId: z.string(),
  ...shared,
  clusterId: z.string().nullable().describe('Null: it reaches across clusters.'),
  cluster: z.string().nullable(),
  since: instant,
  newestAt: instant.describe('When the newest finding of it was raised.'),
  kinds: z.array(z.enum(FINDING_KINDS)),
  severity: z.enum(SEVERITIES).describe('The gravest of its findings.'),
  findings: z.number(),
  openFindings: z.number().describe('Not resolved, of those you may see.'),
  sentence: z.string(),
});
export type Incident = z.infer<typeof Incident>;

export const Finding = z.object({
  findingId: z.string(),
  fingerprint: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  kind: z.enum(FINDING_KINDS),
  severity: z.enum(SEVERITIES),
  state: z.enum(FINDING_STATES),
  namespace: z.string(),
  policyId: z.string().nullable(),
  policy: z.string().nullable(),
  resourceId: z.string().nullable(),
  resource: z.string().nullable(),
  repositoryId: z.string().nullable(),
  raisedAt: instant,
  lastSeenAt: instant,
  resolvedAt: maybeInstant,
  resolvedBy: z.string().nullable(),
  previousFindingId: z.string().nullable(),
  observed: Quantity,
  expected: Quantity,
  cause: Cause.nullable(),
  evidence: z.array(Evidence),
  sentence: z.string(),
  nextStep: z.string(),
  delivery: z
    .enum(DELIVERIES)
    .nullable()
    .describe('Whether somebody is told at once, or in the daily summary; null: not decided yet.'),
  deliveryReason: z
    .enum(DELIVERY_REASONS)
    .nullable()
    .describe('Why so (docs/reference/judgement.md).'),
  incident: FindingIncident.nullable().describe('What it shares with others in the same trouble.'),
  events: z.array(FindingEvent),
});
export type Finding = z.infer<typeof Finding>;
export const FindingAction = z.enum(['acknowledge', 'expected', 'reopen']);
export type FindingAction = z.infer<typeof FindingAction>;

export const Readiness = z.object({
  level: z.enum(READINESS_LEVELS),
  provenAt: maybeInstant,
  text: z.string(),
});
export const RiskTerm = z.object({
  name: z.string(),
  text: z.string(),
  rate: z.number(),
  contribution: z.number(),
});
export const WayBack = z.object({
  policyId: z.string().nullable().describe('null: no living policy accounts for it'),
  policy: z.string().nullable(),
  engine: z.enum(ENGINES),
  repositoryId: z.string().nullable().describe('null: where it lies is not known'),
  repository: z.string().nullable().describe('as `Kind namespace/name`'),
  newestAt: instant,
  sameStorage: z.boolean().describe('on the claim’s own storage, lost with it'),
});
export type WayBack = z.infer<typeof WayBack>;
export const ImpactTerm = z.object({ name: z.string(), text: z.string(), weight: z.number() });
export const Risk = z.object({
  resourceId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  app: z.string().nullable(),
  coverage: z.enum(COVERAGE_STATES),
  probability: z.number(),
  impact: z.number(),
  score: z.number().describe('0..100: probability × impact × 100'),
  horizonSeconds: z.number(),
  terms: z.array(RiskTerm),
  impactTerms: z.array(ImpactTerm).describe('weights that add up to the impact'),
  ways: z.array(WayBack).describe('the newest copy of each way back, newest first'),
  readiness: Readiness,
  rpoTargetSeconds: z.number().nullable(),
  rpoSource: z.enum(['derived', 'set', 'label', 'none']),
  rpoWhy: z.string().describe('where the target comes from'),
  rpoAchievedSeconds: z.number().nullable(),
  rtoTargetSeconds: z.number().nullable().describe('null: no objective says'),
  rtoWhy: z.string(),
  openFindings: z.number(),
  worstSeverity: z.enum(SEVERITIES).nullable(),
  judgedAt: instant,
});
export type Risk = z.infer<typeof Risk>;

/** What a claim stands on: what a loss is measured against. */
export const Standing = z.object({
  resourceId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  name: z.string(),
  app: z.string().nullable(),
  storageClass: z.string().nullable(),
  coverage: z.enum(COVERAGE_STATES),
  ways: z.array(WayBack),
  judgedAt: instant.describe('the cluster’s own time up to which it was judged'),
});
export type Standing = z.infer<typeof Standing>;

const left = z
  .enum(['copy', 'nothing', 'unknown'])
  .describe('what would be left; `unknown`: the inventory cannot tell');
const lossWindow = z
  .number()
  .nullable()
  .describe(
    's; what is younger is lost. Null with `nothing`: all of it; with `unknown`: not known',
  );
export const LossOfClaim = z.object({
  resourceId: z.string(),
  name: z.string(),
  coverage: z.enum(COVERAGE_STATES),
  dataLost: z.enum(['yes', 'no', 'unknown']),
  left,
  newestAt: maybeInstant.describe('of the newest copy that surely survives'),
  lossWindowSeconds: lossWindow,
  lost: z.array(z.string()).describe('copies that are gone with it, by where they lie'),
  unsure: z.array(z.string()).describe('copies of which the inventory does not tell'),
});
export const LossOfApp = z.object({
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  app: z.string().nullable().describe('null: not known'),
  left,
  lossWindowSeconds: lossWindow,
  claims: z.array(LossOfClaim),
});
export const WhatIf = z.object({
  lose: z.object({ kind: z.enum(LOSS_KINDS), name: z.string() }),
  counts: z.object({
    apps: z.number(),
    claims: z.number().describe('touched in any way, or perhaps'),
    copy: z.number(),
    nothing: z.number(),
    unknown: z.number(),
  }),
  notes: z.array(z.string()).describe('what the answer does not know or takes for granted'),
  apps: z.array(LossOfApp).describe('the worst first'),
});
export type LossOfClaim = z.infer<typeof LossOfClaim>;
export type LossOfApp = z.infer<typeof LossOfApp>;
export type WhatIf = z.infer<typeof WhatIf>;

export const Objective = z.object({
  scope: z.string().describe('`all`, `cluster/…`, `namespace/…/…` or `resource/…`'),
  level: z.enum(OBJECTIVE_LEVELS),
  clusterId: z.string().nullable(),
  cluster: z.string().nullable(),
  namespace: z.string().nullable(),
  resourceId: z.string().nullable(),
  resource: z.string().nullable().describe('its name'),
  rpoSeconds: z.number().nullable().describe('null: the wider scope counts'),
  rtoSeconds: z.number().nullable(),
  reason: z.string().nullable(),
  owner: z.string().describe('who set it, or took it back'),
  setAt: instant,
  events: z.array(
    z.object({
      at: instant,
      actor: z.string(),
      rpoSeconds: z.number().nullable(),
      rtoSeconds: z.number().nullable().describe('both null: taken back'),
      reason: z.string().nullable(),
    }),
  ),
});
export type Objective = z.infer<typeof Objective>;
/** Where an objective is set: `{}` everywhere, else one cluster, one of its namespaces, or one resource. */
export type ObjectiveScope =
  | { clusterId?: never; namespace?: never; resourceId?: never }
  | { clusterId: string; namespace?: string; resourceId?: never }
  | { resourceId: string; clusterId?: never; namespace?: never };
export interface ObjectiveTargets {
  rpoSeconds: number | null;
  rtoSeconds: number | null;
  reason: string | null;
}

const AdviceEffect = z.object({
  measure: z.string().describe('less is better in each'),
  text: z.string(),
  before: z.number().nullable().describe('null: not known'),
  after: z.number().nullable(),
  unit: z.string(),
});
const AdviceOption = z.object({
  proposed: z.string(),
  effects: z.array(AdviceEffect),
  pareto: z.boolean().describe('no other is as good in RPO, money and carbon and better in one'),
  chosen: z.boolean().describe('what the recommendation proposes'),
});
export const AdviceMeasured = z.object({
  afterDays: z.number(),
  mergedAt: instant,
  verdict: z.enum(ADVICE_VERDICTS),
  measures: z.array(
    z.object({
      measure: z.string(),
      unit: z.string(),
      before: z.number().nullable().describe('as many days before the merge; null: not known'),
      after: z.number().nullable(),
      predicted: z.number().nullable(),
    }),
  ),
  measuredAt: instant,
});
export const Recommendation = z.object({
  recommendationId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  kind: z.enum(RECOMMENDATION_KINDS),
  state: z.enum(RECOMMENDATION_STATES),
  namespace: z.string(),
  policyId: z.string().nullable(),
  policy: z.string().nullable(),
  resourceId: z.string().nullable(),
  resource: z.string().nullable(),
  title: z.string(),
  current: z.string(),
  proposed: z.string(),
  reason: z.string(),
  confidence: z.number(),
  effects: z.array(AdviceEffect),
  options: z.array(AdviceOption).describe('empty where there is only one way'),
  findingIds: z.array(z.string()),
  mergedAt: maybeInstant,
  measured: z.array(AdviceMeasured).describe('what it has done since it was merged, newest first'),
  events: z.array(FindingEvent),
  createdAt: instant,
  updatedAt: instant,
});
export type Recommendation = z.infer<typeof Recommendation>;
export const RecommendationAction = z.enum(['dismiss', 'reopen', 'merge']);
export type RecommendationAction = z.infer<typeof RecommendationAction>;

export const Forecast = z.object({
  jobId: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  engine: z.enum(ENGINES),
  policyId: z.string().nullable(),
  policy: z.string().nullable(),
  resourceId: z.string().nullable(),
  resource: z.string().nullable(),
  nextDueAt: instant,
  probability: z.number().describe('0..1: that the run due then fails or is missed'),
  low: z.number().describe('with high: where the job’s true rate lies nine times in ten'),
  high: z.number(),
  rpoBrokenWithinDay: z.number().nullable().describe('null: no good copy or no objective is known'),
  rpoBrokenWithinWeek: z.number().nullable(),
  reasons: z.array(z.string()),
  results: z.number().describe('outcomes of this job it rests on'),
  statedAt: instant,
});
export type Forecast = z.infer<typeof Forecast>;
export type ForecastFilter = Partial<{
  clusterId: string;
  namespace: string;
  policyId: string;
  resourceId: string;
  minProbability: number;
}>;
export const ForecastCalibration = z.object({
  about: z.enum(FORECASTS_ABOUT),
  since: z.string().nullable().describe('first day with an outcome, UTC'),
  until: z.string().nullable(),
  forecasts: z.number().describe('outcomes of forecasts'),
  failed: z.number().describe('of them came true: the run failed or was missed, or the RPO broke'),
  brier: z.number().nullable().describe('mean squared error; null: no outcome yet'),
  brierSkill: z
    .number()
    .nullable()
    .describe(
      '1 − Brier / Brier of always stating the share that came true; null: nothing differed',
    ),
  calibrationError: z.number().nullable().describe('mean distance of stated and observed'),
  bins: z.array(
    z.object({
      bin: z.number(),
      from: z.number().describe('stated probabilities from here'),
      to: z.number().describe('to below here'),
      forecasts: z.number(),
      stated: z.number().describe('mean'),
      observed: z.number().describe('share that came true'),
    }),
  ),
});
export type ForecastCalibration = z.infer<typeof ForecastCalibration>;
export type CalibrationFilter = Partial<{
  about: ForecastAbout;
  clusterId: string;
  since: string;
}>;

export const LEDGER_BY = ['app', 'policy', 'cluster'] as const;
export const LEDGER_PERIODS = ['day', 'week', 'month'] as const;

const runsWith = (what: string) => z.number().describe(`runs ${what}`);

/** Sums over runs that ended; a sum is null, never zero, when no run's figure is known. */
export const LedgerFigures = z.object({
  runs: z.number(),
  joules: z.number().nullable().describe('J, of the runs whose energy is known'),
  energy: z.object({
    measured: runsWith('metered over at least 80 % of their movers’ lives'),
    partial: runsWith('metered over at least half'),
    modelled: runsWith('computed from CPU time, or split by bytes'),
    default: runsWith('for which constants stand'),
    unknown: runsWith('of unknown energy, in no sum'),
  }),
  amounts: z
    .array(z.object({ currency: z.string(), amount: z.number() }))
    .describe('one for each currency; none: unpriced'),
  cost: z.object({
    priced: runsWith('with a price'),
    incomplete: runsWith('of the priced ones with a part that has none'),
    unpriced: runsWith('without any price, in no amount'),
  }),
  grams: z.number().nullable().describe('gCO2e, of the runs whose emissions are known'),
  carbon: z.object({
    known: runsWith('with known emissions'),
    incomplete: runsWith('of those with a part that is not known'),
    unknown: runsWith('of unknown emissions, in no sum'),
  }),
});
export type LedgerFigures = z.infer<typeof LedgerFigures>;
export const LedgerLine = LedgerFigures.extend({
  period: z.string().describe('first day, UTC; weeks begin on Monday'),
  key: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string().nullable(),
  policyId: z.string().nullable(),
  app: z.string().nullable(),
  label: z.string().nullable().describe('null: several apps, or none known; no policy'),
});
export type LedgerLine = z.infer<typeof LedgerLine>;
export const Ledger = z.object({
  by: z.enum(LEDGER_BY),
  period: z.enum(LEDGER_PERIODS),
  total: LedgerFigures.describe('over all lines, on this page or not'),
  items: z.array(LedgerLine),
  nextCursor: z.string().nullable(),
});
export type Ledger = z.infer<typeof Ledger>;
export const RunFigures = z.object({
  runId: z.string(),
  runDay: z.string(),
  clusterId: z.string(),
  cluster: z.string(),
  namespace: z.string(),
  policyId: z.string().nullable(),
  policy: z.string().nullable(),
  app: z.string().nullable(),
  endedAt: instant,
  energy: EnergyFigure,
  cost: CostFigure,
  carbon: CarbonFigure,
});
export type RunFigures = z.infer<typeof RunFigures>;

export const ExpectedRunView = z.object({
  policyId: z.string(),
  dueAt: instant,
  state: z.enum(EXPECTED_STATES),
  runId: z.string().nullable(),
});

/** One claim whole. */
export const ResourceWhole = z.object({
  resource: Resource,
  coverage: Coverage.nullable(),
  risk: Risk.nullable(),
  policies: z.array(Policy),
  runs: z.array(Run),
  restorePoints: z.array(RestorePoint),
  findings: z.array(Finding),
  expectedRuns: z.array(ExpectedRunView),
  recommendations: z.array(Recommendation),
  forecasts: z.array(Forecast),
});
export type ResourceWhole = z.infer<typeof ResourceWhole>;

export const Status = z.object({
  revision: z.string(),
  demo: z.boolean(),
  clusters: z.array(Cluster),
  counts: z.object({
    resources: z.number(),
    claims: z.number(),
    policies: z.number(),
    runs: z.number().describe('an estimate above 100,000'),
    restorePoints: z.number(),
    findingsOpen: z.record(z.string(), z.number()).describe('by severity'),
    coverage: z.record(z.string(), z.number()).describe('by state'),
    recommendations: z.number(),
  }),
  worst: z.array(Risk).describe('the three highest scores'),
});
export type Status = z.infer<typeof Status>;

export const WhoAmI = z.object({ tenantId: z.string(), subject: z.string(), role: z.enum(ROLES) });

export interface ScopeFilter {
  clusterId?: string;
  namespace?: string;
}
export interface ResourceFilter extends ScopeFilter {
  kind?: string;
  name?: string;
  includeRemoved?: boolean;
}
export interface PolicyFilter extends ScopeFilter {
  engine?: string;
  resourceId?: string;
  includeRemoved?: boolean;
}
export interface RunFilter extends ScopeFilter {
  policyId?: string;
  resourceId?: string;
  outcome?: string;
  since?: string;
  until?: string;
}
export interface RestorePointFilter extends ScopeFilter {
  policyId?: string;
  resourceId?: string;
  includeGone?: boolean;
}
export interface CoverageFilter extends ScopeFilter {
  state?: string;
}
export interface FindingFilter extends ScopeFilter {
  state?: string;
  kind?: string;
  severity?: string;
  resourceId?: string;
  policyId?: string;
  since?: string;
  delivery?: string;
  incidentId?: string;
}
export interface IncidentFilter {
  clusterId?: string;
  /** `open` (default): with a finding that is not resolved. */
  state?: string;
  /** Whose newest finding was raised at or after it. */
  since?: string;
}
export interface RiskFilter extends ScopeFilter {
  minScore?: number;
}
export interface ObjectiveFilter extends ScopeFilter {
  level?: string;
  /** Also those that were taken back. */
  includeEnded?: boolean;
}
export interface RecommendationFilter extends ScopeFilter {
  kind?: string;
  resourceId?: string;
  state?: string;
  since?: string;
}
export interface LedgerFilter extends ScopeFilter {
  by: (typeof LEDGER_BY)[number];
  period: (typeof LEDGER_PERIODS)[number];
  policyId?: string;
  app?: string;
  /** Days, UTC: from this one on. */
  since?: string;
  /** Up to this one, without it. */
  until?: string;
}
export interface RunFiguresFilter extends ScopeFilter {
  policyId?: string;
  since?: string;
  until?: string;
}
