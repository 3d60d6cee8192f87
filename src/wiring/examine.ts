import type { CheckGroup } from '../cli/deps.ts';
import { createClusterDoctor } from '../collect/cluster-doctor.ts';
import type { Config } from '../config.ts';
import { AppError } from '../domain/error.ts';
import { connect } from './connect.ts';
import { findWorld } from './find-world.ts';
import { engineReaders } from './watch-clusters.ts';

/** What `doctor` tells: the database, then each configured cluster. Changes nothing. */
export async function examine(config: Config, signal: AbortSignal): Promise<CheckGroup[]> {
  return [await examineDatabase(config), ...(await examineClusters(config, signal))];
}

async function examineDatabase(config: Config): Promise<CheckGroup> {
  try {
    const connection = await connect(config);
    try {
      await connection.workspace.readStatus();
      return group('database', {
        check: 'answers',
        ok: true,
        text: connection.via,
        nextStep: null,
      });
    } finally {
      await connection.close();
    }
  } catch (error) {
    return group('database', failed('answers', error));
  }
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
    return await Promise.all(
      world.sources.map(async (source) => ({
        name: `cluster ${source.name}`,
        checks: await createClusterDoctor(source, { engines: engineReaders() }).examine(signal),
      })),
    );
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
