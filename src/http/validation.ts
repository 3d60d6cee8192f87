import { z, type ZodError, type ZodType } from 'zod';
import { AppError } from '../domain/error.ts';

/** Refuses a request with every mistake named at once. */
export function refuseMistakes(
  result: { success: true } | { success: false; target: string; error: unknown },
): void {
  if (result.success) return;
  const { issues } = result.error as ZodError;
  const errors = issues.flatMap((issue) =>
    issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ where: key, message: 'is not a known parameter' }))
      : [{ where: issue.path.join('.') || result.target, message: issue.message }],
  );
  const detail = errors.map(({ where, message }) => `${where}: ${message}`).join('; ');
  throw new AppError('invalid-input', detail, { details: { errors } });
}

/** The same object without its undefined members, for filters where absent and undefined differ. */
export function given<T extends object>(query: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(query).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

export const text = (most: number) =>
  z
    .string('must be given once, as text')
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .refine((value) => !value.includes('\0'), 'must not hold a NUL character')
    .refine((value) => value.isWellFormed(), 'must be well-formed Unicode');

export const name = text(253);
export const id = text(64);
export const flag = z
  .enum(['true', 'false'], 'must be true or false')
  .transform((value) => value === 'true');
export const instant = z.iso.datetime({
  offset: true,
  error: 'must be an ISO 8601 instant such as 2026-11-01T02:00:00Z',
});
export const day = z.iso.date({ error: 'must be a day such as 2026-11-01' });
export const oneOf = <const T extends readonly string[]>(words: T) =>
  z.enum(words, `must be one of ${words.join(', ')}`);

export const paging = {
  cursor: text(2_000).optional().describe('opaque: `nextCursor` of the page before'),
  limit: z
    .string('must be given once')
    .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 500')
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 500, 'must be a whole number from 1 to 500')
    .optional()
    .describe('1..500, default 50'),
};
export const scope = { clusterId: name.optional(), namespace: name.optional() };

/** Unknown parameters are mistakes too: a misspelt filter must not widen the answer. */
export function query<const T extends Record<string, ZodType>>(filters: T) {
  return z.strictObject({ ...paging, ...filters });
}
