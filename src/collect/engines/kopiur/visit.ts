import type { Outcome } from '../../../domain/words.ts';
import type { EngineContext, KubernetesObject } from '../../engine.ts';
import { aheadOfClock } from '../../ahead-of-clock.ts';
import { objectProblem } from '../../parse-loosely.ts';
import type { ReadObject } from '../../read-object.ts';
import type { PhaseReading } from './outcome.ts';
import type { Restore, Snapshot } from './schema.ts';

export const GROUP = 'kopiur.home-operations.com';
export const KINDS: Record<string, { plural: string; rank: number }> = {
  // Before what they complete: a policy told without its schedule would look like one whose schedule changed.
  SnapshotSchedule: { plural: 'snapshotschedules', rank: 0 },
  Maintenance: { plural: 'maintenances', rank: 0 },
  Repository: { plural: 'repositories', rank: 1 },
  ClusterRepository: { plural: 'clusterrepositories', rank: 1 },
  SnapshotPolicy: { plural: 'snapshotpolicies', rank: 1 },
  Snapshot: { plural: 'snapshots', rank: 2 },
  Restore: { plural: 'restores', rank: 2 },
};
export const sourceOf = (kind: string) => `${GROUP}/${KINDS[kind]?.plural ?? kind}`;

/** One object as it is read. */
export interface Visit {
  kind: string;
  object: KubernetesObject;
  observedAt: Date;
  context: EngineContext;
}
type Problems = ReadObject<unknown>['problems'];

export function timesOf({ metadata, status }: Snapshot | Restore): (Date | null | undefined)[] {
  return [metadata.creationTimestamp, status?.timing?.startTime, status?.timing?.endTime];
}

/** The outcome, with what is odd put among the problems; a time in the future proves nothing yet. */
export function told(
  { outcome, complaint }: PhaseReading,
  times: (Date | null | undefined)[],
  visit: Visit,
  problems: Problems,
): Outcome | null {
  if (complaint !== null)
    problems.push(objectProblem(sourceOf(visit.kind), visit.object, complaint));
  const proves = outcome !== null && outcome !== 'running' && outcome !== 'failed';
  return proves && liesAhead(times, visit, problems) ? 'unknown' : outcome;
}

export function liesAhead(
  times: (Date | null | undefined)[],
  { kind, object, observedAt }: Visit,
  problems: Problems,
): boolean {
  const message = aheadOfClock(times, observedAt);
  if (message === null) return false;
  problems.push(objectProblem(sourceOf(kind), object, message));
  return true;
}
