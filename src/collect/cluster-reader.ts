import type { Clock } from '../domain/time.ts';
import { createClusterSession, type ClusterSession } from './cluster-session.ts';
import type { EngineReader } from './engine.ts';
import { followCluster } from './follow-cluster.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import { identifyCluster, type Identified } from './kubernetes/identify-cluster.ts';
import { createKubeClient } from './kubernetes/kube-client.ts';
import type { ClusterReader, FactSink, ReaderMemory, ReaderProgress } from './port.ts';
import { readLists } from './read-lists.ts';
import type { Reading } from './reading.ts';
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
    onProgress: ((progress: ReaderProgress) => void) | undefined,
  ): Promise<Reading> {
    identity ??= await identifyCluster(client, source, signal);
    const { engines } = deps;
    const what = { source, client, engines, settings, clock, identity, memory, sink, signal };
    session = createClusterSession(what);
    return {
      session,
      client,
      source,
      settings,
      signal,
      onProgress,
      onKinds: (kinds) =>
        void (found = [
          ...new Set(
            kinds.flatMap(({ reader, inventory }) => (inventory ? [] : (reader?.engine ?? []))),
          ),
        ]),
    };
  }

  return {
    async identify(signal) {
      identity = await identifyCluster(client, source, signal);
      const { fallback: _, ...told } = identity;
      return told;
    },
    async collectOnce(memory, sink, signal, onProgress) {
      return readLists(await begin(memory, sink, signal, onProgress));
    },
    async watch(memory, sink, onSettled, signal, onProgress) {
      const stop = new AbortController();
      const tasks = new Set<Promise<void>>();
      const both = AbortSignal.any([signal, stop.signal]);
      const reading = await begin(memory, sink, both, onProgress);
      try {
        await followCluster(reading, tasks, onSettled);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        stop.abort();
        await Promise.allSettled(tasks);
        client.close();
      }
    },
    status: () => ({
      engines: found,
      kinds: session?.kinds() ?? [],
      problems: session?.problems.current() ?? [],
      requests: client.requests(),
    }),
  };
}
