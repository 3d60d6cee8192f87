import { join } from 'node:path';
import type { Config } from '../config.ts';
import type { Caller, Store } from '../store/port.ts';
import { createStore } from '../store/store.ts';

/** Until there is more than one tenant in one installation: the embedded database's only one. */
export const OWNER: Caller = { tenantId: 'local', subject: 'owner' };

export interface OpenedStore {
  store: Store;
  /** For people; never with credentials. */
  where: string;
}

/** Real and demo data never mix: the demo has a directory of its own and never uses a configured database. */
export function dataDirectoryOf(config: Config, demo: boolean): string {
  return demo ? join(config.dataDir, 'demo') : config.dataDir;
}

/** Opens the store this configuration names, loading its driver only; the schema is not touched yet. */
export async function openStore(config: Config, demo: boolean): Promise<OpenedStore> {
  if (!demo && config.supabase !== undefined) {
    const { openSupabaseDoor } = await import('../store/supabase/supabase-door.ts');
    const door = await openSupabaseDoor({
      url: config.supabase.url,
      secretKey: config.supabase.secretKey.reveal(),
      publishableKey: config.supabase.publishableKey?.reveal(),
      jwtSecret: config.supabase.jwtSecret?.reveal(),
      databaseUrl: config.databaseUrl?.reveal(),
    });
    return { store: createStore(door), where: `Supabase at ${config.supabase.url}` };
  }
  if (!demo && config.databaseUrl !== undefined) {
    const { openPostgresDoor } = await import('../store/postgres/postgres-door.ts');
    const url = config.databaseUrl.reveal();
    const { host, pathname } = new URL(url);
    return {
      store: createStore(await openPostgresDoor({ url })),
      where: `PostgreSQL ${pathname.slice(1)} at ${host || 'its socket'}`,
    };
  }
  const { openEmbeddedDoor } = await import('../store/embedded/embedded-door.ts');
  const directory = dataDirectoryOf(config, demo);
  const door = await openEmbeddedDoor({ directory });
  return { store: createStore(door), where: `embedded database in ${directory}` };
}

/** Brings the schema to this version where that is possible, else says what is missing. */
export async function prepareStore({ store }: OpenedStore, config: Config): Promise<void> {
  const canMigrate = store.way !== 'supabase' || config.databaseUrl !== undefined;
  if (canMigrate) await store.migrate();
  await store.checkSchema();
  await store.system.ensureTenant(OWNER.tenantId, OWNER.subject);
}
