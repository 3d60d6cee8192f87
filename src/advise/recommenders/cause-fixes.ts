import type { EngineText } from '../../domain/engine-text.ts';

/** What removes a known cause for good. `of` is the policy, claim or location it is about. */
export interface CauseFix {
  title(of: string): string;
  proposed: EngineText;
  /** 0..1: how surely the change removes the cause. */
  confidence: number;
}

const fix = (
  title: (of: string) => string,
  proposed: EngineText,
  confidence: number,
): CauseFix => ({ title, proposed, confidence });

/** By catalogue code. FM-12 and FM-34 have recommendations of their own. */
export const CAUSE_FIXES: Readonly<Record<string, CauseFix>> = {
  'FM-01': fix(
    (of) => `Unlock the repository of ${of}`,
    {
      volsync:
        'set spec.restic.unlock to a value it has not had (today’s date will do) once no mover of this repository runs; the next sync then removes the stale lock',
      any: 'run `restic unlock` on the repository, without --remove-all, once no backup, prune or restore of it runs',
    },
    0.85,
  ),
  'FM-03': fix(
    (of) => `Let the mover of ${of} read every file`,
    {
      volsync:
        'set moverSecurityContext.runAsUser, runAsGroup and fsGroup to the owner of the data, or annotate the namespace volsync.backube/privileged-movers: "true"; the same for the restore',
      kopiur:
        'let spec.mover of the SnapshotPolicy run as the owner of the data, or as root where the namespace’s annotation kopiur.home-operations.com/privileged-movers allows it; the same for the restore',
      k8up: 'set podSecurityContext (runAsUser, runAsGroup, fsGroup) of the Schedule’s backup to the owner of the data; the same for the restore',
      cronjob:
        'set securityContext (runAsUser, runAsGroup, fsGroup) in the CronJob’s pod template to the owner of the data',
      any: 'let the pod that reads the volume run as the owner of the data (runAsUser, runAsGroup, fsGroup), or as root; the same for the restore',
    },
    0.8,
  ),
  'FM-04': fix(
    (of) => `Find out why ${of} is empty`,
    'pause the policy so that retention keeps the older points, check subPath and mount of the app, then resume; restore first if the data is gone',
    0.6,
  ),
  'FM-05': fix(
    (of) => `Repeat the restore of ${of}`,
    {
      volsync:
        'pause the backup, correct repository address, credentials or restoreAsOf (RFC 3339), give the restore a new spec.trigger.manual, check the data, resume',
      kopiur:
        'pause the backup, correct what the Restore’s source names, let it fail rather than go on with nothing (policy.onMissingSnapshot: Fail), restore again, check the data, resume',
      any: 'pause the backup, correct repository address, credentials or the point in time asked for, restore again, check the data, resume',
    },
    0.7,
  ),
  'FM-06': fix(
    (of) => `Refresh the restore source of ${of}`,
    'give the ReplicationDestination a new spec.trigger.manual and wait until status.lastManualSync equals it, always before deleting the claim',
    0.9,
  ),
  'FM-07': fix(
    (of) => `Make snapshots of ${of} ready again`,
    'check the VolumeSnapshotClass and its driver, the storage’s health and snapshot quota, then delete the stuck VolumeSnapshot so that it is made anew',
    0.5,
  ),
  'FM-08': fix(
    (of) => `Give the cache of ${of} room`,
    {
      volsync:
        'raise cacheCapacity (8Gi as a start, apart from the size of the data) on a storage class that can grow, and delete the cache claim, which holds no backup and is made anew',
      any: 'give the mover’s cache more room (8Gi as a start, apart from the size of the data), on a storage class that can grow',
    },
    0.8,
  ),
  'FM-09': fix(
    (of) => `Let maintenance of the repository of ${of} succeed`,
    'raise the memory limit of the pod that prunes, prune less often, remove a stale lock once nothing runs, and let the credentials delete',
    0.6,
  ),
  'FM-30': fix(
    (of) => `Make ${of} as large as its snapshot`,
    'request at least the snapshot’s status.restoreSize and make the waiting claim anew',
    0.9,
  ),
  'FM-33': fix(
    (of) => `Keep more copies of ${of}`,
    {
      volsync:
        'declare keep rules of several days and weeks, and give each claim a repository address of its own',
      any: 'declare keep rules of several days and weeks',
    },
    0.85,
  ),
  'FM-21': fix(
    (of) => `Bring the volumes of ${of} back`,
    'restore into a new namespace (namespaceMapping) and check the data there, or delete the claim after a last backup and restore again, pods included',
    0.7,
  ),
  'FM-22': fix(
    (of) => `Back up the detached volume of ${of}`,
    'set Longhorn’s setting allow-recurring-job-while-volume-detached to true, or run the job while the volume is in use',
    0.8,
  ),
  'FM-23': fix(
    (of) => `End the hanging backup of ${of}`,
    'delete the hanging Backup object and check that its BackupTarget is available',
    0.6,
  ),
  'FM-25': fix(
    (of) => `Free the backups of ${of}`,
    'delete the Backup that hangs or is in the way, upgrade the operator, and keep its upgrades out of the backup window',
    0.7,
  ),
  'FM-27': fix(
    (of) => `Repair the WAL archive of ${of}`,
    'repair credentials, endpoint or space of the object store; after a restore give the server a new serverName or path; then take a base backup',
    0.7,
  ),
  'FM-28': fix(
    (of) => `Let K8up read the volume of ${of}`,
    'set podSecurityContext (runAsUser, fsGroup) to the owner of the data, or k8up.io/hostname for a volume that is in use on one node',
    0.6,
  ),
  'FM-29': fix(
    (of) => `Let no stuck job hold up ${of}`,
    'delete the stuck Job and set activeDeadlineSeconds on the job template, so that the next run can start',
    0.75,
  ),
  'FM-15': fix(
    (of) => `Take the skipped volume of ${of}`,
    'list the pod volume name (not the claim’s) in backup.velero.io/backup-volumes, or set defaultVolumesToFsBackup or snapshotMoveData on the schedule; leave it out in writing if that is meant',
    0.75,
  ),
  'FM-16': fix(
    (of) => `Leave volumes of finished pods out of ${of}`,
    'exclude completed pods’ volumes, or take these claims by CSI snapshot with data movement',
    0.7,
  ),
  'FM-17': fix(
    (of) => `Keep the server of ${of} alive during backups`,
    'raise the memory limit of the Velero server and spread schedules that run together',
    0.6,
  ),
  'FM-18': fix(
    (of) => `Free the schedule ${of}`,
    {
      velero: 'delete the stuck backup or restart the Velero server, which then marks it as failed',
      any: 'see what the stuck backup waits for, and delete it so that the next one can start',
    },
    0.85,
  ),
  'FM-19': fix(
    (of) => `Give the data movers of ${of} room`,
    'raise the node agent’s load concurrency and prepare timeout, and check that a node agent runs on every node',
    0.6,
  ),
  'FM-20': fix(
    (of) => `Bring the storage location ${of} back`,
    'repair its credentials, endpoint or bucket, then run a backup by hand',
    0.8,
  ),
  'wrong-password': fix(
    (of) => `Restore the repository password of ${of}`,
    'put the password the repository was created with back into its secret',
    0.85,
  ),
  'no-repository': fix(
    (of) => `Correct the repository address of ${of}`,
    'compare the address in the repository secret with where earlier backups lie',
    0.7,
  ),
  'no-space': fix(
    (of) => `Make room for ${of}`,
    {
      volsync:
        'raise cacheCapacity of the mover if its cache is full, else free or enlarge the target',
      any: 'find which volume is full, the data’s own, the mover’s or the target, and free or enlarge it',
    },
    0.7,
  ),
  'permission-denied': fix(
    (of) => `Give ${of} access to its repository`,
    'renew the credentials in the repository secret and check the bucket’s policy',
    0.7,
  ),
  network: fix(
    (of) => `Make the repository of ${of} reachable`,
    'check address, name resolution and network policies from this namespace',
    0.5,
  ),
};
