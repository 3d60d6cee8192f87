/** The closed vocabularies of the glossary (docs/reference/glossary.md). */

export const ENGINES = [
  'volsync',
  'kopiur',
  'velero',
  'k8up',
  'longhorn',
  'cnpg',
  'csi',
  'cronjob',
  'kubestash',
  'stash',
  'kasten',
  'gemini',
] as const;
export type Engine = (typeof ENGINES)[number];

/** `empty` ran, ended well and moved nothing: it is not success. */
export const OUTCOMES = [
  'success',
  'empty',
  'partial',
  'failed',
  'skipped',
  'running',
  'unknown',
] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** A due time from a schedule: `unobserved` = we were not watching then; `excused` = paused or suspended. */
export const EXPECTED_STATES = ['met', 'late', 'missed', 'unobserved', 'excused'] as const;
export type ExpectedState = (typeof EXPECTED_STATES)[number];

export const SEVERITIES = ['critical', 'high', 'medium', 'low'] as const;
export type Severity = (typeof SEVERITIES)[number];

/** What a forecast is about: the next run, or the newest good copy, which gets older than the RPO within so long. */
export const FORECASTS_ABOUT = ['run', 'rpo-within-day', 'rpo-within-week'] as const;
export type ForecastAbout = (typeof FORECASTS_ABOUT)[number];

export const FINDING_STATES = ['open', 'acknowledged', 'expected', 'resolved'] as const;

/** `page`: somebody is told at once. `digest`: it is in the daily summary and in every list. */
export const DELIVERIES = ['page', 'digest'] as const;
/** Why a finding was delivered as it was: docs/reference/judgement.md. */
export const DELIVERY_REASONS = [
  'told',
  'member',
  'low',
  'chance',
  'again',
  'budget',
  'first-contact',
] as const;
export type DeliveryReason = (typeof DELIVERY_REASONS)[number];

export const INCIDENT_STATES = ['open', 'ended', 'any'] as const;

/** What jobs may share that can fail, the likelier cause first; `rule` is what one look at a cluster finds of many. */
export const SHARED_TRAITS = [
  'node',
  'target',
  'credential',
  'storageClass',
  'engineVersion',
  'engine',
  'startMinute',
  'cluster',
  'rule',
] as const;
export type SharedTrait = (typeof SHARED_TRAITS)[number];

export const FINDING_KINDS = [
  'missed-run',
  'failed-run',
  'failure-streak',
  'rpo-breach',
  'stuck-run',
  'empty-run',
  'flapping',
  'size-drop',
  'size-spike',
  'added-surge',
  'duration-anomaly',
  'duration-creep',
  'overrun',
  'repository-locked',
  'location-unavailable',
  'volume-skipped',
  'schedule-stopped',
  'policy-error',
  'never-succeeded',
  'not-covered',
  'orphaned-policy',
  'stale-restore-source',
  'empty-restore',
  'detached-volume',
  'snapshot-not-ready',
  'retention-risk',
  'claim-too-small',
  'label-unknown',
  'label-without-effect',
  'crash-consistent',
  'maintenance-failing',
  'custom-rule',
  'success-disagrees',
  'sync-disagrees',
  'outcome-disagrees',
  'location-disagrees',
  'point-missing',
] as const;
export type FindingKind = (typeof FINDING_KINDS)[number];

/** How surely, and how recently proven, a resource can come back. */
export const READINESS_LEVELS = ['none', 'declared', 'listed', 'verified', 'restored'] as const;
export type ReadinessLevel = (typeof READINESS_LEVELS)[number];

export const COVERAGE_STATES = [
  'protected',
  'never-succeeded',
  'uncovered',
  'exempt',
  'unknown',
] as const;
export type CoverageState = (typeof COVERAGE_STATES)[number];

export const RECOMMENDATION_KINDS = [
  'cover-claim',
  'fix-cause',
  'change-schedule',
  'spread-starts',
] as const;
export type RecommendationKind = (typeof RECOMMENDATION_KINDS)[number];

/** Where an objective is set, from the widest to the narrowest; each inherits from the one before. */
export const OBJECTIVE_LEVELS = ['tenant', 'cluster', 'namespace', 'resource'] as const;
export type ObjectiveLevel = (typeof OBJECTIVE_LEVELS)[number];

/** What one may imagine gone. */
export const LOSS_KINDS = [
  'repository',
  'credential',
  'namespace',
  'cluster',
  'storageClass',
  'node',
] as const;
export type LossKind = (typeof LOSS_KINDS)[number];

/** `merged`: somebody has made the change, and it is measured. */
export const RECOMMENDATION_STATES = ['open', 'dismissed', 'merged', 'retired'] as const;
/** What a merged recommendation has done; `unknown`: what it promised could not be measured. */
export const ADVICE_VERDICTS = ['effective', 'regressed', 'unchanged', 'unknown'] as const;
export type AdviceVerdict = (typeof ADVICE_VERDICTS)[number];

export const ROLES = ['owner', 'admin', 'operator', 'viewer', 'auditor'] as const;
export type Role = (typeof ROLES)[number];
