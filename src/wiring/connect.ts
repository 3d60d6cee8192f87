import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Connection } from '../cli/deps.ts';
import { createWorkspace } from '../services/create-workspace.ts';
import { createHttpWorkspace } from '../cli/http-workspace.ts';
import type { Config } from '../config.ts';
import { readServerFile, type ServerFile } from '../server-file.ts';
import { findWorld } from './find-world.ts';
import { dataDirectoryOf, openStore, OWNER, prepareStore } from './open-store.ts';

/** The running server of this data directory, real before demo. */
export async function findServer(config: Config): Promise<ServerFile | null> {
  return (
    (await readServerFile(dataDirectoryOf(config, false))) ??
    (await readServerFile(dataDirectoryOf(config, true)))
  );
}

/** Talks to the running server, else opens the store itself: behind one type, so commands cannot tell. */
export async function connect(config: Config): Promise<Connection> {
  const server = await findServer(config);
  if (server !== null)
    return {
      workspace: createHttpWorkspace(server.url, server.key),
      via: `server at ${server.url}`,
      demo: server.demo,
      close: () => Promise.resolve(),
    };
  const demo = showsDemo(config);
  const opened = await openStore(config, demo);
  try {
    await prepareStore(opened, config);
  } catch (error) {
    await opened.store.close();
    throw error;
  }
  return {
    workspace: createWorkspace(opened.store.as(OWNER)),
    via: opened.where,
    demo,
    close: () => opened.store.close(),
  };
}

/** Without a server: the demo's data only where no real cluster is configured, none was ever read and a demo was. */
export function showsDemo(config: Config): boolean {
  if (!isEmbedded(config) || hasDatabase(config.dataDir)) return false;
  return hasDatabase(dataDirectoryOf(config, true)) && findWorld(config, 'auto').kind === 'demo';
}

export function isEmbedded(config: Config): boolean {
  return config.databaseUrl === undefined && config.supabase === undefined;
}

/** Whether an embedded database was ever opened in this directory. */
export function hasDatabase(directory: string): boolean {
  return existsSync(join(directory, 'pgdata'));
}
