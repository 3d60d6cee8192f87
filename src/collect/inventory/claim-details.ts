import type { ClaimDetails } from '../../domain/facts.ts';
import { field, isRecord, textOf } from '../kubernetes/object-meta.ts';
import { parseBytes } from '../kubernetes/quantity.ts';
import { isEnginesOwn } from './own-objects.ts';

/** A claim's details without its mounts, and the fields that could not be understood. */
export function claimDetails(object: unknown): { details: ClaimDetails; faults: string[] } {
  const faults: string[] = [];
  const bytes = (...path: string[]): number | null => {
    const value = field(object, ...path);
    const read = parseBytes(value);
    if (value !== undefined && value !== null && read === null)
      faults.push(`${path.join('.')} ${JSON.stringify(value).slice(0, 60)} is no quantity`);
    return read;
  };
  const phase = textOf(field(object, 'status', 'phase'));
  const modes = field(object, 'spec', 'accessModes');
  const details: ClaimDetails = {
    phase: phase ?? 'Unknown',
    storageClass: textOf(field(object, 'spec', 'storageClassName')),
    requestedBytes: bytes('spec', 'resources', 'requests', 'storage'),
    capacityBytes: bytes('status', 'capacity', 'storage'),
    volumeName: textOf(field(object, 'spec', 'volumeName')),
    accessModes: Array.isArray(modes) ? modes.flatMap((mode: unknown) => textOf(mode) ?? []) : [],
    dataSource: dataSource(object),
    temporary: isEnginesOwn(object),
    mounts: [],
  };
  return { details, faults };
}

function dataSource(object: unknown): { kind: string; name: string } | null {
  const spec = field(object, 'spec');
  const source = field(spec, 'dataSourceRef') ?? field(spec, 'dataSource');
  if (!isRecord(source)) return null;
  const [kind, name] = [textOf(source['kind']), textOf(source['name'])];
  return kind === null || name === null ? null : { kind, name };
}
