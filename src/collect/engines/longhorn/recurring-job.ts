import { resourceIdOf, runIdOf } from '../../../domain/id.ts';
import type { PolicyFact, RunFact, SelectedClaim, Selection } from '../../../domain/facts.ts';
import type { EngineContext } from '../../engine.ts';
import { jobPolicyId, targetId } from './ids.ts';
import type { RecurringJob } from './schema.ts';
import type { KnownVolume } from './volume-book.ts';

/** Where a task's copies lie; `none`: it makes no copy. */
const TASKS: Record<string, 'elsewhere' | 'same' | 'none'> = {
  backup: 'elsewhere',
  'backup-force-create': 'elsewhere',
  snapshot: 'same',
  'snapshot-force-create': 'same',
  'snapshot-cleanup': 'none',
  'snapshot-delete': 'none',
  'filesystem-trim': 'none',
  // Of Longhorn's own objects; the volumes' backups it starts are Backups of their own.
  'system-backup': 'none',
};

/** What a RecurringJob's task makes; null when the task is not known. */
export function taskOf(object: RecurringJob): 'elsewhere' | 'same' | 'none' | null {
  const task = object.spec?.task ?? '';
  return Object.hasOwn(TASKS, task) ? (TASKS[task] ?? null) : null;
}

/** Longhorn's rule: the volume names the job, or a group of the job. */
export function covers({ metadata, spec }: RecurringJob, volume: KnownVolume): boolean {
  if (volume.namespace !== metadata.namespace) return false;
  if (volume.jobs.includes(metadata.name)) return true;
  return (spec?.groups ?? []).some((group) => volume.groups.includes(group));
}

/** A RecurringJob as a policy over the volumes it covers; null for tasks that make no copy. */
export function policyFactOf(
  object: RecurringJob,
  dropped: string[],
  volumes: Iterable<KnownVolume>,
  context: EngineContext,
): PolicyFact | null {
  const { metadata, spec } = object;
  if (taskOf(object) === 'none') return null;
  const covered = [...volumes].filter((volume) => covers(object, volume));
  const targets = new Set(covered.map(({ target }) => target));
  const [target] = targets.size === 1 ? targets : [];
  return {
    policyId: jobPolicyId(context, metadata),
    engine: 'longhorn',
    kind: 'RecurringJob',
    namespace: metadata.namespace,
    name: metadata.name,
    uid: metadata.uid,
    createdAt: metadata.creationTimestamp ?? null,
    labels: metadata.labels ?? {},
    schedule: spec?.cron
      ? { type: 'cron', expression: spec.cron, timeZone: context.timeZone, dialect: 'longhorn' }
      : { type: 'manual' },
    paused: false,
    selection: selectionOf(object, dropped, covered),
    method: spec?.task ?? null,
    repositoryId:
      target === undefined || taskOf(object) === 'same'
        ? null
        : targetId(context, { namespace: metadata.namespace, name: target }),
    keep: keepOf(spec),
    problem: null,
    lastSuccessAt: null,
    memory: null,
  };
}

function selectionOf(object: RecurringJob, dropped: string[], covered: KnownVolume[]): Selection {
  const storage = taskOf(object);
  // Groups that could not be read must not narrow what counts as covered.
  if (dropped.some((path) => path.startsWith('spec')) || storage === null || storage === 'none') {
    const task = (object.spec?.task ?? '').slice(0, 100);
    return { type: 'unknown', reason: `spec was not understood (task "${task}")` };
  }
  const claims = covered.flatMap(({ claim }) => claim ?? []);
  return { type: 'each-claim', claims: claims.toSorted(byName), storage };
}

function byName(a: SelectedClaim, b: SelectedClaim): number {
  return `${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1;
}

function keepOf(spec: RecurringJob['spec']): PolicyFact['keep'] {
  if (spec?.retentionPolicy === 'age-based' && spec.retainAge) return { age: spec.retainAge };
  return spec?.retain ? { last: spec.retain } : null;
}

/** FM-24: the job ran and passed a volume over in which nothing was written since its last backup. */
export function skippedRunOf(
  { metadata, status }: RecurringJob,
  claim: SelectedClaim,
  at: Date,
  context: EngineContext,
): RunFact {
  const policyId = jobPolicyId(context, metadata);
  const { clusterId } = context;
  const { namespace, name } = claim;
  const key = `${policyId}/${namespace}/${name}/${status?.executionCount ?? 0}`;
  return {
    runId: runIdOf(clusterId, 'longhorn', key),
    runDay: at.toISOString().slice(0, 10),
    engine: 'longhorn',
    policyId,
    resourceId: resourceIdOf({ clusterId, kind: 'PersistentVolumeClaim', namespace, name }),
    namespace: metadata.namespace,
    name: `${metadata.name}-${status?.executionCount ?? 0}`,
    startedAt: at,
    endedAt: at,
    outcome: 'skipped',
    durationSeconds: null,
    logicalBytes: null,
    addedBytes: null,
    storedBytes: null,
    files: null,
    snapshotId: null,
    warnings: null,
    errors: null,
    errorText: null,
    fullRead: false,
  };
}
