import { z } from 'zod';
import { flag, instant, metadata, text, textMap } from '../../loose-fields.ts';

/** Fields of CloudNativePG's `postgresql.cnpg.io/v1` and of its barman plugin that we read; all others are let be. */

const reference = z.object({ name: text }).nullish();
/** RFC 3339; the operator leaves times empty rather than out. */
const time = z.preprocess((value) => (value === '' ? null : value), instant);

const condition = z.object({
  type: z.string(),
  status: text,
  reason: text,
  message: text,
  lastTransitionTime: time,
});

export const Cluster = z.object({
  metadata,
  spec: z
    .object({
      backup: z
        .object({ barmanObjectStore: z.object({}).nullish(), retentionPolicy: text })
        .nullish(),
      plugins: z
        .array(z.object({ name: text, enabled: flag, isWALArchiver: flag, parameters: textMap }))
        .nullish(),
    })
    .nullish(),
  status: z
    .object({
      conditions: z.array(condition).nullish(),
      lastSuccessfulBackup: time,
      lastSuccessfulBackupByMethod: z.record(z.string(), time).nullish(),
    })
    .nullish(),
});
export type Cluster = z.output<typeof Cluster>;

const taking = { cluster: reference, method: text, pluginConfiguration: reference };

export const ScheduledBackup = z.object({
  metadata,
  spec: z.object({ ...taking, schedule: text, suspend: flag }).nullish(),
  status: z.object({ error: text }).nullish(),
});
export type ScheduledBackup = z.output<typeof ScheduledBackup>;

const owner = z.object({ kind: text, name: text });

export const Backup = z.object({
  metadata: metadata.extend({ ownerReferences: z.array(owner).nullish() }),
  spec: z.object(taking).nullish(),
  status: z
    .object({
      phase: text,
      startedAt: time,
      stoppedAt: time,
      reconciliationStartedAt: time,
      reconciliationTerminatedAt: time,
      error: text,
      commandError: text,
      backupId: text,
      instanceID: z.object({ podName: text }).nullish(),
    })
    .nullish(),
});
export type Backup = z.output<typeof Backup>;

export const ObjectStore = z.object({
  metadata,
  spec: z.object({ retentionPolicy: text }).nullish(),
  status: z
    .object({
      serverRecoveryWindow: z
        .record(z.string(), z.object({ lastSuccessfulBackupTime: time }))
        .nullish(),
    })
    .nullish(),
});
export type ObjectStore = z.output<typeof ObjectStore>;

/** Any of our kinds, when only its identity matters. */
export const Identified = z.object({ metadata });
