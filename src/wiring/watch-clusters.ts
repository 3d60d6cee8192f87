import type { Logger } from 'pino';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import type { JudgeSettings } from '../analyze/detectors/job-detectors.ts';
import { readKeptSettings } from '../analyze/detectors/read-settings.ts';
import type { ClusterSource } from '../collect/kubernetes/cluster-source.ts';
import { createClusterReader } from '../collect/cluster-reader.ts';
import { createCnpgReader } from '../collect/engines/cnpg/reader.ts';
import { createCronjobReader } from '../collect/engines/cronjob/reader.ts';
import { createCsiReader } from '../collect/engines/csi/reader.ts';
import { createK8upReader } from '../collect/engines/k8up/reader.ts';
import { createKopiurReader } from '../collect/engines/kopiur/reader.ts';
import { createLonghornReader } from '../collect/engines/longhorn/reader.ts';
import { createVeleroReader } from '../collect/engines/velero/reader.ts';
import { createVolsyncReader } from '../collect/engines/volsync/reader.ts';
import type { EngineReader } from '../collect/engine.ts';
import type { ReaderSettings } from '../collect/reader-settings.ts';
import type { ClusterReader, ReaderProgress } from '../collect/port.ts';
import type { Config } from '../config.ts';
import { DEFAULT_BACKUP_JOBS } from '../domain/backup-jobs.ts';
import { AppError } from '../domain/error.ts';
import { DEFAULT_VOCABULARY } from '../domain/label-vocabulary.ts';
import type { HealthCheck } from '../services/api.ts';
import { createClusterLedger } from '../services/account-cluster.ts';
import { createMetricsCollector } from '../services/collect-metrics.ts';
import { createClusterJudge } from '../services/judge-cluster.ts';
import type { ReaderFigures } from '../services/render-metrics.ts';
import { watchCluster, type WatchClusterDeps } from '../services/watch-cluster.ts';
import type { Store } from '../store/port.ts';
import { readLedgerSettings, type LedgerSettings } from './ledger.ts';
import type { ClusterMetrics } from './metrics.ts';
import { OWNER } from './open-store.ts';

/** By what people's clusters tell backups and claims apart. */
export type Conventions = Pick<Config, 'backupJobs' | 'labels'>;
const USUAL: Conventions = { backupJobs: DEFAULT_BACKUP_JOBS, labels: DEFAULT_VOCABULARY };

/** Every engine we know; fresh ones per cluster, for they remember what they have seen. */
export function engineReaders({ backupJobs }: Pick<Conventions, 'backupJobs'>): EngineReader[] {
  return [
    createVolsyncReader(),
    createVeleroReader(),
    createK8upReader(),
    createKopiurReader(),
    createCnpgReader(),
    createLonghornReader(),
    createCsiReader(),
    createCronjobReader(backupJobs),
  ];
}

export function readerOf(
  source: ClusterSource,
  settings: Partial<ReaderSettings>,
  conventions: Conventions,
): ClusterReader {
  return createClusterReader(source, { engines: engineReaders(conventions), settings });
}

export interface ClusterWatches {
  figures(): ReaderFigures[];
  health(): HealthCheck[];
  /** The newest cluster time judged, per cluster name. */
  judged(): ReadonlyMap<string, Date>;
  /** Judges at once what people have changed; clusters that have not settled yet do so anyway. */
  judgeAgain(): Promise<void>;
  /** Resolves when every watch has ended after the signal. */
  ended: Promise<void>;
}

export interface WatchClustersDeps {
  store: Store;
  sources: ClusterSource[];
  settings: Partial<ReaderSettings>;
  /** The defaults of the settings when left out. */
  conventions?: Conventions;
  /** By the cluster's name; one that is not in it has no metrics store. */
  metrics?: ReadonlyMap<string, ClusterMetrics>;
  /** Prices and places; nothing is priced when left out. */
  ledger?: LedgerSettings;
  holder: string;
  log: Logger;
  onProgress?: (cluster: string, progress: ReaderProgress) => void;
  onJudged?: (cluster: string, judgedAt: Date) => void;
  /** Once for each new cause, not for each try. */
  onTrouble?: (cluster: string, error: unknown) => void;
}

/** Owns all configured clusters until the signal aborts; trouble with one never stops the others. */
export function watchClusters(deps: WatchClustersDeps, signal: AbortSignal): ClusterWatches {
  const readers = deps.sources.map((source) => ({
    source,
    reader: readerOf(source, deps.settings, deps.conventions ?? USUAL),
  }));
  const judged = new Map<string, Date>();
  const trouble = new Map<string, string>();
  const again = new Map<string, () => Promise<void>>();
  const running = readers.map(({ source, reader }) =>
    watchCluster(
      {
        ...clusterDeps(deps, reader, deps.metrics?.get(source.name)),
        onReading: (judgeAgain) => void again.set(source.name, judgeAgain),
        onProgress: (progress) => deps.onProgress?.(source.name, progress),
        onJudged: (_identity, judgedAt) => {
          judged.set(source.name, judgedAt);
          trouble.delete(source.name);
          deps.onJudged?.(source.name, judgedAt);
        },
        onTrouble: (error) => {
          const text = troubleText(error);
          const isNews = trouble.get(source.name) !== text;
          trouble.set(source.name, text);
          if (!isNews) return;
          logTrouble(deps.log, source.name, error);
          deps.onTrouble?.(source.name, error);
        },
      },
      signal,
    ),
  );
  return {
    figures: () =>
      readers.map(({ source, reader }) => {
        const { requests, problems } = reader.status();
        return { cluster: source.name, requests, problems: problems.length };
      }),
    health: () =>
      readers.map(({ source }) => {
        const text = trouble.get(source.name);
        return {
          name: `cluster ${source.name}`,
          ok: text === undefined,
          text: text ?? 'is being read',
        };
      }),
    judged: () => judged,
    judgeAgain: async () => void (await Promise.all([...again.values()].map((judge) => judge()))),
    ended: Promise.all(running).then(() => undefined),
  };
}

/** Cause and next step, for people. */
export function troubleText(error: unknown): string {
  if (error instanceof AppError) return [error.message, error.nextStep].filter(Boolean).join(' ');
  return error instanceof Error ? error.message : String(error);
}

/** Only what nobody foresaw needs its stack in the log: the rest is said on the screen and by `/readyz`. */
function logTrouble(log: Logger, cluster: string, error: unknown): void {
  if (error instanceof AppError && error.code !== 'internal')
    log.info({ cluster, code: error.code }, error.message);
  else log.error({ cluster, err: error }, 'unexpected trouble while reading');
}

/** What one cluster's services need, for `serve` and `collect` alike. */
export function clusterDeps(
  deps: Pick<WatchClustersDeps, 'store' | 'holder' | 'conventions' | 'ledger'> & { log?: Logger },
  reader: ClusterReader,
  metrics?: ClusterMetrics,
): Omit<WatchClusterDeps, 'onTrouble'> {
  const { tenantId } = OWNER;
  const store = deps.store.system;
  return {
    store,
    tenantId,
    holder: deps.holder,
    reader,
    metricsOf:
      metrics &&
      ((clusterId) => createMetricsCollector({ ...metrics, store, tenantId, clusterId })),
    ledgerOf: ({ clusterId, name }) => {
      const settings = (deps.ledger ?? readLedgerSettings({}))(name, metrics);
      return createClusterLedger({ store, tenantId, clusterId, ...settings });
    },
    judgeOf: (clusterId) =>
      createClusterJudge({
        store,
        tenantId,
        clusterId,
        settings: defaultSettings,
        readSettings: settingsReader(store, deps.log),
        vocabulary: (deps.conventions ?? USUAL).labels,
      }),
  };
}

/** What people have set; parts that this version no longer takes are logged once and left out. */
function settingsReader(store: Store['system'], log?: Logger): () => Promise<JudgeSettings> {
  let known: { text: string; settings: JudgeSettings } | null = null;
  return async () => {
    const stored = await store.readJudgeRules(OWNER.tenantId);
    const text = JSON.stringify(stored);
    if (known?.text === text) return known.settings;
    const { settings, dropped } = readKeptSettings(stored);
    for (const reason of dropped) log?.warn({ reason }, 'a stored setting is left out');
    known = { text, settings };
    return settings;
  };
}
