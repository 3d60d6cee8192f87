import type { Workload } from '../engines/workload.ts';
import type { Random } from './random.ts';
import type { RunModel } from './run-model.ts';

/** VolSync keeps the last bytes of the mover's log. */
const LOG_BYTES = 1_024;

const tail = (lines: string[]): string =>
  Buffer.from(lines.join('\n')).subarray(-LOG_BYTES).toString('latin1');

/** As restic prints sizes: three decimals from KiB on. */
export function binarySize(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const step = Math.min(4, Math.max(0, Math.floor(Math.log2(Math.max(1, bytes)) / 10)));
  return step === 0 ? `${bytes} B` : `${(bytes / 1_024 ** step).toFixed(3)} ${units[step] ?? ''}`;
}

const two = (value: number): string => String(value).padStart(2, '0');

/** As restic prints durations: `0:21`, `1:02:03`. */
export function clockTime(seconds: number): string {
  const whole = Math.round(seconds);
  const [hours, minutes] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60];
  const start = hours > 0 ? `${hours}:${two(minutes)}` : String(minutes);
  return `${start}:${two(whole % 60)}`;
}

/** As Go prints durations: `58.4s`, `1m2.118s`, `1h0m3s`. */
export function goDuration(milliseconds: number): string {
  const seconds = milliseconds / 1_000;
  const [hours, minutes] = [Math.floor(seconds / 3_600), Math.floor(seconds / 60) % 60];
  const rest = `${Number((seconds % 60).toFixed(3))}s`;
  if (hours > 0) return `${hours}h${minutes}m${rest}`;
  return minutes > 0 ? `${minutes}m${rest}` : rest;
}

export function resticSuccess(run: RunModel, parent: string | null): string {
  const seconds = run.durationMs / 1_000;
  return tail([
    parent === null
      ? 'no parent snapshot found, will read all files'
      : `using parent snapshot ${parent}`,
    `Added to the repository: ${binarySize(run.addedBytes)} (${binarySize(run.storedBytes)} stored)`,
    `processed ${run.files} files, ${binarySize(run.logicalBytes)} in ${clockTime(seconds * 0.7)}`,
    `snapshot ${run.snapshotId} saved`,
    `Restic completed in ${Math.round(seconds * 0.8)}s`,
  ]);
}

export const RESTIC_EMPTY = '== Directory is empty skipping backup ===';

export function rcloneSuccess(run: RunModel): string {
  const size = binarySize(run.addedBytes);
  const seconds = Math.round(run.durationMs / 1_000);
  const objects = Math.max(1, Math.round(run.files / 400));
  return tail([
    `Transferred:   \t   ${size} / ${size}, 100%, ${binarySize(Math.round(run.addedBytes / seconds))}/s, ETA 0s`,
    `Checks:             ${run.files} / ${run.files}, 100%`,
    `Transferred:            ${objects} / ${objects}, 100%`,
    `Elapsed time:      ${goDuration(seconds * 800)}`,
    `Rclone completed in ${seconds}s`,
  ]);
}

/** As rsync -h prints sizes, in thousands. */
function decimalSize(bytes: number): string {
  const units = ['', 'K', 'M', 'G', 'T'];
  const step = Math.min(4, Math.floor(Math.log10(Math.max(1, bytes)) / 3));
  return step === 0 ? String(bytes) : `${(bytes / 1_000 ** step).toFixed(2)}${units[step] ?? ''}`;
}

export function rsyncSuccess(run: RunModel): string {
  const seconds = run.durationMs / 1_000;
  const rate = decimalSize(Math.round(run.addedBytes / seconds));
  return tail([
    `sent ${decimalSize(run.addedBytes)} bytes  received ${decimalSize(run.files * 18)} bytes  ${rate} bytes/sec`,
    `total size is ${decimalSize(run.logicalBytes)}  speedup is ${(run.logicalBytes / run.addedBytes).toFixed(2)}`,
    `rsync completed in ${Math.round(seconds)}s`,
  ]);
}

const opening = (claim: Workload): string[] => [
  'Testing mandatory env variables',
  '== Checking directory for content ===',
  `== ${claim.name} ==`,
];

export function resticUnreachable(claim: Workload): string {
  return tail([
    ...opening(claim),
    '=== Check for dir initialized ===',
    'Fatal: unable to open repository at s3:https://s3.nas.home/backups: dial tcp 192.168.1.20:443: i/o timeout',
    'ERROR: failure checking existence of repository',
  ]);
}

/** The lock a dead mover left at `lockedAt`. */
export function resticLocked(claim: Workload, lockedAt: number, at: number, pod: string): string {
  const locked = new Date(lockedAt).toISOString().slice(0, 19).replace('T', ' ');
  return tail([
    ...opening(claim),
    '=== Starting backup ===',
    `unable to create lock in backend: repository is already locked exclusively by PID 41 on volsync-src-${claim.name}-${pod} by  (UID 1000, GID 1000)`,
    `lock was created at ${locked} (${goDuration(at - lockedAt)} ago)`,
    'storage ID 5d0c11ab',
    'the `unlock` command can be used to remove stale locks',
    'ERROR: failure locking repository',
  ]);
}

export function resticUnreadable(run: RunModel, random: Random): string {
  return tail([
    '=== Starting backup ===',
    `using parent snapshot ${random.hex(8)}`,
    `error: open /data/config/secrets-${random.hex(4)}.yaml: permission denied`,
    `error: open /data/keys/id_${random.hex(4)}: permission denied`,
    `Files:           3 new,    12 changed, ${run.files} unmodified`,
    `Added to the repository: ${binarySize(run.addedBytes)} (${binarySize(run.storedBytes)} stored)`,
    `processed ${run.files} files, ${binarySize(run.logicalBytes)} in ${clockTime(40)}`,
    `snapshot ${random.hex(8)} saved`,
    'Warning: at least one source file could not be read',
    'ERROR: failure running backup',
  ]);
}

export function resticWrongPassword(claim: Workload): string {
  return tail([
    ...opening(claim),
    '=== Check for dir initialized ===',
    'Fatal: wrong password or no key found',
    'ERROR: failure connecting to repository, incorrect password',
  ]);
}

export function resticCacheFull(run: RunModel, random: Random): string {
  const index = random.hex(8);
  return tail([
    '=== Starting backup ===',
    `using parent snapshot ${random.hex(8)}`,
    `unable to save cache: write /cache/${random.hex(8)}/index/${index}: no space left on device`,
    `Fatal: unable to save snapshot: write /cache/${random.hex(8)}/data/${run.snapshotId}: no space left on device`,
    'ERROR: failure running backup',
  ]);
}

export function restoreEmpty(seconds: number): string {
  return tail([
    'No eligible snapshots found',
    '=== No data will be restored ===',
    `Restic completed in ${seconds}s`,
  ]);
}

export function restoreSuccess(snapshotId: string, takenAt: number, seconds: number): string {
  const taken = new Date(takenAt).toISOString().replace('T', ' ').replace('Z', ' +0000 UTC');
  return tail([
    `restoring <Snapshot ${snapshotId} of [/data] at ${taken} by @volsync> to .`,
    `Restic completed in ${seconds}s`,
  ]);
}
