import type { CollectReport } from '../cli/deps.ts';
import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import type { Config } from '../config.ts';
import { AppError } from '../domain/error.ts';
import { collectClusterOnce } from '../services/watch-cluster.ts';
import type { Store } from '../store/port.ts';
import { readServerFile } from '../server-file.ts';
import { findWorld, requireClusters } from './find-world.ts';
import { readLedgerSettings } from './ledger.ts';
import { closeMetrics, openMetrics, type ClusterMetrics } from './metrics.ts';
import { dataDirectoryOf, openStore, prepareStore } from './open-store.ts';
import { holderName } from './run-server.ts';
import { clusterDeps, readerOf } from './watch-clusters.ts';

/** Reads every configured cluster once; trouble with one is its report and never stops the others. */
export async function collectOnce(
  config: Config,
  onProgress: (text: string) => void,
  signal: AbortSignal,
): Promise<CollectReport[]> {
  const sources = requireClusters(findWorld(config, 'auto'));
  const server = await readServerFile(dataDirectoryOf(config, false));
  if (server !== null)
    throw new AppError('conflict', `the server at ${server.url} already reads these clusters`, {
      nextStep: 'Its results: `plimsoll status`.',
    });
  const metrics = await openMetrics(config, sources);
  const opened = await openStore(config, false);
  try {
    await prepareStore(opened, config);
    const reports: CollectReport[] = [];
    for (const source of sources) {
      const own = metrics.get(source.name);
      reports.push(await collectOne(opened.store, config, source, own, onProgress, signal));
    }
    return reports;
  } finally {
    closeMetrics(metrics);
    await opened.store.close();
  }
}

async function collectOne(
  store: Store,
  config: Config,
  source: ClusterSource,
  metrics: ClusterMetrics | undefined,
  onProgress: (text: string) => void,
  signal: AbortSignal,
): Promise<CollectReport> {
  const reader = readerOf(source, {}, config);
  const deps = {
    ...clusterDeps(
      {
        store,
        holder: holderName(store),
        conventions: config,
        ledger: readLedgerSettings(config),
      },
      reader,
      metrics,
    ),
    onProgress: ({ text }: { text: string }) => onProgress(`${source.name}: ${text}`),
    onTrouble: () => {},
  };
  try {
    const { observedAt, problems } = await collectClusterOnce(deps, signal);
    return { cluster: source.name, observedAt, problems, error: null };
  } catch (error) {
    if (!(error instanceof AppError)) throw error;
    const text = [error.message, error.nextStep].filter(Boolean).join(' ');
    return { cluster: source.name, observedAt: null, problems: [], error: text };
  }
}
