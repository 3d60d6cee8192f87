import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Store } from '../../src/store/port.ts';
import { describeFacts } from './store-fact-writing.ts';
import { describeFeed } from './store-feed.ts';
import { describeJudging } from './store-judging.ts';
import { describeSecurity } from './store-security.ts';
import { CLUSTER } from './store-facts.ts';

/** A store with a migrated schema; each test takes a tenant of its own in it. */
export interface OpenedContractStore {
  store: Store;
  /** Plain SQL as the owner or superuser, for what no function may do: adding members, reading tables. */
  query(sql: string, parameters?: unknown[]): Promise<Record<string, unknown>[]>;
}

export interface ContractContext {
  store: Store;
  query: OpenedContractStore['query'];
  /** A tenant with the owner `owner` and the cluster CLUSTER. */
  tenant: string;
}

/** What every way into the store must keep: call it with a name and how to open a migrated store. */
export function describeStore(name: string, open: () => Promise<OpenedContractStore>): void {
  describe(`${name} keeps the store contract`, () => {
    const context = {} as ContractContext;
    let count = 0;
    beforeAll(async () => {
      const { store, query } = await open();
      Object.assign(context, { store, query });
    });
    afterAll(() => context.store.close());
    beforeEach(async () => {
      context.tenant = `tenant-${(count += 1)}`;
      await context.store.system.ensureTenant(context.tenant, 'owner');
      await context.store.system.saveCluster(context.tenant, aCluster());
    });

    describeFacts(context);
    describeJudging(context);
    describeFeed(context);
    describeSecurity(context);

    it('migrates twice and changes nothing', async () => {
      if (context.store.way === 'supabase')
        return expect(context.store.ping()).resolves.toBeUndefined();
      const report = await context.store.migrate();
      expect(report.applied).toEqual([]);
      expect(report.already).toBe(report.schemaVersion);
    });

    it('knows its schema and answers a ping', async () => {
      const { schemaVersion, database } = await context.store.checkSchema();
      expect(schemaVersion).toBeGreaterThan(0);
      expect(database).toMatch(/^PostgreSQL \d+/);
      await context.store.ping();
    });
  });
}

export function aCluster(clusterId = CLUSTER) {
  return { clusterId, name: 'home', server: 'https://127.0.0.1', version: 'v1.33', demo: false };
}
