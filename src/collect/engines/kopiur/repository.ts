import type { RepositoryFact } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { repositoryId } from './ids.ts';
import type { Maintenance, Repository } from './schema.ts';

const PHASES = ['Pending', 'Initializing', 'Ready', 'Degraded', 'Failed'];
/** Conditions that are well when True; False means that the repository is not looked after. */
const CARE = ['MaintenanceOwned', 'MaintenanceConfigured', 'IndexBlobHealth'];

/** What is odd about the phase; null when it is known or not there yet. */
export function phaseComplaint({ status }: Repository): string | null {
  const phase = status?.phase;
  if (!phase || PHASES.includes(phase)) return null;
  return `status.phase "${phase.slice(0, 100)}" is not known`;
}

export function repositoryFactOf(
  kind: string,
  object: Repository,
  maintenance: Maintenance[],
  context: EngineContext,
): RepositoryFact {
  const { metadata, status } = object;
  const place = { kind, namespace: metadata.namespace ?? '', name: metadata.name };
  const availability = availabilityOf(object);
  const words = [...troublesOf(object, availability), ...maintenance.flatMap(failuresOf)];
  return {
    repositoryId: repositoryId(context, place),
    engine: 'kopiur',
    ...place,
    uid: metadata.uid,
    availability,
    message: words.join(' ').slice(0, 2_048) || null,
    checkedAt: status?.catalog?.lastRefreshAt ?? status?.storageStats?.lastObservedAt ?? null,
    readOnly: false,
  };
}

/** A degraded repository still answers, unless its connection says otherwise. */
function availabilityOf({ status }: Repository): RepositoryFact['availability'] {
  const connected = status?.conditions?.find(({ type }) => type === 'Connected')?.status;
  if (status?.phase === 'Failed' || connected === 'False') return 'unavailable';
  return status?.phase === 'Ready' || status?.phase === 'Degraded' ? 'available' : 'unknown';
}

function troublesOf(
  { status }: Repository,
  availability: RepositoryFact['availability'],
): string[] {
  const asked = availability === 'unavailable' ? ['Connected', ...CARE] : CARE;
  return (status?.conditions ?? [])
    .filter((one) => asked.includes(one.type) && one.status === 'False')
    .map((one) => `${one.type}: ${one.message || one.reason || 'False'}.`);
}

function failuresOf({ metadata, status }: Maintenance): string[] {
  const runs = [
    ['quick', status?.quick],
    ['full', status?.full],
  ] as const;
  const failed = runs.flatMap(([name, run]) => {
    const times = run?.consecutiveFailures ?? 0;
    return times > 0
      ? [`The ${name} maintenance (${metadata.name}) has failed ${times} times in a row.`]
      : [];
  });
  const lease = status?.conditions?.find(({ type }) => type === 'LeaseOwned');
  return lease?.status === 'False'
    ? [...failed, `Maintenance (${metadata.name}) does not run: ${lease.message || lease.reason}.`]
    : failed;
}
