import type { z } from 'zod';
import { AppError } from '../domain/error.ts';
import type { Door, Identity } from './door.ts';
import { FUNCTIONS, type FunctionName, type ResultOf } from './functions.ts';

/** Calls a function of the table and parses what it returns; AppError `internal` when that is not as promised. */
export type CallFunction = <Name extends FunctionName>(
  name: Name,
  args: Record<string, unknown>,
) => Promise<ResultOf<Name>>;

const TABLE: { [Name in FunctionName]: { result: z.ZodType<ResultOf<Name>> } } = FUNCTIONS;

export function createCallFunction(door: Door, as: Identity): CallFunction {
  return async <Name extends FunctionName>(name: Name, args: Record<string, unknown>) => {
    const value = await door.call(as, name, args);
    const result = TABLE[name].result.safeParse(value);
    if (result.success) return result.data;
    throw new AppError('internal', `${name} returned something else than its schema says`, {
      cause: result.error,
      details: { function: name, issues: result.error.issues.slice(0, 5) },
    });
  };
}
