import { claimTooSmall } from './claim-too-small.ts';
import type { ClusterDetector } from './cluster-detector.ts';
import { crashConsistent } from './crash-consistent.ts';
import { detachedVolume } from './detached-volume.ts';
import { emptyRestore } from './empty-restore.ts';
import { labelUnknown } from './label-unknown.ts';
import { labelWithoutEffect } from './label-without-effect.ts';
import { locationDisagrees } from './location-disagrees.ts';
import { locationUnavailable } from './location-unavailable.ts';
import { maintenanceFailing } from './maintenance-failing.ts';
import { neverSucceeded } from './never-succeeded.ts';
import { notCovered } from './not-covered.ts';
import { orphanedPolicy } from './orphaned-policy.ts';
import { outcomeDisagrees } from './outcome-disagrees.ts';
import { pointMissing } from './point-missing.ts';
import { retentionRisk } from './retention-risk.ts';
import { scheduleStopped } from './schedule-stopped.ts';
import { snapshotNotReady } from './snapshot-not-ready.ts';
import { staleRestoreSource } from './stale-restore-source.ts';
import { successDisagrees } from './success-disagrees.ts';
import { syncDisagrees } from './sync-disagrees.ts';
import { volumeSkipped } from './volume-skipped.ts';

/** Every rule that looks at the cluster as a whole. */
export const CLUSTER_DETECTORS: readonly ClusterDetector[] = [
  notCovered,
  neverSucceeded,
  orphanedPolicy,
  locationUnavailable,
  volumeSkipped,
  scheduleStopped,
  staleRestoreSource,
  emptyRestore,
  detachedVolume,
  snapshotNotReady,
  retentionRisk,
  claimTooSmall,
  labelUnknown,
  labelWithoutEffect,
  crashConsistent,
  maintenanceFailing,
  successDisagrees,
  syncDisagrees,
  outcomeDisagrees,
  locationDisagrees,
  pointMissing,
];
