import { policyIdOf, repositoryIdOf, resourceIdOf } from '../../../domain/id.ts';
import type { PolicyFact, RepositoryFact, Schedule, Selection } from '../../../domain/facts.ts';
import { MOVERS, type Replication } from './schema.ts';

export function policyIdOfSource(
  clusterId: string,
  metadata: { namespace: string; name: string },
): string {
  return policyIdOf('volsync', { clusterId, kind: 'ReplicationSource', ...namesOf(metadata) });
}

export function claimIdOf(clusterId: string, namespace: string, name: string): string {
  return resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name });
}

export function moverOf({ spec }: Replication) {
  const name = MOVERS.find((mover) => spec?.[mover] !== undefined && spec[mover] !== null) ?? null;
  return { name, block: name === null ? null : (spec?.[name] ?? null) };
}

/** What the ReplicationSource declares; `memory` and `lastSuccessAt` come from its history. */
export function toPolicy(
  clusterId: string,
  source: Replication,
  timeZone: string,
  history: { memory: string; lastSuccessAt: Date | null },
): PolicyFact {
  const { metadata, spec } = source;
  const mover = moverOf(source);
  return {
    policyId: policyIdOfSource(clusterId, metadata),
    engine: 'volsync',
    kind: 'ReplicationSource',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: scheduleOf(source, mover.name, timeZone),
    paused: spec?.paused === true,
    selection: selectionOf(source),
    method: mover.name,
    repositoryId: toRepository(clusterId, source)?.repositoryId ?? null,
    keep: keepOf(mover),
    problem: problemOf(source),
    lastSuccessAt: history.lastSuccessAt,
    memory: history.memory,
  };
}

/** `manual` wins over `schedule`; no trigger at all means back to back. Syncthing never ends a run. */
function scheduleOf({ spec }: Replication, mover: string | null, timeZone: string): Schedule {
  if (mover === 'syncthing' || spec?.trigger?.manual) return { type: 'manual' };
  const expression = spec?.trigger?.schedule;
  return expression
    ? { type: 'cron', expression, timeZone, dialect: 'volsync' }
    : { type: 'continuous' };
}

function selectionOf({ metadata, spec }: Replication): Selection {
  return spec?.sourcePVC
    ? { type: 'claims', namespace: metadata.namespace, names: [spec.sourcePVC] }
    : { type: 'unknown', reason: 'spec.sourcePVC is not set' };
}

/** Without keep rules the restic mover keeps one snapshot (`--keep-last 1`, VolSync 0.16). */
function keepOf({ name, block }: ReturnType<typeof moverOf>): PolicyFact['keep'] {
  const retain = block?.retain;
  if (retain && Object.keys(retain).length > 0) return retain;
  return name === 'restic' ? { last: 1 } : null;
}

function problemOf({ status }: Replication): string | null {
  const condition = status?.conditions?.find(({ type }) => type === 'Synchronizing');
  return condition?.reason === 'Error' ? (condition.message ?? 'Error') : null;
}

/** The Secret a mover's repository is named by; it is never read, so its state is unknown. */
export function toRepository(clusterId: string, source: Replication): RepositoryFact | null {
  const { block } = moverOf(source);
  const name = block?.repository ?? block?.rcloneConfig;
  if (!name) return null;
  const { namespace } = source.metadata;
  return {
    repositoryId: repositoryIdOf('volsync', { clusterId, kind: 'Secret', namespace, name }),
    engine: 'volsync',
    kind: 'Secret',
    namespace,
    name,
    uid: '',
    availability: 'unknown',
    message: null,
    checkedAt: null,
    readOnly: false,
  };
}

function namesOf({ namespace, name }: { namespace: string; name: string }) {
  return { namespace, name };
}
