import type { Config } from '../config.ts';
import { readServerFile } from '../server-file.ts';
import { isEmbedded, showsDemo } from './connect.ts';
import { dataDirectoryOf, openStore } from './open-store.ts';

/** Brings the configured database to this version. A running server on the embedded one has done so at its start. */
export async function migrate(config: Config) {
  const demo = showsDemo(config);
  const server = isEmbedded(config) ? await readServerFile(dataDirectoryOf(config, demo)) : null;
  if (server !== null) {
    return {
      applied: [],
      already: 0,
      schemaVersion: null,
      database: `the server at ${server.url} holds the database and migrated it at its start`,
    };
  }
  const { store, where } = await openStore(config, demo);
  try {
    return { ...(await store.migrate()), database: where };
  } finally {
    await store.close();
  }
}
