import { AppError } from '../../domain/error.ts';
import type { KubernetesObject } from '../engine.ts';
import { backoffMs, pause } from './backoff.ts';
import type { KubeClient } from './kube-client.ts';
import type { KindTarget } from './kind-target.ts';
import { listObjects } from './list-objects.ts';
import { field, readMeta, textOf } from './object-meta.ts';
import { watchObjects, type WatchEvent } from './watch-objects.ts';

export interface FollowSettings {
  pageSize: number;
  /** How long the server keeps one watch open. */
  watchSeconds: number;
  retryMinMs: number;
  retryMaxMs: number;
  /** How long to wait before asking again for what is forbidden, refused or gone. */
  slowRetryMs: number;
}

/** What happens to a kind, in order. Awaited calls slow the reading down. */
export interface KindListener {
  /** New, or its resourceVersion changed. */
  onObject(object: KubernetesObject): Promise<void>;
  onDeleted(object: KubernetesObject): Promise<void>;
  /** Each object of a list, changed or not. */
  onSeen(object: KubernetesObject): void;
  onListStart(): void;
  /** The list is complete: what is not among these UIDs is gone. */
  onListed(uids: ReadonlySet<string>): Promise<void>;
  /** The watch is open; `since` is the API's time from which nothing is missed (null: since before). */
  onWatching(since: Date | null): void;
  /** The watch broke; it will be tried again. */
  onBroken(error: AppError, failures: number): void;
  onMalformed(object: KubernetesObject, missing: string): void;
}

interface Followed {
  /** UID → resourceVersion: all we keep of an object. */
  versions: Map<string, string>;
  resourceVersion: string | null;
  failures: number;
}

/** Lists once; objects whose version is known already are not told again. */
export async function readKind(
  client: KubeClient,
  target: KindTarget,
  pageSize: number,
  listener: KindListener,
  signal: AbortSignal,
  versions = new Map<string, string>(),
): Promise<{ resourceVersion: string; date: Date | null }> {
  const uids = new Set<string>();
  listener.onListStart();
  const end = await listObjects(
    client,
    target,
    pageSize,
    {
      onRestart: () => {
        uids.clear();
        listener.onListStart();
      },
      async onPage(items) {
        for (const object of items) {
          const meta = readMeta(object);
          if ('missing' in meta) {
            listener.onMalformed(object, meta.missing);
            continue;
          }
          uids.add(meta.uid);
          listener.onSeen(object);
          if (versions.get(meta.uid) === meta.resourceVersion) continue;
          versions.set(meta.uid, meta.resourceVersion);
          await listener.onObject(object);
        }
      },
    },
    signal,
  );
  for (const uid of versions.keys()) if (!uids.has(uid)) versions.delete(uid);
  await listener.onListed(uids);
  return end;
}

/**
 * Lists and watches one kind until the signal aborts. A watch that ends normally goes on at once from the last
 * version; 410 lists again; any other end waits longer each time; what is forbidden is asked for slowly.
 */
export async function followKind(
  client: KubeClient,
  target: KindTarget,
  settings: FollowSettings,
  listener: KindListener,
  signal: AbortSignal,
): Promise<void> {
  const followed: Followed = { versions: new Map(), resourceVersion: null, failures: 0 };
  let since: Date | null = null;
  while (!signal.aborted) {
    try {
      if (followed.resourceVersion === null) {
        const end = await readKind(
          client,
          target,
          settings.pageSize,
          listener,
          signal,
          followed.versions,
        );
        followed.resourceVersion = end.resourceVersion;
        since = end.date;
      }
      const end = await watchOnce(client, target, settings, followed, listener, since, signal);
      since = null;
      if (end === 'expired') followed.resourceVersion = null;
    } catch (error) {
      if (signal.aborted) return;
      const trouble = asAppError(error);
      listener.onBroken(trouble, followed.failures);
      if (needsNewList(trouble)) followed.resourceVersion = null;
      await pause(waitOf(trouble, followed.failures, settings), signal);
      followed.failures += 1;
    }
  }
}

async function watchOnce(
  client: KubeClient,
  target: KindTarget,
  settings: FollowSettings,
  followed: Followed,
  listener: KindListener,
  since: Date | null,
  signal: AbortSignal,
): Promise<'closed' | 'expired'> {
  const opened = Date.now();
  const from = { resourceVersion: followed.resourceVersion ?? '', seconds: settings.watchSeconds };
  let events = 0;
  const calls = {
    onOpen: (date: Date | null) =>
      listener.onWatching(since ?? (followed.failures > 0 ? date : null)),
    async onEvent(event: WatchEvent) {
      events += 1;
      followed.failures = 0;
      await takeEvent(event, followed, listener);
    },
  };
  const end = await watchObjects(client, target, from, calls, signal);
  // A server that ends each watch at once must not be asked in a tight circle.
  if (events === 0 && Date.now() - opened < Math.min(1_000, settings.retryMinMs)) {
    await pause(backoffMs(followed.failures, limitsOf(settings)), signal);
    followed.failures += 1;
  } else followed.failures = 0;
  return end;
}

async function takeEvent(
  event: WatchEvent,
  followed: Followed,
  listener: KindListener,
): Promise<void> {
  const version = textOf(field(event.object, 'metadata', 'resourceVersion'));
  if (version !== null) followed.resourceVersion = version;
  if (event.type === 'BOOKMARK') return;
  const meta = readMeta(event.object);
  if ('missing' in meta) return listener.onMalformed(event.object, meta.missing);
  if (event.type === 'DELETED') {
    followed.versions.delete(meta.uid);
    return listener.onDeleted(event.object);
  }
  if (followed.versions.get(meta.uid) === meta.resourceVersion) return;
  followed.versions.set(meta.uid, meta.resourceVersion);
  await listener.onObject(event.object);
}

/** After these the old version may be refused for ever. */
function needsNewList(error: AppError): boolean {
  const status = error.details['status'];
  return error.code !== 'source-unreachable' || status === 500;
}

function waitOf(error: AppError, failures: number, settings: FollowSettings): number {
  const slow = ['source-forbidden', 'source-unauthorized', 'not-found'].includes(error.code);
  const fast = backoffMs(failures, limitsOf(settings));
  return slow
    ? Math.max(fast, backoffMs(0, { minMs: settings.slowRetryMs, maxMs: settings.slowRetryMs }))
    : fast;
}

function limitsOf(settings: FollowSettings): { minMs: number; maxMs: number } {
  return { minMs: settings.retryMinMs, maxMs: settings.retryMaxMs };
}

function asAppError(error: unknown): AppError {
  if (error instanceof AppError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new AppError('internal', message, { cause: error, retryable: true });
}
