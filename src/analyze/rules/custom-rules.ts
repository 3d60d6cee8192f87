import { z } from 'zod';
import { AppError } from '../../domain/error.ts';
import { SEVERITIES } from '../../domain/words.ts';
import { LONGEST_RULE, parseRule } from './parse-rule.ts';

export const MOST_RULES = 50;

/** A rule as people write and the store keeps it. */
export const RuleSource = z.strictObject({
  name: z
    .string()
    .regex(
      /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/,
      'must be small letters, digits and dashes, at most 63',
    )
    .describe('Identifies the rule; its findings keep it.'),
  when: z.string().min(1).max(LONGEST_RULE).describe('Expression over the fields of a run.'),
  severity: z.enum(SEVERITIES).default('medium').describe('Of its findings.'),
  sentence: z.string().max(500).default('').describe('What it means when a run meets the rule.'),
  nextStep: z.string().max(500).default('').describe('What to do then.'),
});
export type RuleSource = z.output<typeof RuleSource>;

/** Ready to judge: the expression is read and checked. */
export const CustomRule = RuleSource.transform((source, context) => {
  try {
    return { ...source, rule: parseRule(source.when) };
  } catch (error) {
    const message = error instanceof AppError ? error.message : String(error);
    context.addIssue({ code: 'custom', path: ['when'], message });
    return z.NEVER;
  }
});
export type CustomRule = z.output<typeof CustomRule>;
