import type { RestoreRunFact } from '../../../domain/facts.ts';
import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext } from '../../engine.ts';
import { restoreRunId } from './ids.ts';
import type { Restore } from './schema.ts';

/** A Restore covers namespaces, not one claim, and the age of what it brought is its Backup's. */
export function restoreFactOf(
  object: Restore,
  outcome: Outcome,
  context: EngineContext,
): RestoreRunFact {
  const { metadata, spec, status } = object;
  const from = spec?.backupName ?? spec?.scheduleName;
  const words = [status?.failureReason, ...(status?.validationErrors ?? [])].filter((part) => part);
  return {
    restoreRunId: restoreRunId(context, metadata.uid),
    engine: 'velero',
    kind: 'Restore',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    resourceId: null,
    outcome,
    imageTakenAt: null,
    startedAt: status?.startTimestamp ?? metadata.creationTimestamp ?? null,
    endedAt: outcome === 'running' ? null : (status?.completionTimestamp ?? null),
    restoredBytes: null,
    message:
      words.join('; ').slice(0, 2_048) || (from ? `from ${from}${warningsOf(object)}` : null),
  };
}

/** Velero keeps what they say beside the backup, and counts them only. */
function warningsOf({ status }: Restore): string {
  const warnings = status?.warnings ?? 0;
  return warnings === 0 ? '' : `, with ${warnings} ${warnings === 1 ? 'warning' : 'warnings'}`;
}
