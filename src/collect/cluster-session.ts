import { setTimeout as sleep } from 'node:timers/promises';
import type { AppError } from '../domain/error.ts';
import type { Clock } from '../domain/time.ts';
import type { EngineContext, EngineReader, KubernetesObject } from './engine.ts';
import { createArrivals } from './arrivals.ts';
import { addTo, completeLists, emptyLists, type Listed } from './complete-lists.ts';
import { drain, type Waiting } from './fact-drain.ts';
import { createFactQueue } from './fact-queue.ts';
import { INVENTORY_KINDS } from './inventory/inventory-kinds.ts';
import { createInventory } from './inventory/inventory.ts';
import type { ClusterSource } from './kubernetes/cluster-source.ts';
import { discoverKinds } from './kubernetes/discovery.ts';
import type { KindListener } from './kubernetes/follow-kind.ts';
import type { Identified } from './kubernetes/identify-cluster.ts';
import type { KubeClient } from './kubernetes/kube-client.ts';
import { sourceOf } from './kubernetes/kind-target.ts';
import { dropManagedFields, field, textOf } from './kubernetes/object-meta.ts';
import { createProblemBook } from './kubernetes/problem-book.ts';
import { createWindowBook } from './kubernetes/window-book.ts';
import type { FactSink, ReaderMemory, ReaderStatus } from './port.ts';
import { malformedProblem, problemOf } from './problem-texts.ts';
import type { ReadKind } from './read-kind.ts';
import type { ReaderSettings } from './reader-settings.ts';
import { createWaker } from './waker.ts';

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
  const windows = createWindowBook();
  const waker = createWaker();
  const queue = createFactQueue(settings.queueLimit, () => waker.wake(), deps.signal);
  const memory = new Map(deps.memory.policies);
  const kinds = new Map<string, ReaderStatus['kinds'][number] & { kind: string; scope: string }>();
  const arrivals = createArrivals();
  let clusterTime: Date | null = null;
  let outage = false;

  const context: EngineContext = {
    clusterId: identity.clusterId,
    timeZone: source.timeZone,
    memoryOf: (policyId) => memory.get(policyId) ?? null,
    claimOfPodVolume: inventory.claimOfPodVolume,
    claimByUid: inventory.claimByUid,
  };
  if (identity.fallback !== null)
    problems.report('identity', {
      source: 'namespaces',
      code: 'forbidden',
      message: `namespace kube-system cannot be read (${identity.fallback}); the cluster is known by its address instead`,
      nextStep:
        'Grant get on namespaces as docs/rbac.yaml does; the cluster’s history then starts anew.',
    });

  /** The API's own time, never going back. Throws AppError when it does not answer. */
  async function probe(signal: AbortSignal): Promise<Date> {
    const { date } = await client.get('/version', signal);
    if (date === null)
      problems.report('clock', {
        source: 'cluster',
        code: 'broken',
        message: 'the API’s answers carry no Date header; this machine’s clock is used instead',
        nextStep: 'Let the proxy in front of the API pass the Date header on.',
      });
    else problems.clear('clock');
    return laterOf(date ?? deps.clock.now(), clusterTime);
  }

  /** The kinds this cluster serves, in the order in which they are to be listed. */
  async function discover(signal: AbortSignal): Promise<ReadKind[]> {
    const specs = [...INVENTORY_KINDS, ...engines.flatMap((engine) => engine.kinds)];
    const { served, broken } = await discoverKinds(client, specs, signal);
    problems.clearAll('discovery:');
    for (const { group, error } of broken)
      problems.report(`discovery:${group}`, problemOf(group, error));
    return [...served]
      .map(([spec, base]) => {
        const reader = engines.find((engine) => engine.kinds.includes(spec)) ?? null;
        const metadataOnly = 'metadataOnly' in spec && spec.metadataOnly === true;
        const target = { ...base, namespace: null, metadataOnly };
        return { spec, reader, target, rank: spec.rank ?? 0, among: null };
      })
      .toSorted((a, b) => a.rank - b.rank);
  }

  function reportFaults(kind: ReadKind, object: KubernetesObject, faults: string[]): void {
    const key = objectKey(kind, object);
    if (faults.length === 0) problems.clear(key);
    else problems.report(key, malformedProblem(sourceOf(kind.target), object, faults));
  }

  async function takeObject(kind: ReadKind, object: KubernetesObject): Promise<void> {
    const writtenAt = dropManagedFields(object);
    if (kind.reader === null) {
      reportFaults(kind, object, inventory.take(kind.target.kind, object));
      waker.wake();
    } else
      await enqueue(kind, {
        reader: kind.reader,
        kind: kind.target.kind,
        writtenAt,
        change: 'object',
        object,
      });
  }

  async function enqueue(kind: ReadKind, waiting: Waiting): Promise<void> {
    const scope = `${sourceOf(kind.target)}|${kind.target.namespace ?? ''}`;
    await queue.push({ waiting, orderAt: arrivals.note(scope, waiting.writtenAt) });
  }

  async function takeDeleted(kind: ReadKind, object: KubernetesObject): Promise<void> {
    const writtenAt = dropManagedFields(object);
    problems.clear(objectKey(kind, object));
    if (kind.reader === null) {
      inventory.remove(String(field(object, 'metadata', 'uid')));
      waker.wake();
    } else
      await enqueue(kind, {
        reader: kind.reader,
        kind: kind.target.kind,
        writtenAt,
        change: 'deleted',
        object,
      });
  }

  function listener(
    kind: ReadKind,
    calls: { onDone(): void; onBroken(error: AppError, failures: number): void },
  ): KindListener {
    const { target, reader } = kind;
    const sourceName = sourceOf(target);
    const scope = `${sourceName}|${target.namespace ?? ''}`;
    const status = {
      source: sourceName,
      watching: false,
      lastEventAt: null as Date | null,
      kind: target.kind,
      scope,
    };
    kinds.set(scope, status);
    windows.expect(target.kind, scope);
    let ids: Listed = new Map();
    const close = (): void => {
      status.watching = false;
      if (clusterTime !== null) windows.closed(target.kind, scope, clusterTime);
    };
    return {
      onListStart() {
        ids = emptyLists(kind, context);
        close();
      },
      onSeen(object) {
        if (reader !== null) addTo(ids, reader, target.kind, object, context);
      },
      async onObject(object) {
        status.lastEventAt = clusterTime;
        await takeObject(kind, object);
      },
      async onDeleted(object) {
        status.lastEventAt = clusterTime;
        await takeDeleted(kind, object);
      },
      async onListed(uids) {
        problems.clear(`kind:${scope}`);
        if (reader === null) inventory.retain(target.kind, target.namespace, uids);
        else
          await enqueue(kind, {
            reader,
            kind: target.kind,
            writtenAt: null,
            change: 'listed',
            lists: completeLists(ids, kind),
          });
        waker.wake();
        calls.onDone();
      },
      onWatching(since) {
        problems.clear(`kind:${scope}`);
        status.watching = true;
        windows.opened(target.kind, scope, since);
      },
      onBroken(error, failures) {
        close();
        const outOfReach = error.code === 'source-unreachable' || error.code === 'internal';
        // One lost connection that comes back at once is no news.
        if (!outOfReach || failures > 0)
          problems.report(`kind:${scope}`, {
            ...problemOf(sourceName, error),
            namespaces: kind.among?.filter((namespace) => namespace !== target.namespace) ?? null,
          });
        waker.wake();
        calls.onBroken(error, failures);
      },
      onMalformed: (object, missing) => reportFaults(kind, object, [`${missing} is missing`]),
    };
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
      if (last) batch.observedWindows.push(...(outage ? [] : windows.take(at)));
      if (problems.takeChanged()) batch.problems = problems.current();
    });
  }

  function drainDeps(): Parameters<typeof drain>[0] {
    return {
      context,
      sink: deps.sink,
      memory,
      batchFacts: settings.batchFacts,
      onProblems(object, found) {
        const uid = textOf(field(object, 'metadata', 'uid')) ?? 'unknown';
        problems.clearAll(`facts:${uid}:`);
        for (const [index, problem] of found.entries())
          problems.report(`facts:${uid}:${index}`, problem);
      },
    };
  }

  /** The whole API is out of reach: nothing is being watched, whatever the open connections say. */
  async function lose(error: AppError): Promise<void> {
    problems.report('cluster', problemOf('cluster', error));
    if (!outage && clusterTime !== null)
      for (const { kind, scope } of kinds.values()) windows.closed(kind, scope, clusterTime);
    outage = true;
    if (clusterTime !== null) await save(clusterTime);
  }

  function regain(at: Date): void {
    problems.clear('cluster');
    if (!outage) return;
    outage = false;
    for (const { kind, scope, watching } of kinds.values())
      if (watching) windows.opened(kind, scope, at);
  }

  return {
    problems,
    windows,
    waker,
    inventory,
    probe,
    discover,
    listener,
    save,
    lose,
    regain,
    kinds: (): ReaderStatus['kinds'] =>
      [...kinds.values()].map((item) => ({
        source: item.source,
        watching: item.watching,
        lastEventAt: item.lastEventAt,
      })),
    forget(kind: ReadKind): void {
      const scope = `${sourceOf(kind.target)}|${kind.target.namespace ?? ''}`;
      kinds.delete(scope);
      problems.clear(`kind:${scope}`);
      windows.forget(kind.target.kind, scope);
    },
  };
}

function objectKey(kind: ReadKind, object: KubernetesObject): string {
  const uid = textOf(field(object, 'metadata', 'uid'));
  const name = textOf(field(object, 'metadata', 'name'));
  return `object:${sourceOf(kind.target)}:${uid ?? name ?? 'unnamed'}`;
}

function laterOf(date: Date, other: Date | null): Date {
  return other !== null && other > date ? other : date;
}
