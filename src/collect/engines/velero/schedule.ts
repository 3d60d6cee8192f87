import type { PolicyFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { locationId, schedulePolicyId } from './ids.ts';
import type { Schedule } from './schema.ts';
import { selectionOf, volumesModeOf } from './selection.ts';

/**
 * A Schedule as a policy. `status.lastBackup` is when the last Backup was created, not that it ended well: it goes
 * into the memory only, and successes come from the Backups.
 */
export function policyFactOf(
  object: Schedule,
  dropped: string[],
  context: EngineContext,
): PolicyFact {
  const { metadata, spec, status } = object;
  const template = spec?.template;
  const location = template?.storageLocation;
  const errors = status?.validationErrors ?? [];
  const invalid = status?.phase === 'FailedValidation';
  return {
    policyId: schedulePolicyId(context, metadata),
    engine: 'velero',
    kind: 'Schedule',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: spec?.schedule
      ? {
          type: 'cron',
          expression: spec.schedule,
          timeZone: context.timeZone,
          dialect: 'velero',
        }
      : { type: 'manual' },
    paused: spec?.paused ?? false,
    // A filter that could not be read must not widen what counts as covered.
    selection: dropped.some((path) => path.startsWith('spec'))
      ? { type: 'unknown', reason: 'spec was not understood' }
      : selectionOf(template),
    method: template ? volumesModeOf(template) : null,
    repositoryId: location
      ? locationId(context, { namespace: metadata.namespace, name: location })
      : null,
    keep: template?.ttl ? { ttl: template.ttl } : null,
    problem: invalid ? (errors.join('; ') || 'FailedValidation').slice(0, 2_048) : null,
    lastSuccessAt: null,
    memory: status?.lastBackup
      ? JSON.stringify({ lastBackup: status.lastBackup.toISOString() })
      : null,
  };
}
