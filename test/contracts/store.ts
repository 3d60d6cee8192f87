import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { describeAdvice } from './store-advice.ts';
import { describeClaimPage } from './store-claim-page.ts';
import { describeDelivery } from './store-delivery.ts';
import { describeFacts } from './store-fact-writing.ts';
import { describeFeed } from './store-feed.ts';
import { describeForecasts } from './store-forecasts.ts';
import { describeLedger } from './store-ledger.ts';
import { describeJudging } from './store-judging.ts';
import { describeLostRuns } from './store-lost-runs.ts';
import { describeMarks } from './store-marks.ts';
import { describeObjectives } from './store-objectives.ts';
import { describeMetrics } from './store-metrics.ts';
import { describeRules } from './store-rules.ts';
import { describeSecurity } from './store-security.ts';
import { aCluster, type ContractContext, type OpenedContractStore } from './store-context.ts';

/** What every way into the store must keep: call it with a name and how to open a migrated store. */
export function describeStore(name: string, open: () => Promise<OpenedContractStore>): void {
  describe(`${name} keeps the store contract`, () => {
    let opened: OpenedContractStore | null = null;
    const now = () => {
      if (opened === null) throw new Error('the store is not open');
      return opened;
    };
    const context: ContractContext = {
      get store() {
        return now().store;
      },
      query: (sql, parameters) => now().query(sql, parameters),
      tenant: '',
    };
    let count = 0;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened?.store.close());
    beforeEach(async () => {
      context.tenant = `tenant-${(count += 1)}`;
      await context.store.system.ensureTenant(context.tenant, 'owner');
      await context.store.system.saveCluster(context.tenant, aCluster());
    });

    describeFacts(context);
    describeLostRuns(context);
    describeMetrics(context);
    describeJudging(context);
    describeDelivery(context);
    describeMarks(context);
    describeFeed(context);
    describeClaimPage(context);
    describeObjectives(context);
    describeAdvice(context);
    describeForecasts(context);
    describeLedger(context);
    describeRules(context);
    describeSecurity(context);

    it('migrates twice and changes nothing', async () => {
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
