import { AppError } from '../../domain/error.ts';
import { RuleSource } from '../../domain/rule.ts';
import { z } from 'zod';
import { parseRule } from './parse-rule.ts';

/** A rule ready to judge: its expression is read and checked. */
export const CustomRule = RuleSource.transform((source, context) => {
  try {
    return { ...source, rule: parseRule(source.when) };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const stop = error.message.endsWith('?') ? '' : '.';
    const message = `${error.message}${stop} ${error.nextStep ?? ''}`.trim();
    context.addIssue({ code: 'custom', path: ['when'], message });
    return z.NEVER;
  }
});
export type CustomRule = z.output<typeof CustomRule>;
