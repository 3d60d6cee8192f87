import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { DemoName, ServeOptions } from '../cli/deps.ts';
import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import { AppError } from '../domain/error.ts';
import { TICK_MS, type Clock } from '../domain/time.ts';
import { takeLock } from '../store/embedded/lock.ts';
import { statePath } from '../world/playback/demo-state.ts';
import { createDemoWorld, type RunningDemo } from '../world/playback/demo-world.ts';
import { demoSource } from './demo-source.ts';

/** A simulated world that runs, and how far its readers are with it. */
export interface PlayedDemo {
  sources: ClusterSource[];
  /** True once every cluster’s history has played and was judged; told each judgement. */
  caughtUp(cluster: string, judgedAt: Date): boolean;
  replayText(judgedAt: Date): string;
  stop(): Promise<void>;
}

/** Real time a cycle takes at most; in the world's time it is this much times its speed. */
const CYCLE_MS = 10_000;

const worldOf = (directory: string): string => join(directory, 'world');
const companyOf = (directory: string): string => join(worldOf(directory), 'company');

/** The world begun in this directory, or the wanted one. Throws AppError `conflict` when they differ. */
export function demoNameOf(directory: string, wanted: DemoName | undefined): DemoName {
  const kept = existsSync(companyOf(directory))
    ? 'company'
    : existsSync(statePath(worldOf(directory)))
      ? 'home'
      : null;
  if (kept !== null && wanted !== undefined && kept !== wanted)
    throw new AppError('conflict', `this demo was begun with the world ${kept}, not ${wanted}`, {
      nextStep: `Begin anew with \`plimsoll demo --reset --world ${wanted}\`; real data is not touched.`,
    });
  return kept ?? wanted ?? 'home';
}

export async function playDemo(
  directory: string,
  name: DemoName,
  options: ServeOptions,
  wallClock: Clock,
): Promise<PlayedDemo> {
  const shared = {
    wallClock,
    ...(options.seed !== undefined && { seed: options.seed }),
    ...(options.speed !== undefined && { speed: options.speed }),
  };
  const world =
    name === 'company'
      ? (await import('../world/company/company-world.ts')).createCompanyWorld({
          ...shared,
          directory: companyOf(directory),
        })
      : createHome({ ...shared, directory: worldOf(directory) });
  const running = await world.start();
  return { ...followed(running, options.speed ?? 1), stop: () => world.stop() };
}

function createHome(options: Parameters<typeof createDemoWorld>[0]) {
  const world = createDemoWorld(options);
  return { start: async () => [await world.start()], stop: () => world.stop() };
}

function followed(running: RunningDemo[], speed: number): Omit<PlayedDemo, 'stop'> {
  const behind = new Map(running.map((demo) => [demo.name, demo]));
  return {
    sources: running.map(demoSource),
    caughtUp(cluster, judgedAt) {
      const demo = behind.get(cluster);
      // The world may have played to its end before the reader has judged it all.
      const isBehind =
        demo === undefined ||
        demo.replaying() ||
        demo.now().getTime() - judgedAt.getTime() >= TICK_MS + CYCLE_MS * speed;
      if (!isBehind) behind.delete(cluster);
      return behind.size === 0;
    },
    replayText(judgedAt) {
      const progress = running.reduce((sum, demo) => sum + demo.progress(), 0) / running.length;
      const day = judgedAt.toISOString().slice(0, 10);
      return `playing the demo’s history: ${Math.round(progress * 100)} %, judged up to ${day}`;
    },
  };
}

/** Throws AppError `store-locked` while a process has it open, also one too busy to answer. */
export async function forgetDemo(directory: string): Promise<void> {
  if (!existsSync(directory)) return;
  await takeLock(join(directory, 'lock'));
  await rm(directory, { recursive: true, force: true });
}
