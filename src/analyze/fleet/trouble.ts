import type { FindingKind } from '../../domain/words.ts';

/** What an outage shows as: no run, one that fails, one that hangs, and no copy in time. */
const OUTAGE: ReadonlySet<FindingKind> = new Set([
  'missed-run',
  'failed-run',
  'failure-streak',
  'flapping',
  'rpo-breach',
  'stuck-run',
  'repository-locked',
  'location-unavailable',
  'schedule-stopped',
  'policy-error',
]);

/** What findings must have in common besides a shared thing to be one incident: that backups fail says nothing of an empty one. */
export function troubleOf(kind: FindingKind): string {
  return OUTAGE.has(kind) ? 'outage' : kind;
}
