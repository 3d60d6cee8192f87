import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '../domain/error.ts';
import type { Clock } from '../domain/time.ts';
import { createArrivals } from './arrivals.ts';
import { discoverReadKinds } from './discover-read-kinds.ts';
import type { EngineContext, EngineReader } from './engine.ts';
import { drain } from './fact-drain.ts';
import { createFactQueue } from './fact-queue.ts';
import { createInventory } from './inventory/inventory.ts';
import { createKindListener, type ListenerCalls } from './kind-listener.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import type { Identified } from './kubernetes/identify-cluster.ts';
import type { KubeClient } from './kubernetes/kube-client.ts';
import { createProblemBook } from './kubernetes/problem-book.ts';
import { createObjectIntake } from './object-intake.ts';
import type { FactSink, ReaderMemory } from './port.ts';
import { forgetLeftOut, holderOf } from './problem-holder.ts';
import { NO_DATE_PROBLEM, problemOf, unidentifiedProblem } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';
import type { ReaderSettings } from './reader-settings.ts';
import { createWaker } from './waker.ts';
import { createWatchedKinds, scopeOf } from './watched-kinds.ts';

export interface SessionDeps {
  source: ClusterSource;
  client: KubeClient;
  engines: EngineReader[];
  settings: ReaderSettings;
  clock: Clock;
  identity: Identified;
  memory: ReaderMemory;
  sink: FactSink;
  signal: AbortSignal;
}

/** A kind that never falls silent and stamps nothing is taken as read after so many settle times. */
const SETTLED_WITHIN = 50;
/** A watch is silent when it showed nothing in so many looks within one settle time. */
const SILENT_LOOKS = 5;

export type ClusterSession = ReturnType<typeof createClusterSession>;

/** What one reading of a cluster keeps while it lasts. */
export function createClusterSession(deps: SessionDeps) {
  const { client, engines, settings, identity, source } = deps;
  const inventory = createInventory(identity.clusterId);
  const problems = createProblemBook(deps.clock);
  const watched = createWatchedKinds();
  const waker = createWaker();
  const queue = createFactQueue(settings.queueLimit, () => waker.wake(), deps.signal);
  const arrivals = createArrivals();
  const intake = createObjectIntake({ inventory, problems, queue, arrivals, waker });
  const memory = new Map(deps.memory.policies);
  let clusterTime: Date | null = null;
  let outage = false;

  const context: EngineContext = {
    clusterId: identity.clusterId,
    timeZone: source.timeZone,
    memoryOf: (policyId) => memory.get(policyId) ?? null,
    claimOfPodVolume: inventory.claimOfPodVolume,
    claimByUid: inventory.claimByUid,
    claimOfVolume: inventory.claimOfVolume,
  };
  if (identity.fallback !== null)
    problems.report('identity', unidentifiedProblem(identity.fallback));

  /** The API's own time, never going back. Throws AppError when it does not answer. */
  async function probe(signal: AbortSignal): Promise<Date> {
    const { date } = await client.get('/version', signal);
    if (date === null) problems.report('clock', NO_DATE_PROBLEM);
    else problems.clear('clock');
    return laterOf(date ?? deps.clock.now(), clusterTime);
  }

  /**
   * Saves all that waits, and what is still on its way from before `at`: until every watch has shown something newer
   * or is silent. A list under way is only saved so far.
   */
  async function save(at: Date): Promise<void> {
    const deadline = performance.now() + SETTLED_WITHIN * settings.settleMs;
    const lookMs = settings.settleMs / SILENT_LOOKS;
    arrivals.begin();
    queue.await(at);
    for (let settled = false; !settled;) {
      const late = performance.now() > deadline;
      settled = arrivals.reached(at, SILENT_LOOKS, late);
      await saveWaiting(at, settled);
      if (settled) break;
      await sleep(lookMs);
      arrivals.look();
    }
    clusterTime = at;
  }

  async function saveWaiting(at: Date, last: boolean): Promise<void> {
    const waiting = queue.take(at);
    await drain(drainDeps(), waiting, inventory.changes(), { at, after: clusterTime }, (batch) => {
      if (last) batch.observedWindows.push(...(outage ? [] : watched.takeWindows(at)));
      if (problems.takeChanged()) batch.problems = problems.current();
    });
  }

  function drainDeps(): Parameters<typeof drain>[0] {
    return {
      context,
      sink: deps.sink,
      memory,
      batchFacts: settings.batchFacts,
      onProblems({ reader, kind }, object, found) {
        problems.replace(holderOf(`facts:${reader.engine}/${kind}`, object), found);
      },
      onListed({ reader, kind, namespace, uids }) {
        forgetLeftOut(problems, `facts:${reader.engine}/${kind}`, namespace, uids);
      },
    };
  }

  /** The whole API is out of reach: nothing is being watched, whatever the open connections say. */
  async function lose(error: AppError): Promise<void> {
    problems.report('cluster', problemOf('cluster', error));
    if (!outage && clusterTime !== null) watched.lose(clusterTime);
    outage = true;
    if (clusterTime !== null) await save(clusterTime);
  }

  function regain(at: Date): void {
    problems.clear('cluster');
    if (!outage) return;
    outage = false;
    watched.regain(at);
  }

  const listenerDeps = {
    context,
    intake,
    problems,
    watched,
    waker,
    clusterTime: () => clusterTime,
  };

  return {
    problems,
    waker,
    inventory,
    probe,
    discover: (signal: AbortSignal) => discoverReadKinds(client, engines, problems, signal),
    listener: (kind: ReadKind, calls: ListenerCalls) =>
      createKindListener(listenerDeps, kind, calls),
    save,
    lose,
    regain,
    kinds: () => watched.statuses(),
    forget(kind: ReadKind): void {
      watched.forget(kind);
      problems.clear(`kind:${scopeOf(kind)}`);
    },
  };
}

function laterOf(date: Date, other: Date | null): Date {
  return other !== null && other > date ? other : date;
}
