import type { EngineReader } from '../../engine.ts';
import { parseLoosely } from '../../parse-loosely.ts';
import { backupRepositoryId, locationId, pointId, restoreRunId, schedulePolicyId } from './ids.ts';
import { Identified } from './schema.ts';

/** Where an object stands in the store; null for one that is part of another. */
export const placeOf: EngineReader['idOf'] = (kind, object, context) => {
  const { value } = parseLoosely(Identified, object);
  if (value === null) return null;
  const { metadata } = value;
  switch (kind) {
    case 'Schedule':
      return { table: 'policies', id: schedulePolicyId(context, metadata) };
    case 'BackupStorageLocation':
      return { table: 'repositories', id: locationId(context, metadata) };
    case 'BackupRepository':
      return { table: 'repositories', id: backupRepositoryId(context, metadata) };
    case 'Backup':
      return { table: 'restore_points', id: pointId(context, metadata.uid) };
    case 'Restore':
      return { table: 'restore_runs', id: restoreRunId(context, metadata.uid) };
    default:
      return null;
  }
};
