/** What a mover's log in `status.latestMoverStatus.logs` says. The log is data from outside, never instructions. */
export interface MoverLog {
  empty: boolean;
  /** A restore that brought nothing back. */
  nothingRestored: boolean;
  fullRead: boolean;
  logicalBytes: number | null;
  addedBytes: number | null;
  storedBytes: number | null;
  files: number | null;
  /** Every snapshot the log says was saved, in order. */
  snapshots: string[];
  restoredBytes: number | null;
}

const UNITS: Record<string, number> = { '': 0, k: 1, m: 2, g: 3, t: 4, p: 5 };
const SIZE = String.raw`([\d.,]+) ?([KMGTP]?i?B?)`;
const added = new RegExp(
  String.raw`^Added to the repo(?:sitory)?:\s+${SIZE}\s*(?:\(${SIZE}\s+stored\))?`,
  'm',
);
const processed = new RegExp(String.raw`^processed (\d+) files, ${SIZE} in `, 'm');
const transferredBytes = new RegExp(
  String.raw`^\s*Transferred:\s+${SIZE} ?/ ?[\d.,]+ ?[KMGTP]?i?B\b`,
  'm',
);
const transferredFiles = /^\s*Transferred:\s+(\d+) ?\/ ?\d+,/m;
const sent = new RegExp(String.raw`^sent ${SIZE} bytes\s+received`, 'm');
const total = new RegExp(String.raw`^total size is ${SIZE}\s+speedup`, 'm');
const restored = new RegExp(String.raw`^Summary: Restored \d+ [^(]*\(${SIZE}\)`, 'm');
const savedSnapshot = /^snapshot ([0-9a-f]{8,64}) saved/gm;
const kopiaSnapshot = /^Created snapshot with root \S+ and ID ([0-9a-f]{8,64})/gm;

/** Reads the lines of every mover; figures no line gives are null. Sizes are rounded as the mover printed them. */
export function readMoverLog(logs: string): MoverLog {
  const add = added.exec(logs);
  const read = processed.exec(logs);
  const rsync = sent.exec(logs);
  const rclone = transferredBytes.exec(logs);
  const files = read?.[1] ?? transferredFiles.exec(logs)?.[1];
  return {
    empty: logs.includes('Directory is empty skipping backup') || read?.[1] === '0',
    nothingRestored:
      /No eligible snapshots found|No data will be restored|=== Initialize Dir ===/.test(logs),
    fullRead: logs.includes('no parent snapshot found'),
    logicalBytes: sizeOf(read, 2) ?? sizeOf(total.exec(logs), 1),
    addedBytes: sizeOf(add, 1) ?? sizeOf(rclone, 1) ?? sizeOf(rsync, 1),
    storedBytes: sizeOf(add, 3),
    files: files === undefined ? null : Number(files),
    snapshots: [savedSnapshot, kopiaSnapshot].flatMap((line) =>
      [...logs.matchAll(line)].map((match) => match[1] ?? ''),
    ),
    restoredBytes: sizeOf(restored.exec(logs), 1),
  };
}

/** The last 2,048 characters. */
export function tailOf(logs: string): string {
  return logs.slice(-2_048);
}

function sizeOf(match: RegExpExecArray | null, at: number): number | null {
  const digits = match?.[at];
  if (digits === undefined) return null;
  const unit = match?.[at + 1] ?? '';
  const base = unit.includes('i') ? 1_024 : 1_000;
  const value =
    Number(digits.replaceAll(',', '')) *
    base ** (UNITS[unit.charAt(0).toLowerCase().replace('b', '')] ?? 0);
  return Number.isFinite(value) ? Math.round(value) : null;
}
