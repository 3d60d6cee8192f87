/** The normalised run and finding lines of `analyze --runs`, schema version 1 (docs/reference/runs.md). */
import { z } from 'zod';
import { ENGINES, FINDING_KINDS, OUTCOMES, SEVERITIES } from './words.ts';

export const RUN_LINE_VERSION = 1;

const instant = z
  .string()
  .refine((text) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)), {
    error: 'is not an ISO 8601 instant',
  });
const shared = z.string().min(1).nullable().default(null);
const bytes = z.number().nonnegative().nullable().default(null);

/** One run. A missed run has no line: it follows from the schedule. Unknown fields are left alone. */
export const RunLine = z
  .looseObject({
    v: z.literal(RUN_LINE_VERSION).describe('Schema version.'),
    cluster: z.string().min(1).describe('Name of the cluster.'),
    engine: z.enum(ENGINES).describe('Engine that ran; decides the dialect of `schedule`.'),
    policy: z.string().min(1).describe('`namespace/name` of the policy.'),
    resource: z
      .string()
      .min(1)
      .nullable()
      .default(null)
      .describe('`namespace/name` of what is protected; null: not one resource.'),
    schedule: z
      .string()
      .nullable()
      .default(null)
      .describe('Cron expression in the engine’s dialect, in force from this run on.'),
    intervalSeconds: z
      .number()
      .min(1)
      .nullable()
      .default(null)
      .describe(
        's; instead of `schedule`: due this long after the last run. Neither: no run is ever due.',
      ),
    timeZone: z.string().default('UTC').describe('IANA zone of `schedule`.'),
    dueAt: instant.nullable().default(null).describe('Due time this run answers.'),
    startedAt: instant.describe('Start. With cluster, policy and resource it identifies the run.'),
    endedAt: instant.nullable().default(null).describe('End; null while running.'),
    outcome: z.enum(OUTCOMES).describe('How it ended.'),
    logicalBytes: bytes.describe('B; size of what was read. Null: not known.'),
    addedBytes: bytes.describe('B; newly stored. Null: not known.'),
    files: z.number().nonnegative().nullable().default(null).describe('1; files read.'),
    dedupRatio: z
      .number()
      .nonnegative()
      .nullable()
      .default(null)
      .describe('1; logical over stored, of what this run read. Null: not known.'),
    error: z.string().nullable().default(null).describe('The engine’s words for a failure.'),
    fullRead: z
      .boolean()
      .default(false)
      .describe('The whole source was read: teaches no duration.'),
    rpoSeconds: z
      .number()
      .positive()
      .nullable()
      .default(null)
      .describe('s; objective in force from this run on. Null: twice the interval.'),
    node: shared.describe('Node it ran on. This and the next four tell what jobs share.'),
    target: shared.describe('Where it was stored, e.g. the bucket.'),
    credential: shared.describe('Name of the credential it used.'),
    storageClass: shared.describe('Storage class of what was read.'),
    engineVersion: shared.describe('Version of the engine.'),
  })
  .refine(
    (line) => line.endedAt === null || Date.parse(line.endedAt) >= Date.parse(line.startedAt),
    {
      error: 'ends before it starts',
      path: ['endedAt'],
    },
  );
export type RunLine = z.infer<typeof RunLine>;

const quantity = z.object({
  value: z.union([z.number(), z.string()]).nullable(),
  unit: z.string(),
  text: z.string(),
});

/** One finding over its whole life, as replay would have raised it. */
export const FindingLine = z.object({
  v: z.literal(RUN_LINE_VERSION).describe('Schema version.'),
  cluster: z.string().describe('As in the run lines.'),
  resource: z.string().nullable().describe('As in the run lines.'),
  policy: z.string().describe('As in the run lines.'),
  engine: z.enum(ENGINES).describe('As in the run lines.'),
  kind: z.enum(FINDING_KINDS).describe('Which rule (docs/reference/findings.md).'),
  severity: z.enum(SEVERITIES).describe('The highest it had.'),
  raisedAt: z.string().describe('The five-minute tick at which it would have been raised.'),
  resolvedAt: z.string().nullable().describe('The tick at which it ended by itself; null: open.'),
  resolvedBy: z.string().nullable().describe('Why it ended.'),
  observed: quantity.describe('What was seen, as last told: value, unit, text.'),
  expected: quantity.describe('What was to be expected: value, unit, text.'),
  cause: z
    .object({ code: z.string(), title: z.string(), shownBy: z.string() })
    .nullable()
    .describe('Known failure mode and the line that shows it.'),
  evidence: z
    .array(
      z.object({
        label: z.string(),
        value: z.union([z.string(), z.number(), z.boolean()]).nullable(),
        unit: z.string(),
        source: z.string(),
        at: z.string().nullable(),
      }),
    )
    .describe('What it rests on.'),
  sentence: z.string().describe('What happened and why it is unusual.'),
  nextStep: z.string().describe('What to do.'),
  probability: z
    .number()
    .nullable()
    .describe('1; how often chance alone shows this. Null: it states a fact.'),
  delivery: z
    .enum(['page', 'digest'])
    .describe('Whether somebody is told at once, or in the daily summary (judgement.md).'),
  incident: z
    .object({ id: z.string(), shared: z.string(), value: z.string(), of: z.number() })
    .nullable()
    .describe(
      'What it shares with others in the same trouble (judgement.md), and how many jobs share that.',
    ),
  fingerprint: z.string().describe('The same trouble of the same job, whenever it occurs.'),
});
export type FindingLine = z.infer<typeof FindingLine>;
