import { describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import { createCsiReader } from '../../src/collect/engines/csi/reader.ts';
import { createLonghornReader } from '../../src/collect/engines/longhorn/reader.ts';
import type { EngineContext, EngineReader } from '../../src/collect/engine.ts';
import { emptyBatch, type FactBatch } from '../../src/domain/facts.ts';
import { DAY_MS, MINUTE_MS } from '../../src/domain/time.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { csiSnapshots } from '../../src/world/engines/csi.ts';
import { longhornJob } from '../../src/world/engines/longhorn.ts';
import type { EngineFaultScript, EnginePolicyPlan } from '../../src/world/engines/workload.ts';
import { cadenceOf } from '../../src/world/home/cadence.ts';
import type { WorldEvent } from '../../src/world/home/world-event.ts';
import { createFakeStore } from '../support/fake-store.ts';
import { CLUSTER, claimFact } from '../support/judged-facts.ts';

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

/** Events of a stretch of time as the facts a reader makes of them. */
function batchOf(
  reader: EngineReader,
  events: readonly WorldEvent[],
  context: EngineContext,
  until: number,
): FactBatch {
  const batch = emptyBatch(CLUSTER, new Date(until));
  for (const { at, change, object } of events) {
    const read = change === 'put' ? reader.onObject : reader.onDeleted;
    const facts = read(object.kind, object, new Date(at), context);
    expect(facts.problems ?? []).toEqual([]);
    batch.policies.push(...(facts.policies ?? []));
    batch.repositories.push(...(facts.repositories ?? []));
    batch.runs.push(...(facts.runs ?? []));
    batch.restorePoints.push(...(facts.restorePoints ?? []));
    batch.removedPolicyIds.push(...(facts.removedPolicyIds ?? []));
    batch.removedRestorePointIds.push(...(facts.removedRestorePointIds ?? []));
  }
  return batch;
}

/** Collects and judges every half hour; gives what is open at the end and what was ever raised. */
async function live(reader: EngineReader, life: Iterable<WorldEvent>, watched: string) {
  const store = createFakeStore();
  const judge = createClusterJudge({
    store,
    tenantId: 'local',
    clusterId: CLUSTER,
    settings: defaultSettings,
  });
  const context: EngineContext = {
    clusterId: CLUSTER,
    timeZone: 'UTC',
    memoryOf: () => null,
    claimByUid: () => null,
    claimOfPodVolume: () => null,
    claimOfVolume: () => null,
  };
  const born = { createdAt: new Date(BEGIN) };
  const resources = NAMES.map((name) => claimFact('shop', name, born));
  await store.saveFacts('local', {
    ...emptyBatch(CLUSTER, new Date(BEGIN)),
    resources,
    problems: [],
  });
  const events = life[Symbol.iterator]();
  let next = events.next();
  for (let from = BEGIN; from < END; from += 30 * MINUTE_MS) {
    const until = from + 30 * MINUTE_MS;
    const due: WorldEvent[] = [];
    for (; next.done !== true && next.value.at < until; next = events.next()) due.push(next.value);
    const window = { kind: watched, from: new Date(from), until: new Date(until) };
    const batch = batchOf(reader, due, context, until);
    await store.saveFacts('local', { ...batch, observedWindows: [window] });
    await judge.judge(new Date(until));
  }
  const changes = store.judgements.flatMap((one) => one.findings);
  return {
    open: [...store.open.values()].map(({ kind, subject }) => `${kind} ${subject.resource}`).sort(),
    raised: changes.filter(({ change }) => change === 'raised').length,
    findings: [...store.open.values()],
  };
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
