import type { RepositoryFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { locationId } from './ids.ts';
import type { StorageLocation } from './schema.ts';

const AVAILABILITY: Record<string, RepositoryFact['availability']> = {
  Available: 'available',
  Unavailable: 'unavailable',
};

export function repositoryFactOf(object: StorageLocation, context: EngineContext): RepositoryFact {
  const { metadata, spec, status } = object;
  const phase = status?.phase ?? '';
  return {
    repositoryId: locationId(context, metadata),
    engine: 'velero',
    kind: 'BackupStorageLocation',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    availability: Object.hasOwn(AVAILABILITY, phase)
      ? (AVAILABILITY[phase] ?? 'unknown')
      : 'unknown',
    message: status?.message?.slice(0, 2_048) || null,
    checkedAt: status?.lastValidationTime ?? null,
    readOnly: spec?.accessMode === 'ReadOnly',
  };
}
