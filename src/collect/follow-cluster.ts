import { AppError } from '../domain/error.ts';
import { isNarrowable, narrowedScopes, scopesOf } from './kind-scopes.ts';
import { backoffMs, pause } from './kubernetes/backoff.ts';
import { followKind } from './kubernetes/follow-kind.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import type { ReadKind } from './read-kind.ts';
import { savingMeanwhile, type Reading } from './reading.ts';

/** What is being followed, until the reading's signal aborts. */
interface Following {
  /** By source names. */
  kinds: Set<string>;
  /** Whoever ends the reading waits for these. */
  tasks: Set<Promise<void>>;
}

/**
 * Lists and then watches until the reading's signal aborts; see `ClusterReader.watch`. Throws what is not the API's
 * fault; the watches then still run, as `tasks`, until the signal aborts.
 */
export async function followCluster(
  reading: Reading,
  tasks: Set<Promise<void>>,
  onSettled: (observedAt: Date) => Promise<void>,
): Promise<void> {
  const { session, source, signal, onProgress } = reading;
  const following: Following = { kinds: new Set(), tasks };
  onProgress?.({ phase: 'discover', text: `asking ${source.name} what it serves` });
  await followNew(reading, following, await session.probe(signal), true);
  onProgress?.({ phase: 'watch', text: `watching ${source.name}` });
  await cycles(reading, following, onSettled);
}

/** Discovers and begins to follow what is not followed yet, rank after rank so that references resolve. */
async function followNew(
  reading: Reading,
  following: Following,
  at: Date,
  told: boolean,
): Promise<void> {
  const { session, source, signal } = reading;
  const kinds = await session.discover(signal);
  reading.onKinds(kinds);
  const fresh = kinds.filter(({ target }) => !following.kinds.has(sourceOf(target)));
  for (const rank of new Set(fresh.map((kind) => kind.rank))) {
    const together = fresh.filter((kind) => kind.rank === rank);
    for (const { target } of together) following.kinds.add(sourceOf(target));
    const plurals = together.map(({ target }) => target.plural).join(', ');
    if (told) reading.onProgress?.({ phase: 'list', text: `listing ${plurals}` });
    const lists = together
      .flatMap((kind) => scopesOf(source, kind))
      .map((kind) => follow(reading, following, kind));
    const queued = together.some(({ reader }) => reader !== null);
    await savingMeanwhile(reading, Promise.all(lists), at, queued);
  }
}

/** Follows a kind until the signal aborts; resolves when its first list is done or has failed. */
async function follow(reading: Reading, following: Following, kind: ReadKind): Promise<void> {
  const { session, client, source, settings, signal } = reading;
  const { tasks } = following;
  const own = new AbortController();
  const first = Promise.withResolvers<void>();
  const split = async (): Promise<void> => {
    try {
      const scopes = await narrowedScopes(session, client, source, kind, signal);
      if (scopes.length > 0) own.abort();
      await Promise.all(scopes.map((scope) => follow(reading, following, scope)));
    } finally {
      first.resolve();
    }
  };
  let asked = false;
  const listener = session.listener(kind, {
    onDone: first.resolve,
    onBroken(error) {
      if (asked || !isNarrowable(kind, error)) return first.resolve();
      asked = true;
      tasks.add(split());
    },
  });
  const either = AbortSignal.any([signal, own.signal]);
  tasks.add(followKind(client, kind.target, settings, listener, either));
  if (signal.aborted) return;
  signal.addEventListener('abort', () => first.resolve(), { once: true });
  await first.promise;
}

/** Saves and tells what has settled, again and again; a lost API is waited for. */
async function cycles(
  reading: Reading,
  following: Following,
  onSettled: (observedAt: Date) => Promise<void>,
): Promise<void> {
  const { session, settings, signal } = reading;
  let failures = 0;
  let discoveredAt = Date.now();
  while (!signal.aborted) {
    try {
      if (Date.now() - discoveredAt >= settings.intervalMs) {
        await followNew(reading, following, await session.probe(signal), false);
        discoveredAt = Date.now();
      }
      const at = await session.probe(signal);
      session.regain(at);
      failures = 0;
      await session.save(at);
      await onSettled(at);
    } catch (error) {
      if (signal.aborted || !isOutOfReach(error)) throw error;
      await session.lose(error);
      const limits = { minMs: settings.retryMinMs, maxMs: settings.retryMaxMs };
      await pause(backoffMs(failures, limits), signal);
      failures += 1;
      continue;
    }
    await session.waker.sleep(settings.intervalMs, signal);
    await pause(settings.debounceMs, signal);
  }
}

/** Failures of the API, as opposed to those of the store or of our own. */
function isOutOfReach(error: unknown): error is AppError {
  return error instanceof AppError && error.code.startsWith('source-');
}
