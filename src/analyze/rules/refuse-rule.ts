import { AppError } from '../../domain/error.ts';

/** What is wrong with a rule, and how it is written right. */
export function refuseRule(message: string, nextStep: string): AppError {
  return new AppError('invalid-input', message, { nextStep });
}
