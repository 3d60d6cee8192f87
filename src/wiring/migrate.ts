import type { Config } from '../config.ts';
import { findServer } from './connect.ts';
import { openStore } from './open-store.ts';

/** Brings the configured database to this version. A running server on the embedded one has done so at its start. */
export async function migrate(config: Config) {
  const embedded = config.databaseUrl === undefined && config.supabase === undefined;
  const server = embedded ? await findServer(config) : null;
  if (server !== null && !server.demo) {
    return {
      applied: [],
      already: 0,
      schemaVersion: 0,
      database: `held by the server at ${server.url}, which migrated it at its start`,
    };
  }
  const { store, where } = await openStore(config, false);
  try {
    return { ...(await store.migrate()), database: where };
  } finally {
    await store.close();
  }
}
