import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { AppError } from '../../domain/error.ts';
import { HOUR_MS, MINUTE_MS, SECOND_MS, type Clock } from '../../domain/time.ts';
import { createObjectStore } from '../api/object-store.ts';
import { READ_ONLY } from '../api/rights.ts';
import { createWorldApi, type WorldApi } from '../api/world-api.ts';
import { HOME } from '../home/home-script.ts';
import type { WorldFrame } from '../home/world-event.ts';
import { createMetricsApi } from '../metrics/metrics-api.ts';
import { createWorldMetrics } from '../metrics/world-metrics.ts';
import { readDemoState, writeDemoState, type DemoState } from './demo-state.ts';
import { createPace } from './pace.ts';
import { createSimulation, type Simulation } from './simulation.ts';
import { tellsOfBackups, type WorldScript } from './world-script.ts';

export interface DemoWorldOptions {
  /** Which cluster; the home when left out. */
  script?: WorldScript;
  /** Where its state lies; nobody else writes there. */
  directory: string;
  /** Which home; kept from the first start on. Default: the kept one, else a random one. */
  seed?: number;
  /** World seconds per real second once the history has played. Default 1. */
  speed?: number;
  wallClock?: Clock;
  /** How long to wait for a reader before playing without one, in milliseconds. Default 10 s. */
  graceMs?: number;
  /** How long the replay waits for a reader that is busy with what it took, in milliseconds. Default 5 s. */
  patienceMs?: number;
}

export interface RunningDemo {
  /** The name people use. */
  name: string;
  server: string;
  /** The address of its metrics, a Prometheus API; null: it has none. */
  prometheus: string | null;
  /** A kubeconfig that reads it, as an object. */
  kubeconfig: object;
  seed: number;
  /** The end of the history: when the demo was first started. */
  anchor: Date;
  /** The world's time. */
  now(): Date;
  /** True until the world has caught up with its clock. */
  replaying(): boolean;
  /** 0 to 1 of the history played. */
  progress(): number;
}

export interface DemoWorld {
  /** Throws AppError `store-corrupt` (state file) or `conflict` (another seed than the kept one). */
  start(): Promise<RunningDemo>;
  stop(): Promise<void>;
}

export const DEMO_VERSION = 'v1.33.0+plimsoll-demo';

const STEP_MS = 6 * HOUR_MS;
const STEP_EVENTS = 50;
const PAUSE_MS = 8;
const DRAIN_MS = 5_000;
/** No new watch for this long: the reader has opened all it wants. */
const SETTLED_MS = 400;
const LIVE_TICK_MS = 200;
const SAVE_EVERY_MS = 500;
/** Past changes kept for watches that start late; older ones get 410. Each is an object in memory. */
const WATCH_HISTORY = 500;

async function stateFor(options: DemoWorldOptions, wall: number): Promise<DemoState> {
  const kept = await readDemoState(options.directory);
  const seed = options.seed ?? kept?.seed ?? randomInt(1, 2 ** 31);
  if (!kept) {
    const anchor = Math.floor(wall / SECOND_MS) * SECOND_MS;
    const position = anchor - (options.script ?? HOME).historyMs;
    return { version: 1, seed, anchor, position, worldAt: anchor, wallAt: wall };
  }
  if (kept.seed === seed) return kept;
  throw new AppError('conflict', `This demo was begun with seed ${kept.seed}, not ${seed}.`, {
    nextStep: `Begin anew with \`plimsoll demo --reset --seed ${seed}\`.`,
  });
}

function kubeconfigOf(cluster: string, server: string): object {
  const name = `plimsoll-${cluster}`;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': name,
    // The client refuses plain HTTP, loopback too, unless it is told not to look for TLS.
    clusters: [{ name, cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name, user: {} }],
    contexts: [{ name, context: { cluster: name, user: name } }],
  };
}

/** Waits until a reader watches backups and opens no more watches, or the grace is over. */
async function readerReady(
  { watches }: WorldApi,
  graceMs: number,
  signal: AbortSignal,
): Promise<void> {
  const started = performance.now();
  let [count, since] = [0, started];
  while (!signal.aborted) {
    const now = performance.now();
    const open = watches.count();
    if (open !== count) [count, since] = [open, now];
    const reading = watches.count(tellsOfBackups) > 0;
    if (reading && now - since >= SETTLED_MS) return;
    if (!reading && now - started >= graceMs) return;
    await sleep(LIVE_TICK_MS / 4, undefined, { ref: false });
  }
}

/**
 * One simulated cluster behind a Kubernetes API. At the first start its history plays through the watch as fast as
 * readers take them, then it goes on with the clock; a restart resumes and plays what was missed.
 */
export function createDemoWorld(options: DemoWorldOptions): DemoWorld {
  const { directory, speed = 1, wallClock = { now: () => new Date() }, graceMs = 10_000 } = options;
  const script = options.script ?? HOME;
  const { kinds, historyMs } = script;
  const stopping = new AbortController();
  let running: { api: WorldApi; closeMetrics(): Promise<void>; done: Promise<void> } | null = null;

  async function start(): Promise<RunningDemo> {
    const wallAt = wallClock.now().getTime();
    const state = await stateFor(options, wallAt);
    const { seed, anchor } = state;
    const worldAt = state.worldAt + Math.max(0, wallAt - state.wallAt) * speed;
    const target = (): number => worldAt + (wallClock.now().getTime() - wallAt) * speed;
    const store = createObjectStore({ historyLimit: WATCH_HISTORY });
    const begin = anchor - historyMs - script.warmUpMs;
    const frame = { seed, anchor, begin };
    const { lives, metrics } = heardBy(script, frame);
    const simulation = createSimulation(frame, store, { lives });
    simulation.advance(state.position);
    const now = (): Date => new Date(simulation.now());
    const metricsApi = metrics && createMetricsApi(metrics, { now });
    const rights = READ_ONLY;
    const api = createWorldApi({ clock: { now }, store, kinds, rights, version: DEMO_VERSION });
    let replaying = target() - simulation.now() > MINUTE_MS;

    const save = (position: number): Promise<void> =>
      writeDemoState(directory, {
        version: 1,
        seed,
        anchor,
        position,
        worldAt: target(),
        wallAt: wallClock.now().getTime(),
      });

    async function live(): Promise<void> {
      const isAborted = (): boolean => stopping.signal.aborted;
      const saver = createSaver(() => api.toldAt() ?? simulation.now(), save);
      const pace = createPace(
        { now: () => simulation.now(), target, toldAt: () => api.toldAt() },
        options.patienceMs ?? 5_000,
      );
      if (replaying) await readerReady(api, graceMs, stopping.signal);
      while (!isAborted()) {
        if (replaying) await pace(stopping.signal);
        await step(simulation, target(), api);
        replaying &&= target() - simulation.now() > MINUTE_MS;
        await saver();
        await sleep(replaying ? PAUSE_MS : LIVE_TICK_MS, undefined, {
          signal: stopping.signal,
        }).catch(() => null);
      }
    }

    await save(state.position);
    const { server } = await api.listen();
    const prometheus = metricsApi && (await metricsApi.listen());
    running = { api, closeMetrics: async () => metricsApi?.close(), done: live() };
    const begun = anchor - historyMs;
    return {
      server,
      prometheus,
      name: script.name,
      kubeconfig: kubeconfigOf(script.name, server),
      seed,
      anchor: new Date(anchor),
      now,
      replaying: () => replaying,
      progress: () =>
        replaying ? Math.min(1, (simulation.now() - begun) / (target() - begun)) : 1,
    };
  }

  return {
    start,
    async stop() {
      stopping.abort();
      await running?.done;
      await running?.api.close();
      await running?.closeMetrics();
      running = null;
    },
  };
}

/** The script's lives, and metrics that listen to them where it has any. */
function heardBy(script: WorldScript, frame: WorldFrame) {
  const plan = script.metrics?.(frame);
  if (plan === undefined) return { lives: (same: WorldFrame) => script.lives(same), metrics: null };
  const metrics = createWorldMetrics(frame, plan);
  return { lives: (same: WorldFrame) => metrics.listen(script.lives(same)), metrics };
}

/** A small step of the world's time, taken by every watcher before it returns. */
async function step(simulation: Simulation, target: number, api: WorldApi): Promise<void> {
  simulation.advance(Math.min(target, simulation.now() + STEP_MS), STEP_EVENTS);
  await api.watches.drained(DRAIN_MS);
}

/**
 * Saves now and then the time before the newest one told: a reader that asks again has kept all up to what it was
 * told before, also when it is killed the next moment. What it reads twice changes nothing.
 */
function createSaver(toldAt: () => number, save: (position: number) => Promise<void>) {
  let newest = toldAt();
  let kept = newest;
  let savedAt = performance.now();
  return async (): Promise<void> => {
    const told = toldAt();
    if (told !== newest) [kept, newest] = [newest, told];
    if (performance.now() - savedAt < SAVE_EVERY_MS) return;
    savedAt = performance.now();
    // A position that cannot be saved costs a longer replay at the next start, not the running demo.
    await save(kept).catch(() => null);
  };
}
