import { AppError } from '../domain/error.ts';
import { SECOND_MS, type Clock } from '../domain/time.ts';
import { createClusterSession, type ClusterSession } from './cluster-session.ts';
import type { EngineReader } from './engine.ts';
import { readableNamespaces } from './kubernetes/access-review.ts';
import { backoffMs, pause } from './kubernetes/backoff.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import { followKind, readKind } from './kubernetes/follow-kind.ts';
import { identifyCluster, type Identified } from './kubernetes/identify-cluster.ts';
import { createKubeClient } from './kubernetes/kube-client.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import type { ClusterReader, FactSink, ReaderMemory, ReaderProgress } from './port.ts';
import { partialProblem, problemOf } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';
import { READER_SETTINGS, type ReaderSettings } from './reader-settings.ts';

export type { ReaderSettings } from './reader-settings.ts';

export interface ClusterReaderDeps {
  engines: EngineReader[];
  settings?: Partial<ReaderSettings>;
  clock?: Clock;
}

/** Reads one cluster over its API; see `ClusterReader` for the promises. */
export function createClusterReader(source: ClusterSource, deps: ClusterReaderDeps): ClusterReader {
  const settings: ReaderSettings = { ...READER_SETTINGS, ...deps.settings };
  const clock = deps.clock ?? { now: () => new Date() };
  const client = createKubeClient(source, settings);
  let identity: Identified | null = null;
  let session: ClusterSession | null = null;
  let found: string[] = [];

  async function begin(
    memory: ReaderMemory,
    sink: FactSink,
    signal: AbortSignal,
  ): Promise<ClusterSession> {
    identity ??= await identifyCluster(client, source, signal);
    const { engines } = deps;
    session = createClusterSession({
      source,
      client,
      engines,
      settings,
      clock,
      identity,
      memory,
      sink,
      signal,
    });
    return session;
  }

  function noteEngines(kinds: ReadKind[]): void {
    found = [...new Set(kinds.flatMap(({ reader }) => reader?.engine ?? []))];
  }

  /** One kind in the scopes we may read: configured namespaces, else the whole cluster. */
  function scopesOf(kind: ReadKind): ReadKind[] {
    if (source.namespaces === null || !kind.target.namespaced) return [kind];
    return inEach(kind, source.namespaces);
  }

  /** After a refused cluster-wide list: the kind in each namespace where we may list it. */
  async function narrowed(
    now: ClusterSession,
    kind: ReadKind,
    signal: AbortSignal,
  ): Promise<ReadKind[]> {
    const listed = now.inventory.namespaces();
    const own = source.defaultNamespace === null ? [] : [source.defaultNamespace];
    const candidates = listed.length > 0 ? listed : own;
    const readable = await readableNamespaces(client, kind.target, candidates, signal).catch(
      () => [],
    );
    if (readable.length > 0) {
      now.forget(kind);
      const name = sourceOf(kind.target);
      now.problems.report(`scope:${name}`, partialProblem(name, readable));
    }
    return inEach(kind, readable);
  }

  /** Lists a kind; what was listed counts as seen from `at`, the API's time before the lists, until they are done. */
  async function readOnce(
    now: ClusterSession,
    kind: ReadKind,
    at: Date,
    signal: AbortSignal,
  ): Promise<void> {
    const listener = now.listener(kind, { onDone() {}, onBroken() {} });
    try {
      await readKind(client, kind.target, settings.pageSize, listener, signal);
      listener.onWatching(at);
    } catch (error) {
      if (!(error instanceof AppError) || signal.aborted) throw error;
      listener.onBroken(error, 1);
      if (!isNarrowable(kind, error)) return;
      for (const scope of await narrowed(now, kind, signal)) await readOnce(now, scope, at, signal);
    }
  }

  /** Follows a kind until the signal aborts; resolves when its first list is done or has failed. */
  async function follow(
    now: ClusterSession,
    kind: ReadKind,
    signal: AbortSignal,
    running: Set<Promise<void>>,
  ): Promise<void> {
    const own = new AbortController();
    const first = Promise.withResolvers<void>();
    const split = async (): Promise<void> => {
      try {
        const scopes = await narrowed(now, kind, signal);
        if (scopes.length > 0) own.abort();
        await Promise.all(scopes.map((scope) => follow(now, scope, signal, running)));
      } finally {
        first.resolve();
      }
    };
    let asked = false;
    const listener = now.listener(kind, {
      onDone: first.resolve,
      onBroken(error) {
        if (asked || !isNarrowable(kind, error)) return first.resolve();
        asked = true;
        running.add(split());
      },
    });
    const either = AbortSignal.any([signal, own.signal]);
    const task = followKind(client, kind.target, settings, listener, either);
    running.add(task);
    if (signal.aborted) return;
    signal.addEventListener('abort', () => first.resolve(), { once: true });
    await first.promise;
  }

  async function collectOnce(
    memory: ReaderMemory,
    sink: FactSink,
    signal: AbortSignal,
    onProgress?: (progress: ReaderProgress) => void,
  ) {
    const now = await begin(memory, sink, signal);
    onProgress?.({ phase: 'discover', text: `asking ${source.name} what it serves` });
    const at = await now.probe(signal);
    const kinds = await now.discover(signal);
    noteEngines(kinds);
    for (const kind of kinds) {
      onProgress?.({ phase: 'list', text: `listing ${sourceOf(kind.target)}` });
      const reading = Promise.all(scopesOf(kind).map((scope) => readOnce(now, scope, at, signal)));
      await savingMeanwhile(now, reading, at, kind.reader !== null);
    }
    const until = await now.probe(signal);
    const observedAt = new Date(Math.max(until.getTime(), at.getTime() + SECOND_MS));
    await now.save(observedAt);
    const problems = now.problems.current();
    if (now.kinds().length > 0 && everythingFailed(now)) throw nothingReadable(source, problems);
    return { observedAt, problems };
  }

  async function watch(
    memory: ReaderMemory,
    sink: FactSink,
    onSettled: (observedAt: Date) => Promise<void>,
    signal: AbortSignal,
    onProgress?: (progress: ReaderProgress) => void,
  ): Promise<void> {
    const stop = new AbortController();
    const both = AbortSignal.any([signal, stop.signal]);
    const running = new Set<Promise<void>>();
    const now = await begin(memory, sink, both);
    try {
      onProgress?.({ phase: 'discover', text: `asking ${source.name} what it serves` });
      const start = await now.probe(both);
      const followed = new Set<string>();
      await followNew(now, followed, start, both, running, onProgress);
      onProgress?.({ phase: 'watch', text: `watching ${source.name}` });
      await cycles(now, followed, onSettled, both, running);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      stop.abort();
      await Promise.allSettled(running);
      client.close();
    }
  }

  /** Discovers and begins to follow what is not followed yet, rank after rank so that references resolve. */
  async function followNew(
    now: ClusterSession,
    followed: Set<string>,
    at: Date,
    signal: AbortSignal,
    running: Set<Promise<void>>,
    onProgress?: (progress: ReaderProgress) => void,
  ): Promise<void> {
    const kinds = await now.discover(signal);
    noteEngines(kinds);
    const fresh = kinds.filter(({ target }) => !followed.has(sourceOf(target)));
    for (const rank of new Set(fresh.map((kind) => kind.rank))) {
      const together = fresh.filter((kind) => kind.rank === rank);
      for (const { target } of together) followed.add(sourceOf(target));
      onProgress?.({
        phase: 'list',
        text: `listing ${together.map(({ target }) => target.plural).join(', ')}`,
      });
      const lists = together.flatMap(scopesOf).map((kind) => follow(now, kind, signal, running));
      await savingMeanwhile(
        now,
        Promise.all(lists),
        at,
        together.some(({ reader }) => reader !== null),
      );
    }
  }

  async function cycles(
    now: ClusterSession,
    followed: Set<string>,
    onSettled: (observedAt: Date) => Promise<void>,
    signal: AbortSignal,
    running: Set<Promise<void>>,
  ): Promise<void> {
    let failures = 0;
    let discoveredAt = Date.now();
    while (!signal.aborted) {
      try {
        if (Date.now() - discoveredAt >= settings.intervalMs) {
          await followNew(now, followed, await now.probe(signal), signal, running);
          discoveredAt = Date.now();
        }
        const at = await now.probe(signal);
        now.regain(at);
        failures = 0;
        await now.save(at);
        await onSettled(at);
      } catch (error) {
        if (signal.aborted || !isOutOfReach(error)) throw error;
        await now.lose(error);
        await pause(
          backoffMs(failures, { minMs: settings.retryMinMs, maxMs: settings.retryMaxMs }),
          signal,
        );
        failures += 1;
        continue;
      }
      await now.waker.sleep(settings.intervalMs, signal);
      await pause(settings.debounceMs, signal);
    }
  }

  return {
    async identify(signal) {
      identity = await identifyCluster(client, source, signal);
      const { fallback: _, ...told } = identity;
      return told;
    },
    collectOnce,
    watch,
    status: () => ({
      engines: found,
      kinds: session?.kinds() ?? [],
      problems: session?.problems.current() ?? [],
      requests: client.requests(),
    }),
  };
}

function inEach(kind: ReadKind, among: string[]): ReadKind[] {
  return among.map((namespace) => ({ ...kind, among, target: { ...kind.target, namespace } }));
}

function isNarrowable(kind: ReadKind, error: AppError): boolean {
  return (
    error.code === 'source-forbidden' && kind.target.namespaced && kind.target.namespace === null
  );
}

/** Failures of the API, as opposed to those of the store or of our own. */
function isOutOfReach(error: unknown): error is AppError {
  return error instanceof AppError && error.code.startsWith('source-');
}

function everythingFailed(now: ClusterSession): boolean {
  const failed = new Set(now.problems.current().map(({ source }) => source));
  return now.kinds().every(({ source }) => failed.has(source));
}

function nothingReadable(
  source: ClusterSource,
  problems: ReturnType<ClusterSession['problems']['current']>,
): AppError {
  const [first] = problems.filter(({ code }) => code !== 'invalid');
  const refused = problems.some(({ code }) => code === 'forbidden' || code === 'unauthorized');
  return new AppError(
    refused ? 'source-unauthorized' : 'source-unreachable',
    `nothing in ${source.name} can be read: ${first?.message ?? 'no kind answered'}`,
    { nextStep: first?.nextStep ?? problemOf('cluster', new AppError('internal', '')).nextStep },
  );
}

/** A list longer than the queue goes on only when what it brought is saved. */
async function savingMeanwhile(
  now: ClusterSession,
  reading: Promise<unknown>,
  at: Date,
  queued: boolean,
): Promise<void> {
  const state = { done: false };
  const ended = reading.finally(() => {
    state.done = true;
    now.waker.wake();
  });
  ended.catch(() => {});
  const never = new AbortController().signal;
  if (queued)
    while (!state.done) {
      await now.waker.sleep(50, never);
      if (!state.done) await now.save(at);
    }
  await ended;
}
