import type {
  FactBatch,
  PolicyFact,
  RepositoryFact,
  ResourceFact,
  RestorePointFact,
  RestoreRunFact,
  RunFact,
  RunVolumeFact,
  AttemptFact,
  ObservedWindow,
  CollectProblem,
} from '../domain/facts.ts';
import type { MetricsBatch, MetricsSourceState } from '../domain/metrics.ts';
import type { RunLedger } from '../domain/ledger.ts';
import type { EndedRun } from '../analyze/ledger/account-input.ts';
import type { DeliveriesDecided, DeliveryWork } from '../domain/delivery.ts';
import type { ForecastStateRow } from '../domain/forecast.ts';
import type {
  AdviceEffectMeasured,
  JobStateRow,
  Judgement,
  LevelMark,
  MergedAdvice,
  Objective,
  PolicyFigures,
  RiskScore,
} from '../domain/judgement.ts';
import type {
  JudgeRules,
  RuleChange,
  RuleSource,
  RunHistory,
  SettingChanges,
  WatchedWindow,
} from '../domain/rule.ts';
import type { Role } from '../domain/words.ts';
import type * as views from '../domain/views.ts';

/** Who asks. A user's request runs as `authenticated` with these claims, so that row security decides. */
export interface Caller {
  tenantId: string;
  /** `memberships.subject`. */
  subject: string;
}

export interface MigrationReport {
  applied: string[];
  already: number;
  schemaVersion: number;
}

export interface ClusterRecord {
  clusterId: string;
  name: string;
  server: string;
  version: string | null;
  demo: boolean;
}

/** What a judging pass needs: all inventory and policies, and the runs whose rows changed since `afterRevision`. */
export interface JudgeInput {
  revision: number;
  /** The cluster's time up to which facts were read. */
  observedAt: Date;
  /** When anything but runs last changed. */
  inventoryRevision: number;
  /** Null when nothing but runs changed since `inventoryAfter`. */
  inventory: JudgeInventory | null;
  /** Runs changed after `afterRevision` (all of their volumes and attempts come along), oldest start first. */
  runs: RunFact[];
  runVolumes: RunVolumeFact[];
  attempts: AttemptFact[];
  observedWindows: ObservedWindow[];
  /** Levels that people took as usual, or took that back, in the order they did so. */
  marks: LevelMark[];
  /** True when more changed runs wait: judge these, then call again. */
  more: boolean;
}

export interface JudgeInventory {
  resources: ResourceFact[];
  /** Includes `scheduleSince` and `pausedSince`, which the store keeps: since when the value has been seen. */
  policies: (PolicyFact & {
    scheduleSince: Date;
    pausedSince: Date | null;
    removedAt: Date | null;
  })[];
  repositories: (RepositoryFact & { availabilitySince: Date })[];
  /** The newest restore point per resource and policy. */
  newestPoints: RestorePointFact[];
  restoreRuns: RestoreRunFact[];
  exemptions: { resourceId: string; reason: string; expiresAt: Date | null }[];
  objectives: Objective[];
  problems: CollectProblem[];
}

/** Days that samples, rollups and runs stay, and how many rows one call removes of each table. */
export interface HouseLimits {
  sampleDays: number;
  rollupDays: number;
  runDays: number;
  rows: number;
}

/**
 * The service's own work: runs as `service_role` with an explicit tenant, never as a superuser.
 * Every write is idempotent and one call is one transaction. Failures are AppError: `store-unreachable`
 * (retryable), `store-full`, `store-corrupt`, `schema-too-old`, `schema-too-new`, `conflict`.
 */
export interface SystemStore {
  ensureTenant(tenantId: string, ownerSubject: string): Promise<void>;
  saveCluster(tenantId: string, cluster: ClusterRecord): Promise<void>;
  /** True when this holder has the lease until now + ttl by the database's clock; a holder renews its own. */
  takeLease(
    tenantId: string,
    clusterId: string,
    holder: string,
    ttlSeconds: number,
  ): Promise<boolean>;
  releaseLease(tenantId: string, clusterId: string, holder: string): Promise<void>;
  readPolicyMemory(tenantId: string, clusterId: string): Promise<Map<string, string>>;
  /** Returns the cluster's facts revision after the write; unchanged when the batch held nothing new. */
  saveFacts(tenantId: string, batch: FactBatch): Promise<{ revision: number; changed: boolean }>;
  /**
   * Series and samples of things the facts know, and runs that no object shows; the rest is left out. Returns what was
   * new: twice the same batch adds nothing.
   */
  saveMetrics(tenantId: string, batch: MetricsBatch): Promise<{ samples: number; runs: number }>;
  /** How the cluster's metrics store stood last; null when none was ever asked. */
  readMetricsState(tenantId: string, clusterId: string): Promise<MetricsSourceState | null>;
  /**
   * Removes what has outlived its limit; `more`: rows are left, call again. Partitions go for all tenants, whatever
   * the tenant; what the database's own date would keep stays.
   */
  keepHouse(
    tenantId: string,
    today: Date,
    limits: HouseLimits,
  ): Promise<{ partitions: number; rows: number; more: boolean }>;
  readJudgeInput(
    tenantId: string,
    clusterId: string,
    afterRevision: number,
    runLimit: number,
    /** The inventory is known as of this revision; default `afterRevision`. */
    inventoryAfter?: number,
  ): Promise<JudgeInput>;
  /** The judged watermark and every job's state; the stored risk scores, to write only what changes. */
  readJudgeState(
    tenantId: string,
    clusterId: string,
  ): Promise<{
    judgedAt: Date | null;
    revision: number;
    jobs: JobStateRow[];
    risks: RiskScore[];
    openFingerprints: string[];
  }>;
  saveJudgement(tenantId: string, judgement: Judgement): Promise<void>;
  /** Findings raised up to an instant, or at a first contact, whose delivery is not decided, and what deciding takes. */
  readDeliveryWork(tenantId: string, until: Date, limit: number): Promise<DeliveryWork>;
  /** False, and nothing is written, when the desk is not the one of `revision` any more. */
  saveDeliveries(tenantId: string, revision: number, decided: DeliveriesDecided): Promise<boolean>;
  /** By what the tenant's backups are judged, as it was saved. */
  readJudgeRules(tenantId: string): Promise<{ settings: SettingChanges; rules: RuleSource[] }>;
  /** What forecasts rest on, all of it. */
  readForecastMemory(tenantId: string, clusterId: string): Promise<ForecastStateRow[]>;
  /** Ended runs written after `afterRevision`; null: after all that is accounted. */
  readLedgerInput(
    tenantId: string,
    clusterId: string,
    afterRevision: number | null,
    runLimit: number,
  ): Promise<LedgerInput>;
  /** An entry of a run whose energy is known better already changes nothing, nor does one written twice. */
  saveLedger(tenantId: string, ledger: LedgerBatch): Promise<{ written: number }>;

  /** What a run of each policy has taken on average since a day, by the ledger. */
  readPolicyFigures(tenantId: string, clusterId: string, since: Date): Promise<PolicyFigures[]>;
  /** Merged recommendations whose effect so many days later is to be measured: each once for every number of days. */
  readMergedAdvice(
    tenantId: string,
    clusterId: string,
    at: Date,
    days: readonly number[],
  ): Promise<MergedAdvice[]>;
  /** Measured twice is written once. */
  saveAdviceEffects(
    tenantId: string,
    clusterId: string,
    effects: readonly AdviceEffectMeasured[],
  ): Promise<void>;

  /** Hash of the key only: SHA-256, hex. */
  saveApiKey(
    tenantId: string,
    key: { keyId: string; name: string; hash: string; subject: string },
  ): Promise<void>;
  findApiKey(hash: string): Promise<Caller | null>;
  saveSignInLink(
    tenantId: string,
    link: { hash: string; subject: string; expiresAt: Date },
  ): Promise<void>;
  /** Spends the link: the second use of the same link returns null. */
  useSignInLink(
    hash: string,
    session: { hash: string; expiresAt: Date },
    at: Date,
  ): Promise<Caller | null>;
  findSession(hash: string, at: Date): Promise<Caller | null>;
  endSession(hash: string): Promise<void>;
}

/** Runs that have ended and wait for an entry, or for a better one. */
export interface LedgerInput {
  /** The runs are all that were written up to it. */
  revision: number;
  more: boolean;
  runs: LedgerRun[];
}

/** `revision` is that of its facts. */
export type LedgerRun = EndedRun & { revision: number };

export interface LedgerBatch {
  clusterId: string;
  /** Every ended run written up to it is accounted. */
  revision: number;
  entries: AccountedRun[];
}

/** An entry, and the revision of the facts it was made from. */
export interface AccountedRun extends RunLedger {
  revision: number;
  /** False: the metrics store did not answer; the run is handed out again after a restart. */
  settled: boolean;
}

export interface PageQuery {
  /** Opaque, from the previous page's `nextCursor`. A malformed one is AppError `invalid-input`. */
  cursor?: string;
  /** 1..500, default 50. */
  limit?: number;
}

/** What a signed-in caller may read and do; every call obeys row security. */
export interface UserStore {
  whoAmI(): Promise<{ tenantId: string; subject: string; role: Role }>;
  readStatus(): Promise<views.Status>;
  listClusters(): Promise<views.Page<views.Cluster>>;
  listResources(query: PageQuery & views.ResourceFilter): Promise<views.Page<views.Resource>>;
  listPolicies(query: PageQuery & views.PolicyFilter): Promise<views.Page<views.Policy>>;
  listRuns(query: PageQuery & views.RunFilter): Promise<views.Page<views.Run>>;
  listRestorePoints(
    query: PageQuery & views.RestorePointFilter,
  ): Promise<views.Page<views.RestorePoint>>;
  listCoverage(query: PageQuery & views.CoverageFilter): Promise<views.Page<views.Coverage>>;
  listFindings(query: PageQuery & views.FindingFilter): Promise<views.Page<views.Finding>>;
  readFinding(findingId: string): Promise<views.Finding | null>;
  /** Newest first; of those that hold a finding the caller may see. */
  listIncidents(query: PageQuery & views.IncidentFilter): Promise<views.Page<views.Incident>>;
  /** AppError `not-found`, `forbidden` (a viewer), `conflict` (e.g. reopening a resolved finding). */
  changeFinding(
    findingId: string,
    action: views.FindingAction,
    note: string | null,
    at: Date,
  ): Promise<views.Finding>;
  listRisk(query: PageQuery & views.RiskFilter): Promise<views.Page<views.Risk>>;
  /** Highest probability first. */
  listForecasts(query: PageQuery & views.ForecastFilter): Promise<views.Page<views.Forecast>>;
  /** How the forecasts so far have turned out. */
  readForecastCalibration(query: views.CalibrationFilter): Promise<views.ForecastCalibration>;
  listRecommendations(
    query: PageQuery & views.RecommendationFilter,
  ): Promise<views.Page<views.Recommendation>>;
  /**
   * A dismissed one stays away until its evidence changes, a merged one is measured. AppError `not-found`, `forbidden`
   * (a viewer), `conflict` (it no longer holds).
   */
  changeRecommendation(
    recommendationId: string,
    action: views.RecommendationAction,
    note: string | null,
    at: Date,
  ): Promise<views.Recommendation>;
  /** Sums of energy, cost and carbon by `by` and period, newest period first, and over all that the filter lets through. */
  readLedger(query: PageQuery & views.LedgerFilter): Promise<views.Ledger>;
  /** The figures of each run, newest end first. */
  listRunFigures(query: PageQuery & views.RunFiguresFilter): Promise<views.Page<views.RunFigures>>;
  /** One claim whole; null when no such resource. */
  showResource(
    namespace: string,
    name: string,
    clusterId: string | null,
  ): Promise<views.ResourceWhole | null>;
  /** `reason: null` ends the exemption. AppError `not-found`, `forbidden`. */
  exempt(
    resourceId: string,
    reason: string | null,
    expiresAt: Date | null,
    at: Date,
  ): Promise<void>;
  /** What each claim stands on, in the order of resource ids. */
  listStandings(query: PageQuery & { clusterId?: string }): Promise<views.Page<views.Standing>>;
  listObjectives(query: PageQuery & views.ObjectiveFilter): Promise<views.Page<views.Objective>>;
  /**
   * What is asked of a scope, RPO and RTO each inherited by what is narrower; both null takes it back. Setting what is
   * set already changes nothing. AppError `not-found`, `forbidden` (a viewer; beyond one's namespaces).
   */
  setObjective(
    scope: views.ObjectiveScope,
    targets: views.ObjectiveTargets,
    at: Date,
  ): Promise<void>;
  /** By what backups are judged: settings that differ from their defaults, and people's own rules. */
  readRules(): Promise<JudgeRules>;
  /**
   * Takes the place of the rule of that name. The expression is not looked at here. AppError `forbidden` (a viewer, or a
   * member who sees only some namespaces), `conflict` (50 rules already).
   */
  saveRule(rule: RuleSource, at: Date): Promise<void>;
  /** AppError `not-found`, `forbidden`. */
  removeRule(name: string, at: Date): Promise<void>;
  /** All of them: what is left out has its default again. AppError `forbidden`. */
  saveJudgeSettings(settings: SettingChanges, at: Date): Promise<void>;
  /** Newest first. */
  listRuleChanges(query: PageQuery): Promise<views.Page<RuleChange>>;
  /** Runs by start, newest first, as a replay takes them. */
  listRunHistory(
    query: PageQuery & { since?: string; until?: string },
  ): Promise<views.Page<RunHistory>>;
  /** Those that reach into the time from `since` on. */
  listObservedWindows(since: Date): Promise<WatchedWindow[]>;
  /** Changes with every committed change a reader could see: for ETags and live pages. */
  readRevision(): Promise<string>;
}

/** One store, three ways in. All three pass `test/contracts/store.ts`. */
export interface Store {
  /** How it is reached: `embedded`, `postgres` or `supabase`. */
  readonly way: 'embedded' | 'postgres' | 'supabase';
  readonly system: SystemStore;
  as(caller: Caller): UserStore;
  /** Applies what is missing; running twice changes nothing. Supabase needs `DATABASE_URL` for it. */
  migrate(): Promise<MigrationReport>;
  /** AppError `schema-too-new` when the schema's `compatible_from` is newer than this program, `schema-too-old` when migrations are missing. */
  checkSchema(): Promise<{ schemaVersion: number; database: string }>;
  ping(): Promise<void>;
  close(): Promise<void>;
}
