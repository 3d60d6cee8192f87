/** A kind the world's API serves. */
export interface WorldKind {
  /** '' for the core group. */
  group: string;
  version: string;
  plural: string;
  kind: string;
  namespaced: boolean;
  /** True where the real definition has `/status`: a write of the main resource then drops the status. */
  statusSubresource: boolean;
  /** True for kinds of Kubernetes itself, whose list items carry neither apiVersion nor kind. */
  builtIn: boolean;
  shortNames: string[];
}

type Row = [plural: string, kind: string, ...shortNames: string[]];

function kindsOf(
  group: string,
  version: string,
  traits: Partial<Pick<WorldKind, 'namespaced' | 'statusSubresource' | 'builtIn'>>,
  rows: Row[],
): WorldKind[] {
  const { namespaced = true, statusSubresource = false, builtIn = false } = traits;
  return rows.map(([plural, kind, ...shortNames]) => ({
    group,
    version,
    plural,
    kind,
    namespaced,
    statusSubresource,
    builtIn,
    shortNames,
  }));
}

const withStatus = { statusSubresource: true };
const builtIn = { builtIn: true, statusSubresource: true };

/**
 * Every kind the demo serves; VolSync's have a status subresource, none of Velero's has. Of kinds with the same plural
 * the first is meant by the bare plural.
 */
export const WORLD_KINDS: readonly WorldKind[] = [
  ...kindsOf('', 'v1', { ...builtIn, namespaced: false }, [
    ['namespaces', 'Namespace', 'ns'],
    ['nodes', 'Node', 'no'],
    ['persistentvolumes', 'PersistentVolume', 'pv'],
  ]),
  ...kindsOf('', 'v1', builtIn, [
    ['persistentvolumeclaims', 'PersistentVolumeClaim', 'pvc'],
    ['pods', 'Pod', 'po'],
  ]),
  ...kindsOf('', 'v1', { builtIn: true }, [['secrets', 'Secret']]),
  ...kindsOf('apps', 'v1', builtIn, [
    ['deployments', 'Deployment', 'deploy'],
    ['statefulsets', 'StatefulSet', 'sts'],
    ['replicasets', 'ReplicaSet', 'rs'],
    ['daemonsets', 'DaemonSet', 'ds'],
  ]),
  ...kindsOf('batch', 'v1', builtIn, [
    ['jobs', 'Job'],
    ['cronjobs', 'CronJob', 'cj'],
  ]),
  ...kindsOf('storage.k8s.io', 'v1', { builtIn: true, namespaced: false }, [
    ['storageclasses', 'StorageClass', 'sc'],
  ]),
  ...kindsOf('volsync.backube', 'v1alpha1', withStatus, [
    ['replicationsources', 'ReplicationSource'],
    ['replicationdestinations', 'ReplicationDestination'],
  ]),
  ...kindsOf('velero.io', 'v1', {}, [
    ['backups', 'Backup'],
    ['schedules', 'Schedule'],
    ['restores', 'Restore'],
    ['podvolumebackups', 'PodVolumeBackup'],
    ['podvolumerestores', 'PodVolumeRestore'],
    ['backuprepositories', 'BackupRepository'],
    ['backupstoragelocations', 'BackupStorageLocation', 'bsl'],
    ['volumesnapshotlocations', 'VolumeSnapshotLocation', 'vsl'],
    ['deletebackuprequests', 'DeleteBackupRequest'],
  ]),
  ...kindsOf('velero.io', 'v2alpha1', {}, [
    ['datauploads', 'DataUpload'],
    ['datadownloads', 'DataDownload'],
  ]),
  ...kindsOf('kopiur.home-operations.com', 'v1alpha1', withStatus, [
    ['snapshots', 'Snapshot', 'kopiasnap'],
    ['snapshotpolicies', 'SnapshotPolicy'],
    ['snapshotschedules', 'SnapshotSchedule'],
    ['repositories', 'Repository'],
    ['maintenances', 'Maintenance'],
    ['restores', 'Restore'],
  ]),
  ...kindsOf('kopiur.home-operations.com', 'v1alpha1', { ...withStatus, namespaced: false }, [
    ['clusterrepositories', 'ClusterRepository'],
  ]),
  ...kindsOf('k8up.io', 'v1', withStatus, [
    ['archives', 'Archive'],
    ['backups', 'Backup'],
    ['checks', 'Check'],
    ['podconfigs', 'PodConfig'],
    ['prebackuppods', 'PreBackupPod'],
    ['prunes', 'Prune'],
    ['restores', 'Restore'],
    ['schedules', 'Schedule'],
    ['snapshots', 'Snapshot'],
  ]),
  ...kindsOf('longhorn.io', 'v1beta2', withStatus, [
    ['backups', 'Backup', 'lhb'],
    ['backuptargets', 'BackupTarget', 'lhbt'],
    ['backupvolumes', 'BackupVolume', 'lhbv'],
    ['recurringjobs', 'RecurringJob', 'lhrj'],
    ['snapshots', 'Snapshot', 'lhsnap'],
    ['systembackups', 'SystemBackup', 'lhsb'],
    ['volumes', 'Volume', 'lhv'],
  ]),
  ...kindsOf('postgresql.cnpg.io', 'v1', withStatus, [
    ['backups', 'Backup'],
    ['clusters', 'Cluster'],
    ['scheduledbackups', 'ScheduledBackup'],
  ]),
  ...kindsOf('barmancloud.cnpg.io', 'v1', withStatus, [['objectstores', 'ObjectStore']]),
  ...kindsOf('snapshot.storage.k8s.io', 'v1', withStatus, [
    ['volumesnapshots', 'VolumeSnapshot', 'vs'],
  ]),
  ...kindsOf('snapshot.storage.k8s.io', 'v1', { ...withStatus, namespaced: false }, [
    ['volumesnapshotcontents', 'VolumeSnapshotContent', 'vsc', 'vscs'],
  ]),
  ...kindsOf('snapshot.storage.k8s.io', 'v1', { namespaced: false }, [
    ['volumesnapshotclasses', 'VolumeSnapshotClass', 'vsclass', 'vsclasses'],
  ]),
];

export function apiVersionOf(kind: Pick<WorldKind, 'group' | 'version'>): string {
  return kind.group === '' ? kind.version : `${kind.group}/${kind.version}`;
}

/** `replicationsources.volsync.backube`, or the bare plural in the core group. */
export function qualifiedPlural(kind: Pick<WorldKind, 'group' | 'plural'>): string {
  return kind.group === '' ? kind.plural : `${kind.plural}.${kind.group}`;
}

/**
 * The kind of a plural, with its group (`backups.k8up.io`) or without. Throws when the world has no such kind: a
 * mistake of the caller, not of a client.
 */
export function kindNamed(plural: string): WorldKind {
  const found = WORLD_KINDS.find(
    (kind) => kind.plural === plural || qualifiedPlural(kind) === plural,
  );
  if (!found) throw new Error(`the world serves no kind ${plural}`);
  return found;
}
