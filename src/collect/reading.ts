import type { ClusterSession } from './cluster-session.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import type { KubeClient } from './kubernetes/kube-client.ts';
import type { ReaderProgress } from './port.ts';
import type { ReadKind } from './read-kind.ts';
import type { ReaderSettings } from './reader-settings.ts';

/** One reading of a cluster under way, and what it works with. */
export interface Reading {
  session: ClusterSession;
  client: KubeClient;
  source: ClusterSource;
  settings: ReaderSettings;
  signal: AbortSignal;
  onProgress?: ((progress: ReaderProgress) => void) | undefined;
  /** Told which kinds the cluster serves, each time it is asked. */
  onKinds(kinds: ReadKind[]): void;
}

const LOOK_MS = 50;

/** A list longer than the queue goes on only when what it brought is saved. */
export async function savingMeanwhile(
  { session }: Pick<Reading, 'session'>,
  lists: Promise<unknown>,
  at: Date,
  queued: boolean,
): Promise<void> {
  const state = { done: false };
  const ended = lists.finally(() => {
    state.done = true;
    session.waker.wake();
  });
  ended.catch(() => {});
  const never = new AbortController().signal;
  if (queued)
    while (!state.done) {
      await session.waker.sleep(LOOK_MS, never);
      if (!state.done) await session.save(at);
    }
  await ended;
}
