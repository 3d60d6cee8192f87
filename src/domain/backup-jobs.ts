import { z } from 'zod';

const text = z.string().min(1);

/** A CronJob or Job that a rule matches counts as a backup; all that a rule says must hold. */
export const BackupJobRule = z
  .strictObject({
    /** `key` or `key=value`. */
    label: text.optional(),
    annotation: text.optional(),
    /** A glob such as `*-backup`. */
    name: text.optional(),
    namespace: text.optional(),
  })
  .refine((rule) => Object.keys(rule).length > 0, 'says nothing that a job could match');
export type BackupJobRule = z.infer<typeof BackupJobRule>;

/** On a CronJob or Job: `true` makes it a backup, `false` keeps it from being one whatever the rules say. */
export const BACKUP_LABEL = 'plimsoll.dev/backup';
/** On a CronJob or Job: the claims of its namespace it backs up, with commas. */
export const CLAIMS_ANNOTATION = 'plimsoll.dev/backup-claims';

export const DEFAULT_BACKUP_JOBS: readonly BackupJobRule[] = [
  { label: BACKUP_LABEL },
  { annotation: CLAIMS_ANNOTATION },
  { name: '*-backup' },
  { name: 'backup-*' },
];
