import { describe, expect, it } from 'vitest';
import { createCnpgReader } from '../../src/collect/engines/cnpg/reader.ts';
import { createCronjobReader } from '../../src/collect/engines/cronjob/reader.ts';
import { DAY_MS } from '../../src/domain/time.ts';
import { cnpgClaimLabels, type CnpgPlan } from '../../src/world/engines/cnpg-objects.ts';
import { cnpgPolicy } from '../../src/world/engines/cnpg.ts';
import { cronjobPolicy } from '../../src/world/engines/cronjob.ts';
import type { EngineFaultScript } from '../../src/world/engines/workload.ts';
import { cadenceOf } from '../../src/world/home/cadence.ts';
import { claimFact } from '../support/judged-facts.ts';
import { liveEngine } from '../support/live-engine.ts';

const BEGIN = Date.parse('2026-11-02T00:00:00Z');
const END = BEGIN + 14 * DAY_MS;
const SINCE = END - 4 * DAY_MS;
const frame = { seed: 11, anchor: END, begin: BEGIN };
const born = { createdAt: new Date(BEGIN) };
const METHODS = ['barmanObjectStore', 'plugin', 'volumeSnapshot'] as const;

const workload = (name: string) => ({
  namespace: 'shop',
  app: 'shop',
  workload: 'StatefulSet' as const,
  name,
  gib: 8,
  files: 900,
});
const planOf = (script: EngineFaultScript | null, names: string[]) => ({
  name: 'nightly-backup',
  namespace: 'shop',
  cadence: cadenceOf('daily', 10, 3),
  createdAt: BEGIN,
  claims: names.map(workload),
  fault: script && { script, since: SINCE },
});

const INSTANCES = ['shop-db-1', 'shop-db-2'];
function database(script: EngineFaultScript | null, method: CnpgPlan['method'] = 'plugin') {
  const plan = { ...planOf(script, INSTANCES), cluster: 'shop-db', method };
  return liveEngine({
    reader: createCnpgReader(),
    life: cnpgPolicy(frame, plan),
    watched: 'postgresql.cnpg.io/backups',
    resources: INSTANCES.map((name) =>
      claimFact('shop', name, { ...born, labels: cnpgClaimLabels('shop-db', name) }),
    ),
    begin: BEGIN,
    end: END,
  });
}

const job = (script: EngineFaultScript | null, names = ['orders']) =>
  liveEngine({
    reader: createCronjobReader(),
    life: cronjobPolicy(frame, planOf(script, names)),
    watched: 'batch/jobs',
    resources: names.map((name) => claimFact('shop', name, born)),
    begin: BEGIN,
    end: END,
  });

const kinds = ({ findings }: Awaited<ReturnType<typeof job>>) =>
  findings.map(({ kind }) => kind).sort();

describe('CloudNativePG, from its objects to findings', () => {
  it.each(METHODS)('is quiet while all is well, by %s too (FM-26)', async (method) => {
    const { raised, coverage } = await database(null, method);
    expect(raised).toBe(0);
    expect(coverage.map(({ state }) => state)).toEqual(['protected', 'protected']);
  });

  it('calls a broken archive critical, with its cause (FM-27)', async () => {
    const { findings } = await database('wal-archiving');
    const archive = findings.find(({ kind }) => kind === 'policy-error');
    expect(archive).toMatchObject({ severity: 'critical', cause: { code: 'FM-27' } });
    expect(archive?.sentence).toContain('The WAL archive of shop/shop-db has been broken since');
  });

  it('finds failing backups, with their cause', async () => {
    const { findings } = await database('failing');
    const streak = findings.find(({ kind }) => kind === 'failure-streak');
    expect(streak?.cause?.code).toBe('FM-25');
  });

  it('finds a backup that never ends and holds up its schedule (FM-25)', async () => {
    const found = await database('stuck');
    expect(kinds(found)).toEqual(['rpo-breach', 'schedule-stopped', 'stuck-run']);
    const stopped = found.findings.find(({ kind }) => kind === 'schedule-stopped');
    expect(stopped?.cause?.code).toBe('FM-25');
  });

  it('finds an operator that makes no backups any more (FM-25)', async () => {
    expect(kinds(await database('stopped'))).toEqual(['missed-run', 'rpo-breach']);
  });

  it('finds a schedule that has never succeeded', async () => {
    const plan = await database('never-succeeded');
    expect(kinds(plan)).toContain('failure-streak');
  });
});

describe('CronJobs, from their objects to findings', () => {
  it.each([[['orders']], [['orders', 'photos']]])(
    'are quiet while all is well: %j',
    async (names) => {
      const { raised, coverage } = await job(null, names);
      expect(raised).toBe(0);
      expect(new Set(coverage.map(({ state }) => state))).toEqual(new Set(['protected']));
    },
  );

  it('that fail are found', async () => {
    expect(kinds(await job('failing'))).toEqual(['failure-streak', 'rpo-breach']);
  });

  it('that silently stopped are found (FM-29)', async () => {
    expect(kinds(await job('stopped'))).toEqual(['missed-run', 'rpo-breach']);
  });

  it('whose one stuck pod lets no other start are found (FM-29)', async () => {
    const one = await job('stuck');
    expect(kinds(one)).toEqual(['rpo-breach', 'stuck-run']);
    const stuck = one.findings.find(({ kind }) => kind === 'stuck-run');
    expect(stuck?.cause?.code).toBe('FM-29');
    expect(kinds(await job('stuck', ['orders', 'photos']))).toContain('schedule-stopped');
  });

  it('that someone suspended cover nothing', async () => {
    expect((await job('suspended')).open).toEqual(['not-covered shop/orders']);
  });
});
