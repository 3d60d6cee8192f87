import { z } from 'zod';
import { count, flag, instant, metadata, text, textMap, texts } from '../../loose-fields.ts';

/** Fields of K8up 2 (`k8up.io/v1`, definitions of 2026-06) that we read; all others are let be. */

const condition = z.object({
  type: z.string(),
  status: text,
  reason: text,
  message: text,
  lastTransitionTime: instant,
});
const conditions = z.array(condition).nullish();
export type Condition = z.output<typeof condition>;

const backend = z
  .object({
    local: z.object({ mountPath: text }).nullish(),
    s3: z.object({ endpoint: text, bucket: text }).nullish(),
    gcs: z.object({ bucket: text }).nullish(),
    azure: z.object({ container: text, path: text }).nullish(),
    swift: z.object({ container: text, path: text }).nullish(),
    b2: z.object({ bucket: text, path: text }).nullish(),
    rest: z.object({ url: text }).nullish(),
  })
  .nullish();
export type Backend = z.output<typeof backend>;

const selector = z.object({
  matchLabels: textMap,
  matchExpressions: z
    .array(
      z.object({
        key: z.string(),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: texts,
      }),
    )
    .nullish(),
});

const retention = z
  .object({
    keepLast: count,
    keepHourly: count,
    keepDaily: count,
    keepWeekly: count,
    keepMonthly: count,
    keepYearly: count,
  })
  .nullish();

export const Schedule = z.object({
  metadata,
  spec: z
    .object({
      backend,
      backup: z
        .object({ schedule: text, backend, labelSelectors: z.array(selector).nullish() })
        .nullish(),
      prune: z.object({ retention }).nullish(),
    })
    .nullish(),
  status: z
    .object({
      conditions,
      effectiveSchedules: z.array(z.object({ jobType: text, generatedSchedule: text })).nullish(),
    })
    .nullish(),
});
export type Schedule = z.output<typeof Schedule>;

const owner = z.object({ kind: text, name: text });

/** Backup, Check, Prune and Restore share their status. */
export const Work = z.object({
  metadata: metadata.extend({ ownerReferences: z.array(owner).nullish() }),
  spec: z
    .object({
      backend,
      restoreMethod: z.object({ folder: z.object({ claimName: text }).nullish() }).nullish(),
      snapshot: text,
    })
    .nullish(),
  status: z.object({ started: flag, finished: flag, conditions }).nullish(),
});
export type Work = z.output<typeof Work>;

/** A restic snapshot of the repository, mirrored. */
export const Snapshot = z.object({
  metadata,
  spec: z.object({ id: text, date: instant, paths: texts, repository: text }).nullish(),
});
export type Snapshot = z.output<typeof Snapshot>;

/** Any of our kinds, when only its identity matters. */
export const Identified = z.object({ metadata });
