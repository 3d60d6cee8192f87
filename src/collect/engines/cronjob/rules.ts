import { globMatches } from '../../../analyze/selection.ts';
import { BACKUP_LABEL, type BackupJobRule } from '../../../domain/backup-jobs.ts';
import type { Identified } from './schema.ts';

type Metadata = Identified['metadata'];

/** Whether a CronJob or Job counts as a backup. Its own label decides before any rule. */
export function isBackup(rules: readonly BackupJobRule[], metadata: Metadata): boolean {
  const own = metadata.labels?.[BACKUP_LABEL];
  if (own !== undefined) return own !== 'false';
  return rules.some((rule) => matches(rule, metadata));
}

function matches({ label, annotation, name, namespace }: BackupJobRule, metadata: Metadata) {
  return (
    (label === undefined || hasPair(metadata.labels, label)) &&
    (annotation === undefined || hasPair(metadata.annotations, annotation)) &&
    (name === undefined || globMatches(name, metadata.name)) &&
    (namespace === undefined || globMatches(namespace, metadata.namespace))
  );
}

/** `key`, or `key=value`. */
function hasPair(pairs: Record<string, string> | null | undefined, wanted: string): boolean {
  const at = wanted.indexOf('=');
  if (at < 0) return pairs?.[wanted] !== undefined;
  return pairs?.[wanted.slice(0, at)] === wanted.slice(at + 1);
}
