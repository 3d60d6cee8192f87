/** What a backtest answers: today's settings and proposed ones over the same history. */
import { z } from 'zod';
import { RuleSource, SettingChanges } from './rule.ts';
import { FINDING_KINDS, SEVERITIES } from './words.ts';

const count = z.number().int().nonnegative();
const instant = z.string().describe('ISO 8601, UTC');

export const BacktestRequest = z.strictObject({
  settings: SettingChanges.default({}).describe('changes of today’s settings'),
  rules: z
    .array(RuleSource)
    .max(20)
    .default([])
    .describe('added to today’s, or in place of the one of that name'),
  since: z.iso.datetime({ offset: true }).optional().describe('default: 90 days before `until`'),
  until: z.iso.datetime({ offset: true }).optional().describe('default: now'),
});
export type BacktestRequest = z.output<typeof BacktestRequest>;

const Told = z.object({
  caught: count.describe('troubles that a finding told of'),
  missed: count.describe('troubles that none told of'),
});

export const BacktestScore = z.object({
  findings: count.describe('open in the range'),
  confirmed: count.describe('of them: the history itself shows the trouble'),
  marked: count.describe('of the others: somebody acknowledged it or marked it as expected'),
  noise: count.describe('neither confirmed nor marked'),
  troubles: z
    .object({ failure: Told, streak: Told, empty: Told, missed: Told })
    .describe('what went wrong by the runs and due times alone, and whether it was told'),
});
export type BacktestScore = z.infer<typeof BacktestScore>;

const KindScore = z.object({ findings: count, confirmed: count, marked: count, noise: count });

export const BacktestExample = z.object({
  kind: z.enum(FINDING_KINDS),
  rule: z.string().nullable().describe('which of people’s own rules; null: a built-in one'),
  severity: z.enum(SEVERITIES),
  cluster: z.string(),
  policy: z.string(),
  resource: z.string().nullable(),
  raisedAt: instant,
  sentence: z.string(),
});
export type BacktestExample = z.infer<typeof BacktestExample>;

export const BacktestReport = z.object({
  since: instant.describe('findings open and troubles that begin from here on count'),
  until: instant,
  jobs: count,
  runs: count.describe('read, those before the range among them'),
  truncated: z.boolean().describe('more runs are stored than were read: the oldest were left out'),
  truth: z.string().describe('what counts as truth here, and what does not'),
  today: BacktestScore,
  proposed: BacktestScore,
  added: count.describe('findings that only the proposed settings raise'),
  removed: count.describe('findings that only today’s settings raise'),
  kinds: z.array(
    z.object({
      kind: z.enum(FINDING_KINDS),
      rule: z.string().nullable(),
      today: KindScore,
      proposed: KindScore,
      added: count,
      removed: count,
    }),
  ),
  examples: z.object({
    added: z.array(BacktestExample),
    removed: z.array(BacktestExample),
    noise: z.array(BacktestExample).describe('of the proposed settings'),
    missed: z
      .array(z.object({ from: instant, sentence: z.string() }))
      .describe('troubles that the proposed settings do not tell of'),
  }),
  warnings: z
    .array(z.object({ rule: z.string(), reason: z.string() }))
    .describe('rules that no run met, with the reason'),
});
export type BacktestReport = z.infer<typeof BacktestReport>;
