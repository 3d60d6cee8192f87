/** What VolSync keeps of a mover's log in `status.latestMoverStatus.logs`: the last 1,024 bytes, filtered on success. */
export interface MoverLog {
  logicalBytes: number | null;
  addedBytes: number | null;
  storedBytes: number | null;
  files: number | null;
  snapshotId: string | null;
  /** How many `snapshot … saved` lines: more than one means the mover began again after an unreadable file. */
  snapshotsSaved: number;
  /** There was nothing to back up: the mover said so, or what it read held not one file. */
  empty: boolean;
  /** No parent snapshot: everything was read. */
  fullRead: boolean;
  /** The mover made a new repository. */
  repositoryCreated: boolean;
  /** A restore found nothing to bring back. */
  nothingRestored: boolean;
}

const UNIT_BYTES: Record<string, number> = {
  B: 1,
  KiB: 1024,
  MiB: 1024 ** 2,
  GiB: 1024 ** 3,
  TiB: 1024 ** 4,
  K: 1024,
  M: 1024 ** 2,
  G: 1024 ** 3,
  T: 1024 ** 4,
  '': 1,
};
const U = '(B|KiB|MiB|GiB|TiB)';
const ADDED = new RegExp(
  `^Added to the repo(?:sitory)?:\\s+([\\d.]+) ${U}\\s*(?:\\(([\\d.]+) ${U}\\s+stored\\))?`,
  'm',
);
const PROCESSED = new RegExp(
  `^processed (\\d+) files, ([\\d.]+) ${U} in (?:\\d+:)?\\d+:\\d{2}`,
  'm',
);
const SAVED = /^snapshot ([0-9a-f]{8,64}) saved/gm;
/** rclone: `Transferred: 699.051 KiB / 699.051 KiB, 100%` for bytes, `Transferred: 1 / 1, 100%` for objects. */
const RCLONE_BYTES = new RegExp(`^\\s*Transferred:\\s+[\\d.]+ ${U} / ([\\d.]+) ${U}`, 'm');
const RCLONE_OBJECTS = /^\s*Transferred:\s+\d+ \/ (\d+)/m;
/** rsync: `sent 1.23K bytes  received 45 bytes`, `total size is 833.81K  speedup is …`. */
const RSYNC_SENT = /^sent ([\d.,]+)([KMGT]?) bytes/m;
const RSYNC_TOTAL = /^total size is ([\d.,]+)([KMGT]?)/m;

export function readMoverLog(log: string): MoverLog {
  const added = ADDED.exec(log);
  const processed = PROCESSED.exec(log);
  const saved = [...log.matchAll(SAVED)];
  const rclone = RCLONE_BYTES.exec(log);
  const objects = RCLONE_OBJECTS.exec(log);
  const sent = RSYNC_SENT.exec(log);
  const total = RSYNC_TOTAL.exec(log);
  return {
    logicalBytes: bytes(processed?.[2], processed?.[3]) ?? bytes(total?.[1], total?.[2]),
    addedBytes:
      bytes(added?.[1], added?.[2]) ??
      bytes(rclone?.[2], rclone?.[3]) ??
      bytes(sent?.[1], sent?.[2]),
    storedBytes: bytes(added?.[3], added?.[4]),
    files: count(processed?.[1]) ?? count(objects?.[1]),
    snapshotId: saved.at(-1)?.[1] ?? null,
    snapshotsSaved: saved.length,
    empty: log.includes('== Directory is empty skipping backup ===') || processed?.[1] === '0',
    fullRead: log.includes('no parent snapshot found'),
    repositoryCreated:
      log.includes('=== Initialize Dir ===') || /^created restic repository/m.test(log),
    nothingRestored: /No eligible snapshots found|=== No data will be restored ===/.test(log),
  };
}

function bytes(amount: string | undefined, unit: string | undefined): number | null {
  const size = UNIT_BYTES[unit ?? ''];
  if (amount === undefined || size === undefined) return null;
  const value = Number(amount.replaceAll(',', '')) * size;
  return Number.isSafeInteger(Math.round(value)) ? Math.round(value) : null;
}

function count(text: string | undefined): number | null {
  const value = Number(text);
  return text !== undefined && Number.isSafeInteger(value) ? value : null;
}
