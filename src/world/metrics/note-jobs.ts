import { SECOND_MS } from '../../domain/time.ts';
import { isJson } from '../api/world-object.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { moverPodName } from './pod-names.ts';
import { instantAt, policyIn, textAt, type WorldBook } from './world-book.ts';

const STARTING_MS = 2 * SECOND_MS;

export function noteCronjob(book: WorldBook, { at, change, object }: WorldEvent): void {
  const { namespace = '', name } = object.metadata;
  policyIn(book, 'cronjob', namespace, name).goneAt = change === 'delete' ? at : Infinity;
}

/** A Job of a CronJob as it ended, and as it is removed. */
export function noteJob(book: WorldBook, { at, change, object }: WorldEvent): void {
  const { namespace = '', name, ownerReferences } = object.metadata;
  const key = `${namespace}/${name}`;
  const known = book.jobs.get(key);
  if (change === 'delete') {
    if (known !== undefined) known.goneAt = at;
    return;
  }
  const owner: unknown = Array.isArray(ownerReferences) ? ownerReferences[0] : null;
  const startedAt = instantAt(object, 'status', 'startTime');
  const completedAt = instantAt(object, 'status', 'completionTime');
  const failed = hasFailed(object['status']);
  if (startedAt === null || (completedAt === null && !failed) || !isJson(owner)) return;
  const endedAt = completedAt ?? at;
  book.jobs.set(key, { namespace, name, startedAt, endedAt, failed, goneAt: Infinity });
  const outcome = failed ? 'failed' : 'success';
  policyIn(book, 'cronjob', namespace, textAt(owner, 'name')).runs.push({
    startedAt,
    endedAt,
    outcome,
  });
  const podStartedAt = startedAt + STARTING_MS;
  book.movers.push({
    namespace,
    pod: moverPodName(name, podStartedAt),
    container: 'backup',
    startedAt: podStartedAt,
    endedAt,
    sentBytes: null,
    keptMs: Infinity,
  });
}

function hasFailed(status: unknown): boolean {
  const conditions = isJson(status) ? status['conditions'] : null;
  return (
    Array.isArray(conditions) &&
    conditions.some((one) => isJson(one) && one['type'] === 'Failed' && one['status'] === 'True')
  );
}
