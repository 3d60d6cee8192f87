import { z } from 'zod';

/** Field schemas shared by engines: null and absent are the same, a wrong type is an issue of that field alone. */
export const text = z.string().nullish();
export const flag = z.boolean().nullish();
/** A whole number that any store holds. */
export const count = z.number().int().nonnegative().nullish();
export const texts = z.array(z.string()).nullish();
export const textMap = z.record(z.string(), z.string()).nullish();
/** RFC 3339 from the year 2000 on, as a `Date`. */
export const instant = z
  .string()
  .refine(
    (value) => /^[2-9]\d{3}-\d\d-\d\dT/.test(value) && !Number.isNaN(Date.parse(value)),
    'no time',
  )
  .transform((value) => new Date(value))
  .nullish();

export const metadata = z.object({
  name: z.string().min(1),
  namespace: z.string().min(1),
  uid: z.string().min(1),
  creationTimestamp: instant,
  labels: textMap,
  annotations: textMap,
});
