import { z } from 'zod';
import { count, flag, instant, metadata, text, textMap, texts } from '../../loose-fields.ts';

/**
 * Fields of kopiur 0.10 (`kopiur.home-operations.com/v1alpha1`) that we read; all others are let be. It is before 1.0
 * and renames fields: whatever is missing is unknown, never zero.
 */

const conditions = z
  .array(z.object({ type: z.string(), status: text, reason: text, message: text }))
  .nullish();

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
export type Selector = z.output<typeof selector>;

const repositoryRef = z.object({ kind: text, name: text, namespace: text }).nullish();
export type RepositoryRef = z.output<typeof repositoryRef>;

const resolvedSources = z.array(z.object({ pvc: text })).nullish();

/** Repository and ClusterRepository; the latter has no namespace. */
export const Repository = z.object({
  metadata: metadata.extend({ namespace: text }),
  status: z
    .object({
      phase: text,
      conditions,
      storageStats: z.object({ indexBlobCount: count, lastObservedAt: instant }).nullish(),
      catalog: z.object({ lastRefreshAt: instant }).nullish(),
    })
    .nullish(),
});
export type Repository = z.output<typeof Repository>;

const maintenanceRun = z.object({ lastRunAt: instant, consecutiveFailures: count }).nullish();

export const Maintenance = z.object({
  metadata,
  spec: z.object({ repository: repositoryRef }).nullish(),
  status: z.object({ quick: maintenanceRun, full: maintenanceRun, conditions }).nullish(),
});
export type Maintenance = z.output<typeof Maintenance>;

const source = z.object({
  pvc: z.object({ name: text }).nullish(),
  pvcSelector: z
    .object({
      namespaceSelector: z.object({ matchNames: texts }).nullish(),
      labelSelector: selector.nullish(),
    })
    .nullish(),
});

export const SnapshotPolicy = z.object({
  metadata,
  spec: z
    .object({
      repository: repositoryRef,
      sources: z.array(source).nullish(),
      suspend: flag,
      retention: z.record(z.string(), z.number()).nullish(),
    })
    .nullish(),
  status: z
    .object({
      lastSuccessfulSnapshot: instant,
      resolved: z.object({ sources: resolvedSources }).nullish(),
      conditions,
    })
    .nullish(),
});
export type SnapshotPolicy = z.output<typeof SnapshotPolicy>;

export const SnapshotSchedule = z.object({
  metadata,
  spec: z
    .object({
      policyRef: z.object({ name: text }).nullish(),
      policySelector: selector.nullish(),
      schedule: z.object({ cron: text, jitter: text, timezone: text, suspend: flag }).nullish(),
    })
    .nullish(),
  status: z
    .object({ nextSchedule: z.object({ at: instant, timezone: text, jitter: text }).nullish() })
    .nullish(),
});
export type SnapshotSchedule = z.output<typeof SnapshotSchedule>;

export const Snapshot = z.object({
  metadata,
  spec: z.object({ policyRef: z.object({ name: text }).nullish() }).nullish(),
  status: z
    .object({
      phase: text,
      origin: text,
      timing: z.object({ startTime: instant, endTime: instant, durationSeconds: count }).nullish(),
      stats: z
        .object({
          sizeBytes: count,
          bytesNew: count,
          filesNew: count,
          filesModified: count,
          filesUnchanged: count,
          filesFailed: count,
        })
        .nullish(),
      snapshot: z
        .object({ kopiaSnapshotID: text, identity: z.object({ sourcePath: text }).nullish() })
        .nullish(),
      job: z.object({ attempts: count }).nullish(),
      resolved: z.object({ repository: repositoryRef, sources: resolvedSources }).nullish(),
      failure: z.object({ kopiaErrorClass: text, message: text, stderrTail: text }).nullish(),
      logTail: text,
    })
    .nullish(),
});
export type Snapshot = z.output<typeof Snapshot>;

const named = z.object({ name: text, namespace: text }).nullish();

export const Restore = z.object({
  metadata,
  spec: z.object({ target: z.object({ pvc: named, pvcRef: named }).nullish() }).nullish(),
  status: z
    .object({
      phase: text,
      resolved: z.object({ resolution: text, kopiaSnapshotID: text }).nullish(),
      timing: z.object({ startTime: instant, endTime: instant }).nullish(),
      progress: z.object({ bytesRestored: count }).nullish(),
      failure: z.object({ kopiaErrorClass: text, message: text }).nullish(),
    })
    .nullish(),
});
export type Restore = z.output<typeof Restore>;

/** Any of our kinds, when only its identity matters. */
export const Identified = z.object({ metadata: metadata.extend({ namespace: text }) });
