import { describe, expect, it } from 'vitest';
import type { EndedRun } from '../../src/analyze/ledger/account-input.ts';
import type { RunFact } from '../../src/domain/facts.ts';
import type { CostFigure, RunLedger } from '../../src/domain/ledger.ts';
import type { AccountedRun } from '../../src/store/port.ts';
import type * as views from '../../src/domain/views.ts';
import { aBatch, aClaim, aPoint, aPolicy, aRun, CLUSTER, minutes } from './store-facts.ts';
import type { ContractContext } from './store-context.ts';

const EUR: CostFigure = {
  amount: 0.0574,
  currency: 'EUR',
  quality: 'modelled',
  parts: [
    {
      part: 'storage',
      value: 0.0574,
      method: 'added-bytes-kept/1',
      source: 'PRICES',
      factorYear: 2026,
      quality: 'modelled',
    },
  ],
  missing: ['compute'],
};
export const UNPRICED: CostFigure = {
  amount: null,
  currency: null,
  quality: null,
  parts: [],
  missing: ['compute', 'storage', 'requests'],
};

/** An entry of 100 J, 0.0574 EUR and 3.2 g, unless a test says otherwise. */
export function anEntry(
  { runId, runDay }: Pick<RunFact, 'runId' | 'runDay'>,
  parts: {
    joules?: number | null;
    quality?: RunLedger['energy']['quality'];
    cost?: CostFigure;
    grams?: number | null;
    revision?: number;
    settled?: boolean;
  } = {},
): AccountedRun {
  const { joules = 100, quality = 'measured', cost = EUR, grams = 3.2 } = parts;
  const { revision = 1_000, settled = true } = parts;
  const known = joules !== null;
  return {
    runId,
    runDay,
    revision,
    settled,
    energy: {
      joules,
      idleJoules: null,
      method: known ? 'kepler-new/1' : null,
      source: known ? 'Kepler v0.11.0' : null,
      factorYear: null,
      quality: known ? quality : null,
      zones: known ? ['package', 'dram'] : [],
      coverage: known ? 0.95 : null,
      lowerBound: false,
      note: null,
    },
    cost,
    carbon: {
      grams,
      kilowattHours: grams === null ? null : grams / 344,
      gramsPerKilowattHour: 344.14,
      place: 'DE',
      pue: 1.5,
      quality: grams === null ? null : 'modelled',
      source: 'Ember',
      factorYear: 2024,
      parts: [],
      missing: [],
    },
  };
}

/** Runs that ended become entries, entries become sums, and sums always equal their parts. */
export function describeLedger(context: ContractContext): void {
  const saveFacts = (parts: Parameters<typeof aBatch>[0]) =>
    context.store.system.saveFacts(context.tenant, aBatch(parts));
  const saveLedger = (entries: AccountedRun[], revision = 1) =>
    context.store.system.saveLedger(context.tenant, { clusterId: CLUSTER, revision, entries });
  const input = (after: number | null = null, limit = 100) =>
    context.store.system.readLedgerInput(context.tenant, CLUSTER, after, limit);
  const owner = () => context.store.as({ tenantId: context.tenant, subject: 'owner' });
  const read = (query: Partial<views.LedgerFilter> & { limit?: number; cursor?: string } = {}) =>
    owner().readLedger({ by: 'policy', period: 'month', ...query });

  describe('the ledger', () => {
    it('hands out each ended run once, with its bytes and how long they stay', async () => {
      const running = aRun('2', { endedAt: null, outcome: 'running' });
      const several = aRun('3', { resourceId: null, addedBytes: null, startedAt: minutes(300) });
      const volume = (name: string, addedBytes: number | null) => ({
        runId: several.runId,
        runDay: several.runDay,
        resourceId: aClaim(name).resourceId,
        outcome: 'success' as const,
        startedAt: null,
        endedAt: null,
        logicalBytes: null,
        addedBytes,
        snapshotId: null,
        message: null,
      });
      await saveFacts({
        runs: [aRun('1'), running, several],
        runVolumes: [volume('a', 5), volume('b', 7)],
        restorePoints: [aPoint('1', { runId: aRun('1').runId, expiresAt: minutes(9_000) })],
      });
      const first = await input();
      const ended = first.runs satisfies EndedRun[];
      expect(ended.map((run) => run.runId)).toEqual([aRun('1').runId, several.runId]);
      expect(ended[0]).toMatchObject({ expiresAt: minutes(9_000), addedBytes: 1_000 });
      expect(ended[1]).toMatchObject({ expiresAt: null, addedBytes: 12, endedAt: several.endedAt });
      expect(first.more).toBe(false);
      await saveLedger(
        ended.map((run) => anEntry(run)),
        first.revision,
      );
      expect((await input()).runs).toEqual([]);
      await saveFacts({ runs: [{ ...running, endedAt: minutes(400), outcome: 'success' }] });
      expect((await input()).runs.map((run) => run.runId)).toEqual([running.runId]);
    });

    it('hands a run out again with its entry when its facts have changed, or the entry is not settled', async () => {
      const run = aRun('1');
      const again = async () =>
        (await input(0)).runs.map(({ runId, known }) => [runId, known?.energy.joules]);
      await saveFacts({ runs: [run] });
      const { revision } = (await input(0)).runs[0]!;
      await saveLedger([anEntry(run, { quality: 'default', revision, settled: false })]);
      expect(await again()).toEqual([[run.runId, 100]]);
      await saveLedger([anEntry(run, { joules: 120, revision })]);
      expect(await again()).toEqual([]);
      await saveFacts({ runs: [{ ...run, addedBytes: 2_000 }] });
      expect(await again()).toEqual([[run.runId, 120]]);
    });

    it('moves sums with a run whose end and bytes are corrected, at each level', async () => {
      const run = aRun('1', { startedAt: new Date('2026-10-31T22:00:00Z') });
      const end = (text: string) => ({ ...run, endedAt: new Date(text) });
      await saveFacts({ policies: [aPolicy('photos')], runs: [end('2026-10-31T23:30:00Z')] });
      await saveLedger([anEntry(run)]);
      await saveFacts({ runs: [end('2026-11-01T00:30:00Z')] });
      await saveLedger([anEntry(run, { joules: 140, cost: UNPRICED, revision: 2_000 })]);
      for (const by of ['app', 'policy', 'cluster'] as const)
        for (const period of ['day', 'week', 'month'] as const) {
          const { items, total } = await read({ by, period });
          const since = { day: '2026-11-01', week: '2026-10-26', month: '2026-11-01' }[period];
          expect(items.map((line) => [line.period, line.runs, line.joules])).toEqual([
            [since, 1, 140],
          ]);
          expect(total).toMatchObject({ runs: 1, joules: 140, amounts: [], cost: { unpriced: 1 } });
        }
    });

    it('hands runs out in pages that leave none out', async () => {
      const keys = Array.from({ length: 7 }, (_, index) => `${index}`);
      for (const key of keys) await saveFacts({ runs: [aRun(key)] });
      const seen: string[] = [];
      for (let after = 0, more = true; more;) {
        const page = await input(after, 2);
        seen.push(...page.runs.map((run) => run.runId));
        ({ revision: after, more } = page);
      }
      expect(seen.toSorted()).toEqual(keys.map((key) => aRun(key).runId).toSorted());
    });

    it('changes nothing when an entry is written twice, and all sums when it differs', async () => {
      const run = aRun('1');
      await saveFacts({ runs: [run] });
      expect(await saveLedger([anEntry(run)])).toEqual({ written: 1 });
      const before = { ledger: await read(), revision: await owner().readRevision() };
      expect(await saveLedger([anEntry(run), anEntry(run)])).toEqual({ written: 0 });
      expect({ ledger: await read(), revision: await owner().readRevision() }).toEqual(before);
      expect(await saveLedger([anEntry(run, { joules: 40, cost: UNPRICED })])).toEqual({
        written: 1,
      });
      expect((await read()).total).toMatchObject({
        runs: 1,
        joules: 40,
        amounts: [],
        cost: { priced: 0, unpriced: 1 },
      });
      expect(await owner().readRevision()).not.toBe(before.revision);
    });

    it('never replaces what a meter told by what a model says, nor anything by unknown', async () => {
      const run = aRun('1');
      await saveFacts({ runs: [run] });
      await saveLedger([anEntry(run)]);
      for (const worse of [{ quality: 'modelled' as const }, { joules: null, grams: null }])
        expect(await saveLedger([anEntry(run, { joules: 7, ...worse })])).toEqual({ written: 0 });
      expect((await read()).total.joules).toBe(100);
    });

    it('leaves out entries of runs nobody knows', async () => {
      expect(await saveLedger([anEntry(aRun('nobody'))])).toEqual({ written: 0 });
      expect((await read()).total).toMatchObject({
        runs: 0,
        joules: null,
        grams: null,
        amounts: [],
      });
    });

    it('shows nothing known as null and counts it, never as zero', async () => {
      const run = aRun('1');
      await saveFacts({ runs: [run] });
      await saveLedger([anEntry(run, { joules: null, cost: UNPRICED, grams: null })]);
      const { total, items } = await read();
      expect(total).toEqual({
        runs: 1,
        joules: null,
        energy: { measured: 0, partial: 0, modelled: 0, default: 0, unknown: 1 },
        amounts: [],
        cost: { priced: 0, incomplete: 0, unpriced: 1 },
        grams: null,
        carbon: { known: 0, incomplete: 0, unknown: 1 },
      });
      expect(items[0]).toMatchObject(total);
      const [figures] = (await owner().listRunFigures({})).items;
      expect(figures?.cost).toEqual(UNPRICED);
      expect(figures?.energy.joules).toBeNull();
    });

    it('sums up to its total by app, policy and cluster, by day, week and month, on every page', async () => {
      const runs = Array.from({ length: 60 }, (_, index) =>
        aRun(`${index}`, {
          startedAt: minutes(index * 1_000),
          policyId: index % 7 === 0 ? null : aPolicy(`p${index % 3}`).policyId,
          resourceId: aClaim(`c${index % 4}`).resourceId,
        }),
      );
      await saveFacts({
        resources: [0, 1, 2].map((index) => aClaim(`c${index}`)),
        policies: [0, 1, 2].map((index) => aPolicy(`p${index}`)),
        runs,
      });
      const dollars = { ...EUR, currency: 'USD', amount: 0.1 };
      await saveLedger(
        runs.map((run, index) =>
          anEntry(run, {
            joules: index % 5 === 0 ? null : index * 1.001,
            cost: [EUR, dollars, UNPRICED][index % 3] ?? UNPRICED,
            grams: index % 4 === 0 ? null : index * 0.000_001,
          }),
        ),
      );
      for (const by of ['app', 'policy', 'cluster'] as const)
        for (const period of ['day', 'week', 'month'] as const) {
          const lines: views.LedgerLine[] = [];
          const totals = new Set<string>();
          let cursor: string | undefined;
          do {
            const page = await read({ by, period, limit: 7, ...(cursor && { cursor }) });
            lines.push(...page.items);
            totals.add(JSON.stringify(page.total));
            cursor = page.nextCursor ?? undefined;
          } while (cursor);
          expect(totals.size).toBe(1);
          const { total } = await read({ by, period });
          expect(new Set(lines.map((line) => `${line.period} ${line.key}`)).size).toBe(
            lines.length,
          );
          expect(sumOf(lines, (line) => line.runs)).toBe(total.runs);
          expect(sumOf(lines, (line) => line.joules ?? 0)).toBeCloseTo(total.joules ?? 0, 3);
          expect(sumOf(lines, (line) => line.grams ?? 0)).toBeCloseTo(total.grams ?? 0, 6);
          expect(sumOf(lines, (line) => line.energy.unknown)).toBe(total.energy.unknown);
          expect(sumOf(lines, (line) => line.cost.unpriced)).toBe(total.cost.unpriced);
          for (const { currency, amount } of total.amounts)
            expect(sumOf(lines, (line) => amountIn(line, currency))).toBeCloseTo(amount, 9);
        }
      const { total } = await read();
      expect(total).toMatchObject({ runs: 60, cost: { priced: 40, incomplete: 40, unpriced: 20 } });
      expect(total.amounts.map((one) => one.currency)).toEqual(['EUR', 'USD']);
      expect(total.energy.unknown).toBe(12);
    });

    it('names its lines, newest period first, and filters', async () => {
      const old = aRun('1', { startedAt: new Date('2026-09-30T23:55:00Z') });
      const other = aRun('2', { namespace: 'office', policyId: null, resourceId: null });
      await saveFacts({
        resources: [aClaim('photos')],
        policies: [aPolicy('photos')],
        runs: [old, other, aRun('3')],
      });
      await saveLedger([old, other, aRun('3')].map((run) => anEntry(run)));
      const { items } = await read();
      expect(items.map(({ period, label }) => [period, label])).toEqual([
        ['2026-11-01', 'media/photos'],
        ['2026-11-01', null],
        ['2026-10-01', 'media/photos'],
      ]);
      const apps = (await read({ by: 'app', period: 'week' })).items;
      expect(apps.map(({ period, app }) => [period, app])).toContainEqual([
        '2026-09-28',
        'Deployment/photos',
      ]);
      const runsOf = async (filter: Partial<views.LedgerFilter>) => (await read(filter)).total.runs;
      expect(await runsOf({ namespace: 'office' })).toBe(1);
      expect(await runsOf({ app: 'Deployment/photos' })).toBe(2);
      expect(await runsOf({ policyId: aPolicy('photos').policyId })).toBe(2);
      expect(await runsOf({ since: '2026-11-01' })).toBe(2);
      expect(await runsOf({ until: '2026-11-01' })).toBe(1);
      expect(await runsOf({ clusterId: 'elsewhere' })).toBe(0);
    });

    it('keeps sums when the figures of old runs go with their runs', async () => {
      // Long past by the database's own clock too, which may be behind the facts of this test.
      const old = aRun('1', { startedAt: new Date('2024-08-10T02:00:00Z') });
      await saveFacts({ runs: [old, aRun('2')] });
      await saveLedger([anEntry(old), anEntry(aRun('2'))]);
      const limits = { sampleDays: 30, rollupDays: 400, runDays: 60, rows: 1_000 };
      await context.store.system.keepHouse(context.tenant, minutes(0), limits);
      expect((await owner().listRunFigures({})).items.map((one) => one.runId)).toEqual([
        aRun('2').runId,
      ]);
      expect((await read()).total).toMatchObject({ runs: 2, joules: 200 });
    });

    it('leads every sum back to its runs, each with method, source, year and grade', async () => {
      const run = aRun('1');
      await saveFacts({
        resources: [aClaim('photos')],
        policies: [aPolicy('photos')],
        runs: [run],
      });
      const entry = anEntry(run);
      await saveLedger([entry]);
      const { items, nextCursor } = await owner().listRunFigures({
        policyId: aPolicy('photos').policyId,
      });
      expect(nextCursor).toBeNull();
      expect(items).toEqual([
        expect.objectContaining({
          runId: run.runId,
          policy: 'media/photos',
          app: 'Deployment/photos',
          energy: entry.energy,
          cost: entry.cost,
          carbon: entry.carbon,
        }),
      ]);
      expect((await owner().listRunFigures({ namespace: 'office' })).items).toEqual([]);
    });

    it('shows members of some namespaces those alone', async () => {
      const other = aRun('2', { namespace: 'office', resourceId: null });
      await saveFacts({ runs: [aRun('1'), other] });
      await saveLedger([anEntry(aRun('1')), anEntry(other)]);
      await context.query(
        'insert into plimsoll.memberships (tenant_id, subject, role, all_namespaces) values ($1, $2, $3, $4)',
        [context.tenant, 'few', 'viewer', false],
      );
      await context.query(
        'insert into plimsoll.namespace_grants (tenant_id, subject, cluster_id, namespace) values ($1, $2, $3, $4)',
        [context.tenant, 'few', CLUSTER, 'office'],
      );
      const member = context.store.as({ tenantId: context.tenant, subject: 'few' });
      const ledger = await member.readLedger({ by: 'cluster', period: 'day' });
      expect(ledger.total).toMatchObject({ runs: 1, joules: 100 });
      expect((await member.listRunFigures({})).items.map((one) => one.runId)).toEqual([
        other.runId,
      ]);
    });
  });
}

function sumOf(lines: views.LedgerLine[], value: (line: views.LedgerLine) => number): number {
  return lines.reduce((sum, line) => sum + value(line), 0);
}

function amountIn(line: views.LedgerLine, currency: string): number {
  return line.amounts.find((one) => one.currency === currency)?.amount ?? 0;
}
