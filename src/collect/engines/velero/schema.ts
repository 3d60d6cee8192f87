import { z } from 'zod';
import { count, flag, instant, metadata, text, textMap, texts } from '../../loose-fields.ts';

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

const template = z.object({
  includedNamespaces: texts,
  excludedNamespaces: texts,
  includedResources: texts,
  excludedResources: texts,
  includedNamespaceScopedResources: texts,
  excludedNamespaceScopedResources: texts,
  labelSelector: selector.nullish(),
  orLabelSelectors: z.array(selector).nullish(),
  snapshotVolumes: flag,
  defaultVolumesToFsBackup: flag,
  defaultVolumesToRestic: flag,
  snapshotMoveData: flag,
  resourcePolicy: z.object({ name: text }).nullish(),
  storageLocation: text,
  ttl: text,
});
export type Template = z.output<typeof template>;

export const Schedule = z.object({
  metadata,
  spec: z.object({ schedule: text, paused: flag, template: template.nullish() }).nullish(),
  status: z.object({ phase: text, lastBackup: instant, validationErrors: texts }).nullish(),
});
export type Schedule = z.output<typeof Schedule>;

const ending = {
  phase: text,
  startTimestamp: instant,
  completionTimestamp: instant,
  failureReason: text,
  validationErrors: texts,
  errors: count,
  warnings: count,
};

export const Backup = z.object({
  metadata,
  spec: template.nullish(),
  status: z
    .object({
      ...ending,
      expiration: instant,
      progress: z.object({ totalItems: count }).nullish(),
      volumeSnapshotsAttempted: count,
      csiVolumeSnapshotsAttempted: count,
      backupItemOperationsAttempted: count,
    })
    .nullish(),
});
export type Backup = z.output<typeof Backup>;

/** One volume's part of a Backup (PodVolumeBackup, DataUpload) or of a Restore (PodVolumeRestore, DataDownload). */
export const VolumeObject = z.object({
  metadata,
  spec: z
    .object({
      pod: z.object({ namespace: text, name: text }).nullish(),
      volume: text,
      sourceNamespace: text,
      sourcePVC: text,
    })
    .nullish(),
  status: z
    .object({
      phase: text,
      message: text,
      snapshotID: text,
      acceptedTimestamp: instant,
      startTimestamp: instant,
      completionTimestamp: instant,
      incrementalBytes: count,
      progress: z.object({ totalBytes: count, bytesDone: count }).nullish(),
    })
    .nullish(),
});
export type VolumeObject = z.output<typeof VolumeObject>;

export const StorageLocation = z.object({
  metadata,
  spec: z.object({ accessMode: text }).nullish(),
  status: z.object({ phase: text, message: text, lastValidationTime: instant }).nullish(),
});
export type StorageLocation = z.output<typeof StorageLocation>;

export const Restore = z.object({
  metadata,
  spec: z
    .object({
      backupName: text,
      scheduleName: text,
      includedNamespaces: texts,
      excludedNamespaces: texts,
      includedResources: texts,
      excludedResources: texts,
      labelSelector: selector.nullish(),
      orLabelSelectors: z.array(selector).nullish(),
      restorePVs: flag,
    })
    .nullish(),
  status: z.object(ending).nullish(),
});
export type Restore = z.output<typeof Restore>;

/** Where the volumes of a namespace lie in a storage location. */
export const BackupRepository = z.object({
  metadata,
  status: z
    .object({
      phase: text,
      message: text,
      lastMaintenanceTime: instant,
      recentMaintenance: z
        .array(z.object({ result: text, startTimestamp: instant, message: text }))
        .nullish(),
    })
    .nullish(),
});
export type BackupRepository = z.output<typeof BackupRepository>;

/** Any of our kinds, when only its identity matters. */
export const Identified = z.object({ metadata });
