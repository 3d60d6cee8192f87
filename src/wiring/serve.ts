import type { Logger } from 'pino';
import type { ServeOptions } from '../cli/deps.ts';
import { printBanner, printFound, type Screen } from '../cli/print/banner.ts';
import type { ReaderSettings } from '../collect/reader-settings.ts';
import type { Config } from '../config.ts';
import { keepHouse } from '../services/keep-house.ts';
import type { Store } from '../store/port.ts';
import { findWorld, type World } from './find-world.ts';
import { readLedgerSettings } from './ledger.ts';
import { closeMetrics, openMetrics } from './metrics.ts';
import { dataDirectoryOf, openStore, OWNER, prepareStore } from './open-store.ts';
import { demoNameOf, forgetDemo, playDemo, type PlayedDemo } from './play-demo.ts';
import { holderName, serveStore } from './run-server.ts';
import { readerOf, troubleText, watchClusters, type ClusterWatches } from './watch-clusters.ts';

export interface ServeDeps {
  config: Config;
  version: string;
  log: Logger;
  screen: Screen;
}

const REAL_CLOCK = { now: () => new Date() };
const COMPANY_TEXT = 'the demo world: twenty simulated clusters of a company';

/** The main job: reads, judges and serves until the signal aborts, then ends cleanly. */
export async function serve(
  deps: ServeDeps,
  options: ServeOptions,
  signal: AbortSignal,
): Promise<void> {
  const world = findWorld(deps.config, options.world);
  const demo = world.kind === 'demo';
  const directory = dataDirectoryOf(deps.config, demo);
  if (options.reset === true) await forgetDemo(directory);
  const name = demo ? demoNameOf(directory, options.demo) : null;
  deps.screen.line(name === 'company' ? COMPANY_TEXT : world.text);
  const opened = await openStore(deps.config, demo);
  const cleanUp: (() => Promise<unknown>)[] = [() => opened.store.close()];
  try {
    await prepareStore(opened, deps.config);
    const played = name && (await playDemo(directory, name, options, REAL_CLOCK));
    if (played !== null) cleanUp.push(() => played.stop());
    await run(deps, world, opened.store, opened.where, played, cleanUp, signal);
  } finally {
    for (const step of cleanUp.toReversed()) await step();
  }
}

async function run(
  deps: ServeDeps,
  world: World,
  store: Store,
  where: string,
  played: PlayedDemo | null,
  cleanUp: (() => Promise<unknown>)[],
  signal: AbortSignal,
): Promise<void> {
  const { config, screen, log } = deps;
  const sources = world.kind === 'clusters' ? world.sources : (played?.sources ?? []);
  const settings = readerSettings(config, world.kind === 'demo');
  const metrics = await openMetrics(config, sources);
  cleanUp.push(async () => closeMetrics(metrics));
  if (world.kind === 'clusters')
    await requireOneCluster(
      store,
      world.sources.map((source) => readerOf(source, settings, config)),
      signal,
    );
  const ledger = readLedgerSettings(config);
  let watches: ClusterWatches | null = null;
  const page = await serveStore({
    config,
    demo: played !== null,
    version: deps.version,
    store,
    watches: () => watches,
    clock: REAL_CLOCK,
    log,
  });
  cleanUp.push(() => page.close());
  printBanner(screen, { ...page, where, demo: played !== null });
  const stopping = new AbortController();
  const both = AbortSignal.any([signal, stopping.signal]);
  const found = Promise.withResolvers<void>();
  const reading = watchClusters(
    {
      store,
      sources,
      settings,
      conventions: config,
      metrics,
      ledger,
      log,
      holder: holderName(store),
      onProgress: (cluster, { text }) =>
        screen.progress(sources.length > 1 ? `${cluster}: ${text}` : text),
      onTrouble: (cluster, error) => screen.line(`${cluster}: ${troubleText(error)}`),
      onJudged: (cluster, judgedAt) => {
        if (played === null || played.caughtUp(cluster, judgedAt)) found.resolve();
        else screen.progress(played.replayText(judgedAt));
      },
    },
    both,
  );
  watches = reading;
  const tidying = keepHouse(
    {
      store: store.system,
      tenantId: OWNER.tenantId,
      clock: REAL_CLOCK,
      limits: config.retention,
      onTrouble: (error) => log.warn({ err: error }, 'removing what is old'),
    },
    both,
  );
  cleanUp.push(async () => {
    stopping.abort();
    await Promise.all([reading.ended, tidying]);
  });
  const stopped = endOf(both);
  await Promise.race([found.promise, stopped]);
  if (!signal.aborted) printFound(screen, await store.as(OWNER).readStatus());
  await stopped;
  screen.line('stopping');
}

/** Resolves when the signal aborts, also when it did so before anyone asked. */
function endOf(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}

/** The demo's clock races through its first ninety days: short pauses keep cycles close together. */
function readerSettings(config: Config, demo: boolean): Partial<ReaderSettings> {
  const intervalMs = config.collectIntervalSeconds * 1_000;
  return demo ? { intervalMs, debounceMs: 150, settleMs: 100 } : { intervalMs };
}

/**
 * A configured cluster that cannot be reached is an error, never a demo. Once the store knows a cluster it is shown
 * all the same: the moment a cluster is gone is when its backups are asked for.
 */
async function requireOneCluster(
  store: Store,
  readers: ReturnType<typeof readerOf>[],
  signal: AbortSignal,
): Promise<void> {
  const tries = await Promise.allSettled(readers.map((reader) => reader.identify(signal)));
  if (tries.some((each) => each.status === 'fulfilled')) return;
  const known = await store.as(OWNER).listClusters();
  const [first] = tries;
  if (known.items.length === 0 && first?.status === 'rejected') throw first.reason;
}
