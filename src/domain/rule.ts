/** People's own rules and settings of judgement, as they are written, stored and shown. */
import { z } from 'zod';
import { ENGINES, OUTCOMES, SEVERITIES } from './words.ts';

export const LONGEST_RULE = 500;
export const MOST_RULES = 50;

const instant = z.string().describe('ISO 8601, UTC');

/** A rule over one run of a job (docs/reference/rules.md). */
export const RuleSource = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      'must be small letters, digits and dashes, at most 63',
    )
    .describe('identifies the rule; its findings keep it'),
  when: z.string().min(1).max(LONGEST_RULE).describe('expression over the fields of a run'),
  severity: z.enum(SEVERITIES).default('medium').describe('of its findings'),
  sentence: z.string().max(500).default('').describe('what it means when a run meets the rule'),
  nextStep: z.string().max(500).default('').describe('what to do then'),
});
export type RuleSource = z.output<typeof RuleSource>;

export const Rule = RuleSource.extend({
  changedAt: instant,
  changedBy: z.string(),
});
export type Rule = z.output<typeof Rule>;

/** By kind of finding, the settings that differ from their defaults. */
export const SettingChanges = z.record(
  z.string(),
  z.record(z.string(), z.union([z.number(), z.string(), z.boolean()])),
);
export type SettingChanges = z.output<typeof SettingChanges>;

export const RuleSaved = z.object({
  warning: z.string().nullable().describe('why no run has met it, or ever can; null: some have'),
});
export type RuleSaved = z.output<typeof RuleSaved>;

/** By what backups are judged now. */
export const JudgeRules = z.object({
  settings: SettingChanges,
  changedAt: instant.nullable().describe('of the settings; null: they were never changed'),
  changedBy: z.string().nullable(),
  rules: z.array(Rule),
});
export type JudgeRules = z.output<typeof JudgeRules>;

export const JudgeSettingsView = z.object({
  changedAt: instant.nullable().describe('null: they were never changed'),
  changedBy: z.string().nullable(),
  items: z.array(
    z.object({
      kind: z.string().describe('kind of finding'),
      name: z.string(),
      value: z.number().describe('in force'),
      default: z.number(),
      text: z.string().describe('unit; reason'),
    }),
  ),
});
export type JudgeSettingsView = z.output<typeof JudgeSettingsView>;

export const RuleChange = z.object({
  changeNo: z.number(),
  at: instant,
  actor: z.string(),
  subject: z.enum(['rule', 'settings']),
  name: z.string().nullable().describe('of the rule'),
  before: z.unknown().describe('null: there was none'),
  after: z.unknown().describe('null: it was removed'),
});
export type RuleChange = z.output<typeof RuleChange>;

const bytes = z.number().nullable();
const maybeInstant = z.string().nullable();

/** A stored run as a replay takes it. */
export const RunHistory = z.object({
  runId: z.string(),
  clusterId: z.string(),
  engine: z.enum(ENGINES),
  policy: z.string().nullable(),
  resource: z.string().nullable(),
  schedule: z.looseObject({ type: z.string() }).nullable(),
  startedAt: z.string(),
  endedAt: maybeInstant,
  outcome: z.enum(OUTCOMES),
  logicalBytes: bytes,
  addedBytes: bytes,
  files: z.number().nullable(),
  errorText: z.string().nullable(),
  fullRead: z.boolean(),
  volumes: z.array(
    z.object({
      resource: z.string(),
      startedAt: maybeInstant,
      endedAt: maybeInstant,
      outcome: z.enum(OUTCOMES),
      logicalBytes: bytes,
      addedBytes: bytes,
      message: z.string().nullable(),
    }),
  ),
});
export type RunHistory = z.output<typeof RunHistory>;

export const WatchedWindow = z.object({
  clusterId: z.string(),
  kind: z.string(),
  from: z.string(),
  until: z.string(),
});
export type WatchedWindow = z.output<typeof WatchedWindow>;
