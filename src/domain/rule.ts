/** People's own rules and settings of judgement, as they are written, stored and shown. */
import { z } from 'zod';
import { SEVERITIES } from './words.ts';

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
