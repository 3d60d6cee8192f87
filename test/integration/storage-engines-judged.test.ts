import { describe, expect, it } from 'vitest';
import { createCsiReader } from '../../src/collect/engines/csi/reader.ts';
import { createLonghornReader } from '../../src/collect/engines/longhorn/reader.ts';
import type { EngineReader } from '../../src/collect/engine.ts';
import { DAY_MS } from '../../src/domain/time.ts';
import { csiSnapshots } from '../../src/world/engines/csi.ts';
import { longhornJob } from '../../src/world/engines/longhorn.ts';
import type { EngineFaultScript, EnginePolicyPlan } from '../../src/world/engines/workload.ts';
import { cadenceOf } from '../../src/world/home/cadence.ts';
import type { WorldEvent } from '../../src/world/home/world-event.ts';
import { claimFact } from '../support/judged-facts.ts';
import { liveEngine } from '../support/live-engine.ts';

const BEGIN = Date.parse('2026-11-02T00:00:00Z');
const DAYS = 14;
const END = BEGIN + DAYS * DAY_MS;
const SINCE = END - 4 * DAY_MS;
const frame = { seed: 11, anchor: END, begin: BEGIN };
const NAMES = ['orders', 'photos'];

function planOf(script: EngineFaultScript | null): EnginePolicyPlan {
  return {
    name: 'nightly',
    namespace: 'longhorn-system',
    cadence: cadenceOf('six-hourly', 10),
    createdAt: BEGIN,
    claims: NAMES.map((name) => ({
      namespace: 'shop',
      app: name,
      workload: 'Deployment',
      name,
      gib: 20,
      files: 3_000,
    })),
    fault: script && { script, since: SINCE },
  };
}

/** From simulated objects to findings. */
function live(reader: EngineReader, life: Iterable<WorldEvent>, watched: string) {
  const born = { createdAt: new Date(BEGIN) };
  const resources = NAMES.map((name) => claimFact('shop', name, born));
  return liveEngine({ reader, life, watched, resources, begin: BEGIN, end: END });
}

const longhorn = (script: EngineFaultScript | null) =>
  live(createLonghornReader(), longhornJob(frame, planOf(script)), 'longhorn.io/backups');
const snapshots = (script: EngineFaultScript | null) =>
  live(
    createCsiReader(),
    csiSnapshots(frame, planOf(script)),
    'snapshot.storage.k8s.io/volumesnapshots',
  );
const both = (kind: string) => NAMES.map((name) => `${kind} shop/${name}`);

describe('Longhorn, from its objects to findings', () => {
  it('is quiet while all is well, also when nothing new makes it skip (FM-24)', async () => {
    expect(await longhorn(null)).toMatchObject({ open: [], raised: 0 });
  });

  it('finds detached volumes that nothing backs up, and nothing else (FM-22)', async () => {
    expect((await longhorn('detached')).open).toEqual(both('detached-volume'));
  });

  it('finds failures that Longhorn has forgotten (FM-23)', async () => {
    const { open } = await longhorn('failing');
    expect(open).toEqual([...both('failure-streak'), ...both('rpo-breach')]);
  });

  it('finds a target that cannot be reached', async () => {
    const { open } = await longhorn('repository-unavailable');
    expect(open).toContain('location-unavailable null');
  });

  it('finds a hanging backup that holds up what follows (FM-23)', async () => {
    const { findings } = await longhorn('stuck');
    const stuck = findings.filter(({ kind }) => kind === 'stuck-run');
    expect(stuck.map(({ subject }) => `stuck-run ${subject.resource}`).sort()).toEqual(
      both('stuck-run'),
    );
    expect(new Set(stuck.map(({ cause }) => cause?.code))).toEqual(new Set(['FM-23']));
  });

  it('finds a job that stopped, claim by claim', async () => {
    const { open } = await longhorn('stopped');
    expect(open).toEqual([...both('missed-run'), ...both('rpo-breach')]);
  });

  it('finds a policy that has never succeeded', async () => {
    const { open } = await longhorn('never-succeeded');
    expect(open).toContain('never-succeeded null');
  });
});

describe('VolumeSnapshots, from their objects to findings', () => {
  it('protect nothing, however many there are', async () => {
    expect((await snapshots(null)).open).toEqual(both('not-covered'));
  });

  it('are found when they do not become ready (FM-07)', async () => {
    for (const script of ['failing', 'stuck'] as const)
      expect((await snapshots(script)).open).toEqual([
        ...both('not-covered'),
        ...both('snapshot-not-ready'),
      ]);
  });
});
