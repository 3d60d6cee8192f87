import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { DAY_MS } from '../../domain/time.ts';
import { readDemoState } from '../playback/demo-state.ts';
import {
  createDemoWorld,
  type DemoWorldOptions,
  type RunningDemo,
} from '../playback/demo-world.ts';
import { kindsWith, type WorldScript } from '../playback/world-script.ts';
import { companyLives } from './company-cluster.ts';
import { companyMetrics } from './company-metrics.ts';
import { CLUSTER_NAMES, groupsOf } from './company-plan.ts';

/** Twenty clusters of one company, each behind an API of its own. */
export interface CompanyWorld {
  /** Throws AppError `store-corrupt` (a state file) or `conflict` (another seed than the kept one). */
  start(): Promise<RunningDemo[]>;
  stop(): Promise<void>;
}

/** `directory`: each cluster has a folder in it. */
export type CompanyOptions = Omit<DemoWorldOptions, 'script'>;

/** Three weeks, and a week and a day before them. */
const scriptOf = (cluster: string): WorldScript => ({
  name: cluster,
  kinds: kindsWith(groupsOf(cluster)),
  historyMs: 21 * DAY_MS,
  warmUpMs: 8 * DAY_MS,
  lives: (frame) => companyLives(cluster, frame),
  metrics: (frame) => companyMetrics(cluster, frame),
});

/** One process reads all twenty, so that each is waited for longer. */
const PATIENCE_MS = 60_000;

export function createCompanyWorld(options: CompanyOptions): CompanyWorld {
  const folderOf = (cluster: string): string => join(options.directory, cluster);
  let worlds: ReturnType<typeof createDemoWorld>[] = [];
  return {
    async start() {
      const [first = ''] = CLUSTER_NAMES;
      const kept = await readDemoState(folderOf(first));
      const seed = options.seed ?? kept?.seed ?? randomInt(1, 2 ** 31);
      worlds = CLUSTER_NAMES.map((cluster) =>
        createDemoWorld({
          ...options,
          seed,
          directory: folderOf(cluster),
          patienceMs: PATIENCE_MS,
          script: scriptOf(cluster),
        }),
      );
      return Promise.all(worlds.map((world) => world.start()));
    },
    async stop() {
      await Promise.all(worlds.map((world) => world.stop()));
    },
  };
}
