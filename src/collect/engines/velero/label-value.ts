import { createHash } from 'node:crypto';

/** The longest a label's value may be. */
const LONGEST = 63;
const HASHED = 6;

/** A name as Velero writes it into a label: one that is too long ends in the start of its SHA-256. */
export function labelValueOf(name: string): string {
  if (name.length <= LONGEST) return name;
  const hash = createHash('sha256').update(name).digest('hex');
  return name.slice(0, LONGEST - HASHED) + hash.slice(0, HASHED);
}

/** What Velero appends to a Schedule's name to name a Backup of it. */
const STAMP = /-\d{14}$/;

/** The Schedule that a Backup's label names; in full where the Backup's own name, `<schedule>-<time>`, shows it. */
export function scheduleNameOf(label: string, backupName: string): string {
  const schedule = backupName.replace(STAMP, '');
  return labelValueOf(schedule) === label ? schedule : label;
}
