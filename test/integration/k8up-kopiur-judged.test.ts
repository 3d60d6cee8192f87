import { describe, expect, it } from 'vitest';
import { createK8upReader } from '../../src/collect/engines/k8up/reader.ts';
import { createKopiurReader } from '../../src/collect/engines/kopiur/reader.ts';
import { DAY_MS } from '../../src/domain/time.ts';
import { k8upSchedule } from '../../src/world/engines/k8up.ts';
import { kopiurPolicy } from '../../src/world/engines/kopiur.ts';
import type { EngineFaultScript, EnginePolicyPlan } from '../../src/world/engines/workload.ts';
import { cadenceOf } from '../../src/world/home/cadence.ts';
import { claimFact } from '../support/judged-facts.ts';
import { liveEngine } from '../support/live-engine.ts';

const BEGIN = Date.parse('2026-11-02T00:00:00Z');
const END = BEGIN + 16 * DAY_MS;
const SINCE = END - 5 * DAY_MS;
const frame = { seed: 11, anchor: END, begin: BEGIN };

function planOf(
  script: EngineFaultScript | null,
  names: string[],
  since = SINCE,
): EnginePolicyPlan {
  return {
    name: 'nightly',
    namespace: 'shop',
    cadence: cadenceOf('six-hourly', 10),
    createdAt: BEGIN,
    claims: names.map((name) => ({
      namespace: 'shop',
      app: name,
      workload: 'Deployment',
      name,
      gib: 20,
      files: 3_000,
    })),
    fault: script && { script, since },
  };
}

const claims = (names: string[]) =>
  names.map((name) => claimFact('shop', name, { createdAt: new Date(BEGIN) }));

function k8up(script: EngineFaultScript | null) {
  const names = ['orders', 'photos'];
  return liveEngine({
    reader: createK8upReader(),
    life: k8upSchedule(frame, planOf(script, names)),
    watched: 'k8up.io/backups',
    resources: claims(names),
    begin: BEGIN,
    end: END,
  });
}

function kopiur(script: EngineFaultScript | null, since?: number) {
  return liveEngine({
    reader: createKopiurReader(),
    life: kopiurPolicy(frame, planOf(script, ['photos'], since)),
    watched: 'kopiur.home-operations.com/snapshots',
    resources: claims(['photos']),
    begin: BEGIN,
    end: END,
  });
}

describe('K8up, from its objects to findings', () => {
  it('is quiet while all is well', async () => {
    expect(await k8up(null)).toMatchObject({ open: [], raised: 0 });
  });

  it('finds the volume that its successes leave out (FM-28)', async () => {
    const { findings } = await k8up('partial');
    const skipped = findings.filter(({ kind }) => kind === 'volume-skipped');
    expect(skipped.map(({ subject }) => subject.resource)).toEqual(['shop/photos']);
    expect(skipped[0]?.cause?.code).toBe('FM-28');
    expect(skipped[0]?.nextStep).toContain('runAsUser');
  });

  it('finds prunes that fail while backups go on (FM-09)', async () => {
    const { findings } = await k8up('maintenance-failing');
    expect(findings.map(({ kind, cause }) => [kind, cause?.code])).toEqual([
      ['maintenance-failing', 'FM-09'],
    ]);
  });

  it.each([
    ['failing', 'failure-streak'],
    ['never-succeeded', 'never-succeeded'],
    ['stopped', 'rpo-breach'],
    ['stuck', 'stuck-run'],
  ] as const)('finds backups that are %s', async (script, kind) => {
    expect((await k8up(script)).findings.map((one) => one.kind)).toContain(kind);
  });
});

describe('kopiur, from its objects to findings', () => {
  it('is quiet while all is well', async () => {
    expect(await kopiur(null)).toMatchObject({ open: [], raised: 0 });
  });

  it.each([
    ['failing', 'failure-streak'],
    ['never-succeeded', 'never-succeeded'],
    ['stopped', 'rpo-breach'],
    ['stuck', 'stuck-run'],
    ['empty', 'empty-run'],
    ['partial', 'failure-streak'],
    ['repository-unavailable', 'location-unavailable'],
    ['maintenance-failing', 'maintenance-failing'],
  ] as const)('finds what is %s', async (script, kind) => {
    expect((await kopiur(script)).findings.map((one) => one.kind)).toContain(kind);
  });

  it('finds what has shrunk, before that is taken for usual', async () => {
    const { findings } = await kopiur('shrunk', END - DAY_MS);
    expect(findings.map((one) => one.kind)).toContain('size-drop');
  });

  it('calls snapshots with unreadable files by their name (FM-03)', async () => {
    const { findings } = await kopiur('partial');
    const sentences = findings.map(({ sentence }) => sentence).join(' ');
    expect(sentences).toContain('could not be read');
  });

  it('asks nothing of a policy that someone suspended', async () => {
    const kinds = (await kopiur('suspended')).findings.map((one) => one.kind);
    expect(kinds).not.toContain('missed-run');
  });
});
