import { MINUTE_MS, SECOND_MS } from '../../domain/time.ts';
import { isJson } from '../api/world-object.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { moverPodName } from './pod-names.ts';
import { instantAt, policyIn, textAt, type WorldBook } from './world-book.ts';
import type { WorldRun } from './world-runs.ts';

/** Jobs of operators that remove them by themselves. */
const KEPT_MS = 10 * MINUTE_MS;
const STARTING_MS = 3 * SECOND_MS;

/** A kopiur Snapshot that has ended; its Job is named after it. */
export function noteKopiur(book: WorldBook, { change, object }: WorldEvent): void {
  const outcome = outcomeOf(textAt(object, 'status', 'phase'), 'Succeeded', 'Failed');
  const startedAt = instantAt(object, 'status', 'timing', 'startTime');
  const endedAt = instantAt(object, 'status', 'timing', 'endTime');
  const { namespace = '', name } = object.metadata;
  if (change === 'delete' || outcome === null || startedAt === null) return;
  const policy = textAt(object, 'spec', 'policyRef', 'name');
  const ended = endedAt ?? startedAt;
  policyIn(book, 'kopiur', namespace, policy).runs.push({ startedAt, endedAt: ended, outcome });
  noteMover(book, namespace, name, 'kopia', startedAt, ended);
}

/** A K8up Backup as taken up, and as ended. */
export function noteK8up(book: WorldBook, { at, change, object }: WorldEvent): void {
  const { namespace = '', name, uid, labels } = object.metadata;
  const { status } = object;
  const schedule = labels?.['k8up.io/schedule-name'];
  if (change === 'delete' || !isJson(status) || schedule === undefined) return;
  if (status['finished'] !== true) {
    book.begun.set(uid, at);
    return;
  }
  const startedAt = book.begun.get(uid);
  if (startedAt === undefined) return;
  book.begun.delete(uid);
  const outcome: WorldRun['outcome'] = isFailed(status['conditions']) ? 'failed' : 'success';
  policyIn(book, 'k8up', namespace, schedule).runs.push({ startedAt, endedAt: at, outcome });
  noteMover(book, namespace, `backup-${name}-0`, 'backup', startedAt, at);
}

function isFailed(conditions: unknown): boolean {
  return (
    Array.isArray(conditions) &&
    conditions.some(
      (one) => isJson(one) && one['type'] === 'Completed' && one['reason'] === 'Failed',
    )
  );
}

/** A CloudNativePG Backup that has ended; instances move their data themselves. */
export function noteCnpg(book: WorldBook, { at, change, object }: WorldEvent): void {
  const outcome = outcomeOf(textAt(object, 'status', 'phase'), 'completed', 'failed');
  const { namespace = '' } = object.metadata;
  if (change === 'delete' || outcome === null) return;
  const cluster = textAt(object, 'spec', 'cluster', 'name');
  const endedAt = instantAt(object, 'status', 'stoppedAt') ?? at;
  const startedAt = instantAt(object, 'status', 'startedAt') ?? endedAt;
  policyIn(book, 'cnpg', namespace, cluster).runs.push({ startedAt, endedAt, outcome });
}

/** A Longhorn Backup that is complete. */
export function noteLonghorn({ volumes }: WorldBook, { at, change, object }: WorldEvent): void {
  if (change === 'delete' || textAt(object, 'status', 'state') !== 'Completed') return;
  const volume = textAt(object, 'status', 'volumeName');
  const known: unknown = JSON.parse(textAt(object, 'status', 'labels', 'KubernetesStatus') || '{}');
  if (!isJson(known)) return;
  const namespace = textAt(known, 'namespace');
  const claim = textAt(known, 'pvcName');
  const told = volumes.get(volume) ?? { namespace, claim, volume, backupsAt: [] };
  volumes.set(volume, told);
  told.backupsAt.push(instantAt(object, 'status', 'backupCreatedAt') ?? at);
}

function noteMover(
  { movers }: WorldBook,
  namespace: string,
  base: string,
  container: string,
  begunAt: number,
  endedAt: number,
): void {
  const startedAt = begunAt + STARTING_MS;
  if (endedAt <= startedAt) return;
  const pod = moverPodName(base, startedAt);
  movers.push({
    namespace,
    pod,
    container,
    startedAt,
    endedAt,
    sentBytes: null,
    keptMs: KEPT_MS,
  });
}

function outcomeOf(phase: string, good: string, bad: string): WorldRun['outcome'] | null {
  if (phase === good) return 'success';
  return phase === bad ? 'failed' : null;
}
