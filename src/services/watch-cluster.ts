import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../domain/error.ts';
import { HOUR_MS } from '../domain/time.ts';
import type { ClusterIdentity, ClusterReader, FactSink, ReaderProgress } from '../collect/port.ts';
import type { SystemStore } from '../store/port.ts';
import type { ClusterLedger } from './account-cluster.ts';
import type { MetricsCollector } from './collect-metrics.ts';
import { createFactKeeper } from './fact-keeper.ts';
import type { ClusterJudge } from './judge-cluster.ts';

const LEASE_SECONDS = 60;
const RENEW_MS = 20_000;
const RETRY_MS = 15_000;
/**
 * The first judgement, and one after a gap of the cluster's time, waits for metrics so long: what they last said is old
 * by then. Others never wait for them.
 */
const METRICS_PATIENCE_MS = 10_000;
const GAP_MS = HOUR_MS;
/** Before the ledger looks for runs that have ended: a start, and what people ask for, come first. */
const LEDGER_REST_MS = 60_000;
/** Between two steps through a long history. */
const LEDGER_STEP_MS = 1_000;

export interface WatchClusterDeps {
  store: SystemStore;
  tenantId: string;
  /** Names this process in the lease. */
  holder: string;
  reader: ClusterReader;
  judgeOf(clusterId: string): ClusterJudge;
  /** Absent: no metrics store is configured. */
  metricsOf?: ((clusterId: string) => MetricsCollector) | undefined;
  ledgerOf(cluster: ClusterIdentity): ClusterLedger;
  onProgress?: (progress: ReaderProgress) => void;
  /** After each cycle: facts up to this cluster time are stored and judged. */
  onJudged?: (identity: ClusterIdentity, judgedAt: Date) => void;
  /** When reading begins: how to judge at once what people have changed, up to the cluster time judged last. */
  onReading?: (judgeAgain: () => Promise<void>) => void;
  onTrouble: (error: unknown) => void;
}

/**
 * Owns one cluster until the signal aborts: takes its lease, reads, stores, judges. A lost lease or a failing store
 * stops the reading and begins again; nothing is judged that is not stored.
 */
export async function watchCluster(deps: WatchClusterDeps, signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      const identity = await deps.reader.identify(signal);
      await deps.store.saveCluster(deps.tenantId, identity);
      if (await takeLease(deps, identity)) await readUnderLease(deps, identity, signal);
      else deps.onProgress?.(waiting(identity));
    } catch (error) {
      if (signal.aborted) return;
      deps.onTrouble(error);
    }
    await pause(RETRY_MS, signal);
  }
}

function waiting({ name }: ClusterIdentity): ReaderProgress {
  const seconds = LEASE_SECONDS + RETRY_MS / 1000;
  const text = `${name} is read by another process; waiting, at most ${seconds} s after that one ends`;
  return { phase: 'discover', text };
}

/** Reads the cluster once, judges, and returns what could not be read. */
export async function collectClusterOnce(deps: WatchClusterDeps, signal: AbortSignal) {
  const identity = await deps.reader.identify(signal);
  await deps.store.saveCluster(deps.tenantId, identity);
  if (!(await takeLease(deps, identity)))
    throw new AppError('conflict', `cluster ${identity.name} is being read by another process`, {
      retryable: true,
      nextStep: 'Its results are in the same database: run `plimsoll status`.',
    });
  try {
    const judge = deps.judgeOf(identity.clusterId);
    await judge.resume();
    const memory = await readMemory(deps, identity);
    const sink = factSink(deps);
    const read = await deps.reader.collectOnce(memory, sink, signal, deps.onProgress);
    const measured = await deps.metricsOf?.(identity.clusterId).collect(read.observedAt, signal);
    judge.hear(measured === undefined ? [] : measured.witnesses);
    await judge.judge(read.observedAt);
    await judge.finish();
    const ledger = deps.ledgerOf(identity);
    while ((await ledger.account(read.observedAt, signal)).more) signal.throwIfAborted();
    return { identity, ...read };
  } finally {
    await deps.store.releaseLease(deps.tenantId, identity.clusterId, deps.holder);
  }
}

async function readUnderLease(
  deps: WatchClusterDeps,
  identity: ClusterIdentity,
  signal: AbortSignal,
): Promise<void> {
  const lost = new AbortController();
  const both = AbortSignal.any([signal, lost.signal]);
  const renewing = keepLease(deps, identity, both, () => lost.abort());
  let settledAt: Date | null = null;
  const accounting = keepLedger(deps, identity, () => settledAt, both);
  const facts = createFactKeeper(deps.store, deps.tenantId);
  try {
    const judge = deps.judgeOf(identity.clusterId);
    await judge.resume();
    if (deps.metricsOf === undefined) judge.hear([]);
    const measure = measuring(deps, identity, both, async (collected) => {
      judge.hear(collected.witnesses);
      if (collected.runs > 0 && settledAt !== null) await judge.judge(settledAt, facts);
    });
    const settled = async (observedAt: Date): Promise<void> => {
      const measured = measure(observedAt);
      if (isAfterGap(settledAt, observedAt))
        await Promise.race([measured, pause(METRICS_PATIENCE_MS, both)]);
      const { judgedAt } = await judge.judge(observedAt, facts);
      settledAt = observedAt;
      deps.onJudged?.(identity, judgedAt);
    };
    deps.onReading?.(async () => {
      if (settledAt !== null && !both.aborted) await judge.judge(settledAt, facts);
    });
    const memory = await readMemory(deps, identity);
    await deps.reader.watch(memory, facts, settled, both, deps.onProgress);
  } finally {
    lost.abort();
    await Promise.all([renewing, accounting, facts.store().catch(() => {})]);
    await deps.store.releaseLease(deps.tenantId, identity.clusterId, deps.holder).catch(() => {});
  }
}

/**
 * Collects metrics beside the objects, one cycle at a time; trouble with it is told and stops nothing. Runs that only
 * metrics show are judged as soon as they are there.
 */
function measuring(
  deps: WatchClusterDeps,
  identity: ClusterIdentity,
  signal: AbortSignal,
  onMeasured: (collected: Awaited<ReturnType<MetricsCollector['collect']>>) => Promise<void>,
): (observedAt: Date) => Promise<void> {
  const metrics = deps.metricsOf?.(identity.clusterId);
  let running: Promise<void> | null = null;
  return (observedAt) =>
    (running ??= (async () => {
      try {
        const collected = await metrics?.collect(observedAt, signal);
        if (collected !== undefined) await onMeasured(collected);
      } catch (error) {
        if (!signal.aborted) deps.onTrouble(error);
      } finally {
        running = null;
      }
    })());
}

/** Keeps the ledger beside the reading, step by step; trouble with it is told and stops nothing. */
async function keepLedger(
  deps: WatchClusterDeps,
  identity: ClusterIdentity,
  settledAt: () => Date | null,
  signal: AbortSignal,
): Promise<void> {
  const ledger = deps.ledgerOf(identity);
  let doneAt: Date | null = null;
  let restMs = LEDGER_REST_MS;
  while (await pause(restMs, signal)) {
    restMs = LEDGER_REST_MS;
    const at = settledAt();
    if (at === null || at === doneAt) continue;
    try {
      const { more } = await ledger.account(at, signal);
      if (more) restMs = LEDGER_STEP_MS;
      else doneAt = at;
    } catch (error) {
      if (!signal.aborted) deps.onTrouble(error);
    }
  }
}

async function keepLease(
  deps: WatchClusterDeps,
  identity: ClusterIdentity,
  signal: AbortSignal,
  onLost: () => void,
): Promise<void> {
  while (await pause(RENEW_MS, signal)) {
    const kept = await takeLease(deps, identity).catch(() => false);
    if (!kept) {
      deps.onTrouble(
        new AppError('conflict', `the lease of cluster ${identity.name} was lost`, {
          retryable: true,
        }),
      );
      onLost();
      return;
    }
  }
}

function takeLease(deps: WatchClusterDeps, identity: ClusterIdentity): Promise<boolean> {
  return deps.store.takeLease(deps.tenantId, identity.clusterId, deps.holder, LEASE_SECONDS);
}

async function readMemory(deps: WatchClusterDeps, identity: ClusterIdentity) {
  return { policies: await deps.store.readPolicyMemory(deps.tenantId, identity.clusterId) };
}

function isAfterGap(last: Date | null, at: Date): boolean {
  return last === null || at.getTime() - last.getTime() > GAP_MS;
}

function factSink(deps: WatchClusterDeps): FactSink {
  return {
    save: async (batch) => {
      await deps.store.saveFacts(deps.tenantId, batch);
    },
  };
}

/** False when the signal ended the pause. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return sleep(milliseconds, true, { signal, ref: false }).catch(() => false);
}
