import type { RepositoryFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { targetId } from './ids.ts';
import type { BackupTarget } from './schema.ts';

/** Longhorn makes the target `default` by itself; as long as it has no address nobody meant to use it. */
export function repositoryFactOf(object: BackupTarget, context: EngineContext): RepositoryFact {
  const { metadata, spec, status } = object;
  const unset = spec?.backupTargetURL === '';
  const told = status?.conditions?.find(({ type }) => type === 'Unavailable')?.message;
  return {
    repositoryId: targetId(context, metadata),
    engine: 'longhorn',
    kind: 'BackupTarget',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    availability: unset ? 'unknown' : availabilityOf(status?.available),
    message: unset ? 'no backup target URL is set' : told?.slice(0, 2_048) || null,
    checkedAt: status?.lastSyncedAt ?? null,
    readOnly: false,
  };
}

function availabilityOf(available: boolean | null | undefined): RepositoryFact['availability'] {
  if (available === true) return 'available';
  return available === false ? 'unavailable' : 'unknown';
}
