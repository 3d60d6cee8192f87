import { DAY_MS, HOUR_MS, SECOND_MS } from '../../domain/time.ts';
import { isJson } from '../api/world-object.ts';
import type { WorldEvent } from '../home/world-event.ts';
import { moverPodName } from './pod-names.ts';
import { instantAt, policyIn, textAt, type WorldBook } from './world-book.ts';
import type { WorldPolicy } from './world-runs.ts';

const METHODS = ['restic', 'rclone', 'rsyncTLS'] as const;
/** In the names of movers' pods. */
const PREFIXES: Record<string, string> = {
  restic: 'volsync-src-',
  rclone: 'volsync-rclone-src-',
  rsyncTLS: 'volsync-rsync-tls-src-',
};
/** Between the start of a sync and its pod's, and between the pod's end and the sync's. */
const SNAPSHOT_MS = 4 * SECOND_MS;
const CLEANING_MS = 2 * SECOND_MS;
/** A try that fails does so soon. */
const FAILED_TRY_MS = 40 * SECOND_MS;
/** VolSync removes its Jobs when a sync has ended. */
const KEPT_MS = 75 * SECOND_MS;

/** A ReplicationSource as written: a sync has begun, a try has failed, or a sync has ended. */
export function noteSource(book: WorldBook, { at, change, object }: WorldEvent): void {
  const { namespace = '', name } = object.metadata;
  const policy = policyIn(book, 'volsync', namespace, name);
  if (change === 'delete') {
    policy.goneAt = at;
    return;
  }
  policy.method = methodOf(object['spec']);
  policy.periodMs = periodOf(textAt(object, 'spec', 'trigger', 'schedule'));
  const key = object.metadata.uid;
  const startedAt = instantAt(object, 'status', 'lastSyncStartTime');
  if (startedAt !== null) {
    book.begun.set(key, startedAt);
    if (textAt(object, 'status', 'latestMoverStatus', 'result') === 'Failed')
      noteMover(book, policy, Math.max(startedAt, at - FAILED_TRY_MS), at);
    return;
  }
  const endedAt = instantAt(object, 'status', 'lastSyncTime');
  const began = book.begun.get(key);
  if (endedAt === null || began === undefined) return;
  book.begun.delete(key);
  policy.runs.push({ startedAt: began, endedAt, outcome: 'success' });
  noteMover(book, policy, began + SNAPSHOT_MS, endedAt - CLEANING_MS);
}

function noteMover(
  book: WorldBook,
  { namespace, name, method }: WorldPolicy,
  startedAt: number,
  endedAt: number,
): void {
  const pod = moverPodName(`${PREFIXES[method] ?? ''}${name}`, startedAt);
  const container = method === 'rsyncTLS' ? 'rsync-tls' : method;
  book.movers.push({
    namespace,
    pod,
    container,
    startedAt,
    endedAt: Math.max(endedAt, startedAt + SECOND_MS),
    sentBytes: null,
    keptMs: KEPT_MS,
  });
}

function methodOf(spec: unknown): string {
  return METHODS.find((method) => isJson(spec) && isJson(spec[method])) ?? 'restic';
}

/** Of the cron expressions this world writes: `m h * * w`, with a star or a step for the hour. */
function periodOf(expression: string): number | null {
  const [, hour, , , weekday] = expression.split(' ');
  if (hour === undefined || weekday === undefined) return null;
  if (weekday !== '*') return 7 * DAY_MS;
  if (hour === '*') return HOUR_MS;
  const step = /^\*\/(\d+)$/.exec(hour)?.[1];
  return step === undefined ? DAY_MS : Number(step) * HOUR_MS;
}
