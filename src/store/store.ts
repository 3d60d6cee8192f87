import { createCallFunction } from './call-function.ts';
import type { Door } from './door.ts';
import { checkSchema, migrateSchema } from './migrate.ts';
import type { Store } from './port.ts';
import { createSystemStore } from './system-store.ts';
import { createUserStore } from './user-store.ts';

/** The store behind any door: the same functions, the same rows, the same errors. */
export function createStore(door: Door): Store {
  const callAsService = createCallFunction(door, { role: 'service_role' });
  return {
    way: door.way,
    system: createSystemStore(callAsService),
    as: ({ tenantId, subject }) => {
      const claims = { sub: subject, tenant_id: tenantId, role: 'authenticated' } as const;
      return createUserStore(createCallFunction(door, { role: 'authenticated', claims }));
    },
    migrate: () => migrateSchema(door.migrator),
    checkSchema: () => checkSchema(callAsService),
    ping: async () => {
      await callAsService('plimsoll_read_schema', {});
    },
    close: () => door.close(),
  };
}
