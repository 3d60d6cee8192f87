import { z } from 'zod';
import { count, flag, instant, metadata, text, textMap, texts } from '../../loose-fields.ts';

/** Longhorn writes an empty text where it has no instant yet. */
const time = z.preprocess((value) => (value === '' ? null : value), instant);
/** Bytes as a decimal text; an empty one while they are not known. */
const bytes = z
  .string()
  .regex(/^\d{0,15}$/)
  .transform((digits) => (digits === '' ? null : Number(digits)))
  .nullish();

export const RecurringJob = z.object({
  metadata,
  spec: z
    .object({
      task: text,
      cron: text,
      groups: texts,
      retain: count,
      retainAge: text,
      retentionPolicy: text,
    })
    .nullish(),
  status: z.object({ executionCount: count }).nullish(),
});
export type RecurringJob = z.output<typeof RecurringJob>;

export const Volume = z.object({
  metadata,
  spec: z.object({ backupTargetName: text }).nullish(),
  status: z
    .object({
      state: text,
      actualSize: count,
      kubernetesStatus: z
        .object({
          namespace: text,
          pvcName: text,
          pvName: text,
          lastPodRefAt: time,
          workloadsStatus: z.array(z.object({ podName: text })).nullish(),
        })
        .nullish(),
    })
    .nullish(),
});
export type Volume = z.output<typeof Volume>;

export const Snapshot = z.object({
  metadata,
  spec: z.object({ volume: text }).nullish(),
  status: z
    .object({ size: count, children: z.record(z.string(), z.boolean()).nullish() })
    .nullish(),
});
export type Snapshot = z.output<typeof Snapshot>;

export const Backup = z.object({
  metadata,
  spec: z.object({ snapshotName: text, backupMode: text, labels: textMap }).nullish(),
  status: z
    .object({
      state: text,
      error: text,
      snapshotCreatedAt: time,
      backupCreatedAt: time,
      size: bytes,
      newlyUploadDataSize: bytes,
      volumeName: text,
      backupTargetName: text,
      labels: textMap,
    })
    .nullish(),
});
export type Backup = z.output<typeof Backup>;

/** What Longhorn notes with a backup about the claim, as JSON in a label. */
export const ClaimReference = z.object({
  namespace: z.string().min(1),
  pvcName: z.string().min(1),
});

export const BackupTarget = z.object({
  metadata,
  spec: z.object({ backupTargetURL: text }).nullish(),
  status: z
    .object({
      available: flag,
      lastSyncedAt: time,
      conditions: z.array(z.object({ type: text, message: text })).nullish(),
    })
    .nullish(),
});
export type BackupTarget = z.output<typeof BackupTarget>;

/** Any of our kinds, when only its identity matters. */
export const Identified = z.object({ metadata });
