import { randomBytes, randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { Logger } from 'pino';
import type { Config } from '../config.ts';
import type { Clock } from '../domain/time.ts';
import { createApp } from '../http/app.ts';
import { startServer } from '../http/server.ts';
import { removeServerFile, writeServerFile } from '../server-file.ts';
import type { Services, Workspace } from '../services/api.ts';
import { createWorkspace } from '../services/create-workspace.ts';
import { renderMetrics } from '../services/render-metrics.ts';
import { createSignIn } from '../services/sign-in.ts';
import type { Store } from '../store/port.ts';
import { openDataDirectory } from '../store/embedded/data-directory.ts';
import type { ClusterWatches } from './watch-clusters.ts';
import { dataDirectoryOf, OWNER } from './open-store.ts';

export interface ServerDeps {
  config: Config;
  demo: boolean;
  version: string;
  store: Store;
  /** Null until the reading begins. */
  watches: () => Pick<ClusterWatches, 'figures' | 'health' | 'judgeAgain'> | null;
  clock: Clock;
  log: Logger;
}

export interface ServedPage {
  url: string;
  /** Opens the page once, signed in as the owner. */
  signInUrl: string;
  close(): Promise<void>;
}

/**
 * Names this process in leases. Only one process at a time has the embedded database open, so there the name is always
 * the same: whoever comes after a killed one goes on at once.
 */
export function holderName({ way }: Pick<Store, 'way'>): string {
  if (way === 'embedded') return way;
  return `${hostname()}/${process.pid}/${randomUUID().slice(0, 8)}`;
}

/** Serves page and feed, and leaves the address and a key of its own for the command line. */
export async function serveStore(deps: ServerDeps): Promise<ServedPage> {
  const { config, store, log } = deps;
  const signIn = createSignIn(store.system, deps.clock);
  const services: Services = {
    about: { version: deps.version, demo: deps.demo },
    signIn,
    as: (caller) => promptly(createWorkspace(store.as(caller)), deps),
    readiness: async () => [await storeHealth(store), ...(deps.watches()?.health() ?? [])],
    metrics: async () =>
      renderMetrics(
        await store.as(OWNER).readStatus(),
        deps.watches()?.figures() ?? [],
        deps.version,
      ),
  };
  const app = createApp(services, {
    host: config.host,
    clock: deps.clock,
    onFailure: (error, request) => log.error({ err: error, ...request }, 'request failed'),
  });
  const server = await startServer(app, { host: config.host, port: config.port });
  if (config.adminApiKey !== undefined)
    await signIn.setApiKey(OWNER, 'ADMIN_API_KEY', config.adminApiKey.reveal());
  const directory = dataDirectoryOf(config, deps.demo);
  await openDataDirectory(directory);
  const key = `plk_${randomBytes(32).toString('base64url')}`;
  await signIn.setApiKey(OWNER, 'this machine’s command line', key);
  await writeServerFile(directory, {
    url: server.url,
    pid: process.pid,
    key,
    demo: deps.demo,
    version: deps.version,
  });
  const { token } = await signIn.createLink(OWNER);
  return {
    url: server.url,
    signInUrl: `${server.url}/sign-in?token=${token}`,
    async close() {
      await removeServerFile(directory);
      await server.close();
    },
  };
}

/** What people decide shows in the very next answer: it is judged at once, not with the next cycle. */
function promptly(workspace: Workspace, { watches, log }: ServerDeps): Workspace {
  // It is stored; a judgement that fails now is made up for by the next cycle.
  const judge = () =>
    watches()
      ?.judgeAgain()
      .catch((error: unknown) => log.warn({ err: error }, 'judging what a person decided'));
  return {
    ...workspace,
    async changeFinding(id, action, ...change) {
      const changed = await workspace.changeFinding(id, action, ...change);
      if (action === 'acknowledge') return changed;
      await judge();
      return (await workspace.readFinding(id)) ?? changed;
    },
    async exempt(...change) {
      await workspace.exempt(...change);
      await judge();
    },
    async saveRule(...change) {
      const saved = await workspace.saveRule(...change);
      await judge();
      return saved;
    },
    async removeRule(...change) {
      await workspace.removeRule(...change);
      await judge();
    },
    async saveJudgeSettings(...change) {
      await workspace.saveJudgeSettings(...change);
      await judge();
    },
    async setObjective(...change) {
      await workspace.setObjective(...change);
      await judge();
    },
  };
}

async function storeHealth(store: Store) {
  try {
    await store.ping();
    return { name: 'store', ok: true, text: `${store.way} database answers` };
  } catch (error) {
    return {
      name: 'store',
      ok: false,
      text: error instanceof Error ? error.message : String(error),
    };
  }
}
