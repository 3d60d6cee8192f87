/** Facts and judgement as they come back from SQL: instants as text, here made `Date` again. */
import { z } from 'zod';
import {
  ENGINES,
  FINDING_KINDS,
  OBJECTIVE_LEVELS,
  OUTCOMES,
  READINESS_LEVELS,
} from '../domain/words.ts';

const instant = z.iso.datetime().transform((text) => new Date(text));
const maybeInstant = instant.nullable();
const text = z.string();
const maybeText = z.string().nullable();
const number = z.number();
const maybeNumber = z.number().nullable();
const texts = z.array(text);
const labels = z.record(text, text);
const engine = z.enum(ENGINES);
const outcome = z.enum(OUTCOMES);

const Claim = z.object({
  phase: text,
  storageClass: maybeText,
  requestedBytes: maybeNumber,
  capacityBytes: maybeNumber,
  volumeName: maybeText,
  accessModes: texts,
  dataSource: z.object({ kind: text, name: text }).nullable(),
  temporary: z.boolean(),
  mounts: z.array(
    z.object({
      pod: text,
      podVolume: text,
      fileSystemBackup: z.enum(['opt-in', 'opt-out', 'unset']),
    }),
  ),
});

export const ResourceRow = z.object({
  resourceId: text,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  createdAt: maybeInstant,
  labels,
  annotations: labels,
  app: maybeText,
  claim: Claim.nullable(),
});

const Schedule = z.discriminatedUnion('type', [
  z.object({ type: z.literal('cron'), expression: text, timeZone: text, dialect: engine }),
  z.object({ type: z.literal('interval'), seconds: number }),
  z.object({ type: z.literal('continuous') }),
  z.object({ type: z.literal('manual') }),
]);

const LabelSelector = z.object({
  matchLabels: labels,
  matchExpressions: z.array(
    z.object({
      key: text,
      operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
      values: texts,
    }),
  ),
});

const Selection = z.discriminatedUnion('type', [
  z.object({ type: z.literal('claims'), namespace: text, names: texts }),
  z.object({ type: z.literal('labels'), namespace: text, matchLabels: labels }),
  z.object({
    type: z.literal('namespaces'),
    include: texts,
    exclude: texts,
    labelSelectors: z.array(LabelSelector),
    excludeLabels: labels,
    claimsIncluded: z.boolean(),
    volumes: z.enum([
      'none',
      'data-mover',
      'file-system',
      'file-system-opt-in',
      'native',
      'mounted',
    ]),
    annotations: texts.optional(),
  }),
  z.object({
    type: z.literal('each-claim'),
    claims: z.array(z.object({ namespace: text, name: text, detachedSince: maybeInstant })),
    storage: z.enum(['elsewhere', 'same']),
  }),
  z.object({ type: z.literal('unknown'), reason: text }),
]);

export const PolicyRow = z.object({
  policyId: text,
  engine,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  createdAt: maybeInstant,
  labels,
  schedule: Schedule,
  paused: z.boolean(),
  selection: Selection,
  method: maybeText,
  repositoryId: maybeText,
  keep: z.record(text, z.union([number, text])).nullable(),
  problem: maybeText,
  lastSuccessAt: maybeInstant,
  memory: maybeText,
  scheduleSince: instant,
  pausedSince: maybeInstant,
  removedAt: maybeInstant,
});

const RepositoryRow = z.object({
  repositoryId: text,
  engine,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  availability: z.enum(['available', 'unavailable', 'unknown']),
  message: maybeText,
  checkedAt: maybeInstant,
  readOnly: z.boolean(),
  availabilitySince: instant,
});

const RunRow = z.object({
  runId: text,
  runDay: text,
  engine,
  policyId: maybeText,
  resourceId: maybeText,
  namespace: text,
  name: text,
  startedAt: instant,
  endedAt: maybeInstant,
  outcome,
  durationSeconds: maybeNumber,
  logicalBytes: maybeNumber,
  addedBytes: maybeNumber,
  storedBytes: maybeNumber,
  files: maybeNumber,
  snapshotId: maybeText,
  warnings: maybeNumber,
  errors: maybeNumber,
  errorText: maybeText,
  fullRead: z.boolean(),
  unlistedVolumes: z.enum(['not-taken', 'unknown']).nullable(),
  volumeObjects: z.number().nullable(),
});

const RunVolumeRow = z.object({
  runId: text,
  runDay: text,
  resourceId: text,
  outcome,
  startedAt: maybeInstant,
  endedAt: maybeInstant,
  logicalBytes: maybeNumber,
  addedBytes: maybeNumber,
  snapshotId: maybeText,
  message: maybeText,
});

const AttemptRow = z.object({
  runId: text,
  runDay: text,
  attemptKey: text,
  policyId: maybeText,
  endedAt: instant,
  outcome: z.enum(['success', 'failed']),
  log: maybeText,
});

export const RestorePointRow = z.object({
  restorePointId: text,
  engine,
  policyId: maybeText,
  repositoryId: maybeText,
  resourceId: maybeText,
  runId: maybeText,
  takenAt: instant,
  expiresAt: maybeInstant,
  handle: text,
  logicalBytes: maybeNumber,
});

const RestoreRunRow = z.object({
  restoreRunId: text,
  engine,
  kind: text,
  namespace: text,
  name: text,
  uid: text,
  resourceId: maybeText,
  outcome,
  imageTakenAt: maybeInstant,
  startedAt: maybeInstant,
  endedAt: maybeInstant,
  restoredBytes: maybeNumber,
  message: maybeText,
});

export const ProblemRow = z.object({
  source: text,
  code: z.enum(['unreachable', 'unauthorized', 'forbidden', 'invalid', 'not-installed', 'broken']),
  message: text,
  nextStep: text,
  namespaces: texts.nullable(),
  since: instant,
});

/** Without the lists that come in pages. */
const Inventory = z.object({
  repositories: z.array(RepositoryRow),
  restoreRuns: z.array(RestoreRunRow),
  exemptions: z.array(z.object({ resourceId: text, reason: text, expiresAt: maybeInstant })),
  objectives: z.array(
    z.object({
      level: z.enum(OBJECTIVE_LEVELS),
      namespace: maybeText,
      resourceId: maybeText,
      rpoSeconds: maybeNumber,
      rtoSeconds: maybeNumber,
    }),
  ),
  problems: z.array(ProblemRow),
});

export const JudgeInputRows = z.object({
  revision: number,
  observedAt: instant,
  inventoryRevision: number,
  inventory: Inventory.nullable(),
  runs: z.array(RunRow),
  runVolumes: z.array(RunVolumeRow),
  attempts: z.array(AttemptRow),
  observedWindows: z.array(z.object({ kind: text, from: instant, until: instant })),
  marks: z.array(
    z.object({
      kind: z.enum(FINDING_KINDS),
      policyId: maybeText,
      resourceId: maybeText,
      at: instant,
      undone: z.boolean(),
    }),
  ),
  more: z.boolean(),
});

export const RiskRow = z.object({
  resourceId: text,
  probability: number,
  impact: number,
  score: number,
  horizonSeconds: number,
  terms: z.array(z.object({ name: text, text, rate: number, contribution: number })),
  impactTerms: z.array(z.object({ name: text, text, weight: number })),
  ways: z.array(
    z.object({
      policyId: maybeText,
      policy: maybeText,
      engine,
      repositoryId: maybeText,
      repository: maybeText,
      newestAt: instant,
      sameStorage: z.boolean(),
    }),
  ),
  readiness: z.object({ level: z.enum(READINESS_LEVELS), provenAt: maybeInstant, text }),
  rpoTargetSeconds: maybeNumber,
  rpoSource: z.enum(['derived', 'set', 'label', 'none']),
  rpoWhy: text,
  rpoAchievedSeconds: maybeNumber,
  rtoTargetSeconds: maybeNumber,
  rtoWhy: text,
  judgedAt: instant,
});

export const JobStateRow = z.object({
  jobId: text,
  policyId: maybeText,
  resourceId: maybeText,
  state: text,
  wakeAt: maybeInstant,
});

/** Without what comes in pages. */
export const JudgeStateRows = z.object({
  judgedAt: maybeInstant,
  revision: number,
  openFingerprints: texts,
});
