/** What advice is made and measured by, as it comes back from SQL. */
import { z } from 'zod';

const number = z.number();
const maybeNumber = number.nullable();
const figures = {
  joules: maybeNumber,
  grams: maybeNumber,
  amount: maybeNumber,
  currency: z.string().nullable(),
};

export const PolicyFiguresRow = z.object({ policyId: z.string(), ...figures });

const Stretch = z.object({ runs: number, longestGapSeconds: maybeNumber, ...figures });

export const MergedAdviceRow = z.object({
  recommendationId: z.string(),
  mergedAt: z.iso.datetime().transform((text) => new Date(text)),
  afterDays: number,
  effects: z.array(
    z.object({
      measure: z.string(),
      text: z.string(),
      before: maybeNumber,
      after: maybeNumber,
      unit: z.string(),
    }),
  ),
  riskBefore: maybeNumber,
  riskAfter: maybeNumber,
  before: Stretch,
  after: Stretch,
});
