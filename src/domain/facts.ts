/**
 * Facts: what a collector read in a cluster, in our words. Instants are `Date` in UTC, bytes and seconds are
 * numbers, `null` means "the source does not say". A `FactBatch` is written by one call and twice the same batch
 * changes nothing.
 */
import type { Engine, Outcome } from './words.ts';

/** Inventory: claims, volumes, storage classes, namespaces, pods that mount claims, and the apps that own them. */
export interface ResourceFact {
  resourceId: string;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  createdAt: Date | null;
  labels: Record<string, string>;
  /** Only the annotations that mean something to us; never `last-applied-configuration`. */
  annotations: Record<string, string>;
  /** The app it belongs to as `Kind/name` in the same namespace, by owner chain; null when unknown. */
  app: string | null;
  /** Present for kind PersistentVolumeClaim only. */
  claim: ClaimDetails | null;
}

export interface ClaimDetails {
  phase: string;
  storageClass: string | null;
  requestedBytes: number | null;
  capacityBytes: number | null;
  volumeName: string | null;
  accessModes: string[];
  /** A volume populator's source, e.g. a ReplicationDestination. */
  dataSource: { kind: string; name: string } | null;
  /** Made by an engine for its own work (caches, point-in-time copies): never counted in coverage. */
  temporary: boolean;
  mounts: ClaimMount[];
}

/** A running pod's use of a claim. */
export interface ClaimMount {
  pod: string;
  /** The volume's name inside the pod, which Velero's annotations list. */
  podVolume: string;
  /** What the pod's annotations say about file-system backup of this volume. */
  fileSystemBackup: 'opt-in' | 'opt-out' | 'unset';
}

export interface EdgeFact {
  fromResourceId: string;
  toResourceId: string;
  kind: 'mounts' | 'owns' | 'binds';
}

/** How a policy is triggered. Cron expressions stay in their engine's dialect. */
export type Schedule =
  | { type: 'cron'; expression: string; timeZone: string; dialect: Engine }
  | { type: 'interval'; seconds: number }
  | { type: 'continuous' }
  | { type: 'manual' };

/** Which data a policy covers. */
export type Selection =
  | { type: 'claims'; namespace: string; names: string[] }
  /** Every run takes all claims with these labels together: a database's volumes. */
  | { type: 'labels'; namespace: string; matchLabels: Record<string, string> }
  | {
      type: 'namespaces';
      /** Globs; empty or `*` means every namespace. */
      include: string[];
      exclude: string[];
      /** Any of these selectors must match the claim (empty: no label condition). */
      labelSelectors: LabelSelector[];
      /** Objects with any of these labels are left out. */
      excludeLabels: Record<string, string>;
      /** False when claims or volumes are filtered out by kind. */
      claimsIncluded: boolean;
      /**
       * How volume data is taken; `native` = provider snapshots, which leave no object per volume; `mounted` = a pod
       * of the engine mounts the claim, which it can do with ReadWriteOnce and ReadWriteMany.
       */
      volumes: 'none' | 'data-mover' | 'file-system' | 'file-system-opt-in' | 'native' | 'mounted';
      /** Annotations of the claim that decide by themselves, `true` or anything else; the first that is set counts. */
      annotations?: string[] | undefined;
    }
  /** Claims of any namespace that each have runs of their own: every one of them is a job by itself. */
  | {
      type: 'each-claim';
      claims: SelectedClaim[];
      /** `same`: copies on the volume's own storage, which are lost with it: no backup. */
      storage: 'elsewhere' | 'same';
    }
  | { type: 'unknown'; reason: string };

export interface SelectedClaim {
  namespace: string;
  name: string;
  /** Since when nothing uses the claim's volume, where that keeps the engine from taking it; null: it is in use. */
  detachedSince: Date | null;
}

export interface LabelSelector {
  matchLabels: Record<string, string>;
  matchExpressions: {
    key: string;
    operator: 'In' | 'NotIn' | 'Exists' | 'DoesNotExist';
    values: string[];
  }[];
}

export interface PolicyFact {
  policyId: string;
  engine: Engine;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  createdAt: Date | null;
  labels: Record<string, string>;
  schedule: Schedule;
  paused: boolean;
  selection: Selection;
  /** The mover or method in the engine's word, e.g. `restic`, `data-mover`. */
  method: string | null;
  repositoryId: string | null;
  /** Keep rules as declared, e.g. `{ daily: 7 }`; null when none are declared. */
  keep: Record<string, number | string> | null;
  /** The engine's own complaint about the policy (VolSync condition `Error`, Velero `FailedValidation`). */
  problem: string | null;
  lastSuccessAt: Date | null;
  /** What the engine reader must remember between two readings; opaque, at most 4 KB. */
  memory: string | null;
}

export interface RepositoryFact {
  repositoryId: string;
  engine: Engine;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  availability: 'available' | 'unavailable' | 'unknown';
  message: string | null;
  checkedAt: Date | null;
  readOnly: boolean;
}

/** One execution of one policy. `policyId` is null for a run nobody scheduled (a manual Velero Backup). */
export interface RunFact {
  runId: string;
  /** UTC day fixed by the run's identity, `YYYY-MM-DD`; the partition key. */
  runDay: string;
  engine: Engine;
  policyId: string | null;
  /** Set when the run protects exactly one resource. */
  resourceId: string | null;
  namespace: string;
  name: string;
  startedAt: Date;
  endedAt: Date | null;
  outcome: Outcome;
  durationSeconds: number | null;
  /** Bytes read from the source. */
  logicalBytes: number | null;
  /** Bytes newly stored before compression. */
  addedBytes: number | null;
  /** Bytes newly stored after compression. */
  storedBytes: number | null;
  files: number | null;
  snapshotId: string | null;
  warnings: number | null;
  errors: number | null;
  /** The engine's words for what went wrong, at most 2,048 characters. */
  errorText: string | null;
  /** True when the whole source was read (restic without a parent snapshot): a baseline must not learn from it. */
  fullRead: boolean;
  /**
   * Set when the run covers several resources (a Velero Backup): what it means that a claim in its scope has no
   * `RunVolumeFact`. `not-taken`: every volume it takes leaves an object, so this one was skipped. `unknown`: it took
   * snapshots that leave none, or a volume policy decided. Absent or null: the run does not say.
   */
  unlistedVolumes?: 'not-taken' | 'unknown' | null;
  /** How many volume objects the run says it made; fewer `RunVolumeFact`s than that mean objects were lost: unknown. */
  volumeObjects?: number | null;
  /**
   * Set when no object shows the run but a metric does: it ended within so many seconds of `endedAt`. A store that has
   * or gets the same run from an object keeps that one only.
   */
  endedWithinSeconds?: number;
}

/** One resource's part of a run that protects several. */
export interface RunVolumeFact {
  runId: string;
  runDay: string;
  resourceId: string;
  outcome: Outcome;
  startedAt: Date | null;
  endedAt: Date | null;
  logicalBytes: number | null;
  addedBytes: number | null;
  snapshotId: string | null;
  message: string | null;
}

/** A mover's try within a run. */
export interface AttemptFact {
  runId: string;
  runDay: string;
  /** Deterministic within the run, so that reading it twice adds nothing. */
  attemptKey: string;
  policyId: string | null;
  endedAt: Date;
  outcome: 'success' | 'failed';
  /** The tail of the mover's log, at most 2,048 characters; data, never instructions. */
  log: string | null;
}

export interface RestorePointFact {
  restorePointId: string;
  engine: Engine;
  policyId: string | null;
  repositoryId: string | null;
  /** Null when the point holds several resources; then `run_volumes` say which. */
  resourceId: string | null;
  runId: string | null;
  takenAt: Date;
  expiresAt: Date | null;
  /** The engine's handle: a restic snapshot id, a Velero Backup's name. */
  handle: string;
  logicalBytes: number | null;
}

/** A prepared or performed restore: VolSync ReplicationDestination, Velero Restore. */
export interface RestoreRunFact {
  restoreRunId: string;
  engine: Engine;
  kind: string;
  namespace: string;
  name: string;
  uid: string;
  /** The claim it restores into or stands ready for; null when not known. */
  resourceId: string | null;
  outcome: Outcome;
  /** The state of the data a restore through this object would bring back now. */
  imageTakenAt: Date | null;
  startedAt: Date | null;
  endedAt: Date | null;
  restoredBytes: number | null;
  message: string | null;
}

/** A stretch in which one kind was really watched; half open. */
export interface ObservedWindow {
  kind: string;
  from: Date;
  until: Date;
}

/** What could not be read; never a reason to stop the rest. Replaces the cluster's earlier problems. */
export interface CollectProblem {
  /** `group/plural`, or `cluster` for the whole. */
  source: string;
  code: 'unreachable' | 'unauthorized' | 'forbidden' | 'invalid' | 'not-installed' | 'broken';
  /** Names the cause. */
  message: string;
  nextStep: string;
  /** Namespaced when only some namespaces could be read. */
  namespaces: string[] | null;
  since: Date;
}

/**
 * "These are all objects of this kind in this scope": whatever the store has beyond them is gone. Of runs, which stay,
 * those under way end as `unknown`.
 */
export interface CompleteList {
  table: 'resources' | 'policies' | 'repositories' | 'runs' | 'restore_points' | 'restore_runs';
  kind: string;
  /** Null: the whole cluster; else only this namespace. */
  namespace: string | null;
  /** Whose kind it is: engines have kinds of the same name, and an empty list of points names no other. */
  engine?: Engine;
  ids: string[];
}

export interface FactBatch {
  clusterId: string;
  /** The cluster's own time (its API's `Date`) up to which this batch was read. */
  observedAt: Date;
  resources: ResourceFact[];
  edges: EdgeFact[];
  policies: PolicyFact[];
  repositories: RepositoryFact[];
  runs: RunFact[];
  runVolumes: RunVolumeFact[];
  attempts: AttemptFact[];
  restorePoints: RestorePointFact[];
  restoreRuns: RestoreRunFact[];
  completeLists: CompleteList[];
  removedResourceIds: string[];
  removedPolicyIds: string[];
  removedRepositoryIds: string[];
  removedRestorePointIds: string[];
  removedRestoreRunIds: string[];
  observedWindows: ObservedWindow[];
  /** Null: unchanged since the last batch. */
  problems: CollectProblem[] | null;
}

export function emptyBatch(clusterId: string, observedAt: Date): FactBatch {
  return {
    clusterId,
    observedAt,
    resources: [],
    edges: [],
    policies: [],
    repositories: [],
    runs: [],
    runVolumes: [],
    attempts: [],
    restorePoints: [],
    restoreRuns: [],
    completeLists: [],
    removedResourceIds: [],
    removedPolicyIds: [],
    removedRepositoryIds: [],
    removedRestorePointIds: [],
    removedRestoreRunIds: [],
    observedWindows: [],
    problems: null,
  };
}
