import type { CheckGroup } from '../cli/deps.ts';
import { createClusterDoctor } from '../collect/cluster-doctor.ts';
import type { Config } from '../config.ts';
import { AppError } from '../domain/error.ts';
import { findServer, hasDatabase, isEmbedded, showsDemo } from './connect.ts';
import { findWorld } from './find-world.ts';
import { closeMetrics, openMetrics } from './metrics.ts';
import { dataDirectoryOf, openStore } from './open-store.ts';
import { engineReaders } from './watch-clusters.ts';

/** What `doctor` tells: the database, then each configured cluster. Changes nothing. */
export async function examine(config: Config, signal: AbortSignal): Promise<CheckGroup[]> {
  return [await examineDatabase(config), ...(await examineClusters(config, signal))];
}

async function examineDatabase(config: Config): Promise<CheckGroup> {
  try {
    const server = await findServer(config);
    if (server !== null) return group('database', answers(`server at ${server.url}`));
    const demo = showsDemo(config);
    const directory = dataDirectoryOf(config, demo);
    if (isEmbedded(config) && !hasDatabase(directory))
      return group('database', {
        check: 'answers',
        ok: 'unknown',
        text: `there is no database in ${directory} yet`,
        nextStep: 'The first `plimsoll serve` or `plimsoll collect --once` makes it.',
      });
    return group('database', await examineStore(config, demo));
  } catch (error) {
    return group('database', failed('answers', error));
  }
}

async function examineStore(config: Config, demo: boolean) {
  const { store, where } = await openStore(config, demo);
  try {
    const { schemaVersion, database } = await store.checkSchema();
    return answers(`${where}, ${database}, schema ${schemaVersion}`);
  } finally {
    await store.close();
  }
}

function answers(text: string) {
  return { check: 'answers', ok: true, text, nextStep: null };
}

async function examineClusters(config: Config, signal: AbortSignal): Promise<CheckGroup[]> {
  try {
    const world = findWorld(config, 'auto');
    if (world.kind === 'demo')
      return [
        group('clusters', {
          check: 'configured',
          ok: 'unknown',
          text: 'no kubeconfig found; `plimsoll serve` would start the demo',
          nextStep: 'Set KUBECONFIG or CLUSTERS to read your own.',
        }),
      ];
    const metrics = await openMetrics(config, world.sources);
    const engines = engineReaders(config);
    try {
      return await Promise.all(
        world.sources.map(async (source) => {
          const { client } = metrics.get(source.name) ?? {};
          const doctor = createClusterDoctor(source, { engines, metrics: client });
          return { name: `cluster ${source.name}`, checks: await doctor.examine(signal) };
        }),
      );
    } finally {
      closeMetrics(metrics);
    }
  } catch (error) {
    return [group('clusters', failed('configured', error))];
  }
}

function group(name: string, check: CheckGroup['checks'][number]): CheckGroup {
  return { name, checks: [check] };
}

function failed(check: string, error: unknown) {
  const text = error instanceof Error ? error.message : String(error);
  return {
    check,
    ok: false,
    text,
    nextStep: error instanceof AppError ? (error.nextStep ?? null) : null,
  };
}
