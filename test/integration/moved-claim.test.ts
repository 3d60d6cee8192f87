import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { defaultSettings } from '../../src/analyze/detectors/job-detectors.ts';
import type { EngineFacts, KubernetesObject } from '../../src/collect/engine.ts';
import { createKopiurReader } from '../../src/collect/engines/kopiur/reader.ts';
import { createVolsyncReader } from '../../src/collect/engines/volsync/reader.ts';
import { emptyBatch } from '../../src/domain/facts.ts';
import { HOUR_MS, MINUTE_MS } from '../../src/domain/time.ts';
import { createClusterJudge } from '../../src/services/judge-cluster.ts';
import { openEmbeddedDoor } from '../../src/store/embedded/embedded-door.ts';
import type { Store } from '../../src/store/port.ts';
import { createStore } from '../../src/store/store.ts';
import { readingWith } from '../contracts/engine-reader.ts';
import { claimFact } from '../support/judged-facts.ts';

const CLUSTER = 'cluster';
const START = Date.parse('2026-11-02T00:00:00Z');
/** Hours until the claim moves, and between the old policy's end and the new one's begin. */
const MOVED = 30;
const at = (hours: number) => new Date(START + hours * HOUR_MS);
const stamp = (instant: Date) => `${instant.toISOString().slice(0, 19)}Z`;
const GIB = 1_024 ** 3;
let store: Store;
let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'plimsoll-moved-'));
  store = createStore(await openEmbeddedDoor({ directory }));
  await store.migrate();
});
afterAll(async () => {
  await store.close();
  await rm(directory, { recursive: true, force: true });
});

const metadata = (name: string, created: Date): Record<string, unknown> => ({
  name,
  namespace: 'media',
  uid: `uid-${name}`,
  creationTimestamp: stamp(created),
});

function source(name: string, synced: Date | null, paused = false): KubernetesObject {
  const done = {
    lastSyncTime: synced && stamp(synced),
    lastSyncDuration: '1m0s',
    latestMoverStatus: {
      result: 'Successful',
      logs: 'processed 900 files, 8.000 GiB in 0:50\nsnapshot 9be1f0aa saved',
    },
  };
  return {
    kind: 'ReplicationSource',
    metadata: metadata(name, at(-500)),
    spec: {
      sourcePVC: name,
      paused,
      trigger: { schedule: '10 * * * *' },
      restic: { repository: `${name}-restic` },
    },
    status: synced === null ? {} : done,
  };
}

const recipe = (name: string, created: Date): KubernetesObject => ({
  kind: 'SnapshotPolicy',
  metadata: metadata(name, created),
  spec: { repository: { name: 'nas' }, sources: [{ pvc: { name } }] },
});
const timer = (name: string, created: Date): KubernetesObject => ({
  kind: 'SnapshotSchedule',
  metadata: metadata(`${name}-hourly`, created),
  spec: { policyRef: { name }, schedule: { cron: '20 * * * *' } },
});

function snapshot(name: string, started: Date, bytes: number): KubernetesObject {
  const ended = new Date(started.getTime() + 40 * 1_000);
  return {
    kind: 'Snapshot',
    metadata: metadata(`${name}-${stamp(started)}`, started),
    spec: { policyRef: { name } },
    status: {
      phase: 'Succeeded',
      timing: { startTime: stamp(started), endTime: stamp(ended), durationSeconds: 40 },
      stats: { sizeBytes: bytes, bytesNew: 900_000, filesUnchanged: 900, filesFailed: 0 },
      snapshot: { kopiaSnapshotID: `k${started.getTime()}` },
      resolved: { sources: [{ pvc: `media/${name}` }] },
    },
  };
}

const judge = (tenant: string) =>
  createClusterJudge({
    store: store.system,
    tenantId: tenant,
    clusterId: CLUSTER,
    settings: defaultSettings,
  });

/** A tenant with one claim that VolSync has backed up hourly for 30 hours. */
async function livedIn(tenant: string) {
  const volsync = readingWith({ create: createVolsyncReader });
  const kopiur = readingWith({ create: createKopiurReader });
  await store.system.ensureTenant(tenant, 'owner');
  const cluster = { clusterId: CLUSTER, name: 'home', server: 'https://x', version: null };
  await store.system.saveCluster(tenant, { ...cluster, demo: false });
  const user = store.as({ tenantId: tenant, subject: 'owner' });

  /** Saves these facts as read at that hour, with both engines watched in the hour before, and judges. */
  async function pass(hours: number, ...facts: EngineFacts[]): Promise<void> {
    const batch = emptyBatch(CLUSTER, at(hours));
    for (const { problems: _told, ...one } of facts)
      for (const [table, rows] of Object.entries(one))
        Object.assign(batch, { [table]: [...(Reflect.get(batch, table) as unknown[]), ...rows] });
    const kinds = ['volsync.backube/replicationsources', 'kopiur.home-operations.com/snapshots'];
    const observedWindows = kinds.map((kind) => ({ kind, from: at(hours - 1), until: at(hours) }));
    await store.system.saveFacts(tenant, { ...batch, observedWindows, problems: [] });
    // Each pass begins from the store: what it needs must be there.
    await judge(tenant).judge(at(hours));
  }
  const claim = claimFact('media', 'photos');
  const resources = [{ ...claim, resourceId: claimIdOf() }];
  await store.system.saveFacts(tenant, { ...emptyBatch(CLUSTER, at(0)), resources });
  await pass(0, volsync.read(source('photos', null), at(0)));
  for (let hour = 1; hour <= MOVED; hour += 1) {
    const synced = new Date(at(hour - 1).getTime() + 11 * MINUTE_MS);
    await pass(hour, volsync.read(source('photos', synced), at(hour)));
  }
  const kindsOpen = async () =>
    (await user.listFindings({ state: 'open' })).items.map(({ kind }) => kind);
  const told = async () => (await user.listFindings({})).items.map(({ kind }) => kind);
  const whole = async () => (await user.showResource('media', 'photos', null))!;
  return { volsync, kopiur, user, pass, kindsOpen, told, whole };
}

function claimIdOf(): string {
  const { read } = readingWith({ create: createVolsyncReader });
  const synced = new Date(at(0).getTime() + 11 * MINUTE_MS);
  return read(source('photos', synced), at(1)).runs![0]!.resourceId!;
}

describe('a claim that moves from VolSync to kopiur', () => {
  it('keeps one timeline and stays quiet, a gap of two hours included', async () => {
    const { volsync, kopiur, pass, told, whole } = await livedIn('quiet');
    const created = at(MOVED + 1);
    await pass(MOVED + 1, volsync.remove(source('photos', at(MOVED)), at(MOVED + 1)));
    await pass(
      MOVED + 2,
      kopiur.read(recipe('photos', created), at(MOVED + 2)),
      kopiur.read(timer('photos', created), at(MOVED + 2)),
    );
    const waiting = await whole();
    expect(waiting.coverage).toMatchObject({ state: 'protected' });
    expect(waiting.coverage?.reason).toContain('takes over from ReplicationSource media/photos');
    expect(waiting.coverage?.lastSuccessAt).not.toBeNull();
    expect(waiting.risk?.readiness.level).toBe('listed');
    for (let hour = MOVED + 3; hour <= MOVED + 8; hour += 1) {
      const started = new Date(at(hour - 1).getTime() + 20 * MINUTE_MS);
      await pass(hour, kopiur.read(snapshot('photos', started, 8 * GIB), at(hour)));
    }
    const after = await whole();
    expect(new Set(after.runs.slice(0, 12).map(({ engine }) => engine))).toEqual(
      new Set(['kopiur', 'volsync']),
    );
    const starts = after.runs.map(({ startedAt }) => startedAt);
    expect(starts).toEqual(starts.toSorted().toReversed());
    expect(after.coverage?.reason).toContain('SnapshotPolicy media/photos takes it');
    expect(await told()).toEqual([]);
  });

  it('is judged by what it held before: an empty disk shows at kopiur’s first run', async () => {
    const { volsync, kopiur, pass, kindsOpen } = await livedIn('shrunk');
    const created = at(MOVED + 1);
    await pass(
      MOVED + 1,
      volsync.remove(source('photos', at(MOVED)), at(MOVED + 1)),
      kopiur.read(recipe('photos', created), at(MOVED + 1)),
      kopiur.read(timer('photos', created), at(MOVED + 1)),
    );
    const started = new Date(at(MOVED + 1).getTime() + 20 * MINUTE_MS);
    await pass(
      MOVED + 2,
      kopiur.read(snapshot('photos', started, Math.round(GIB / 100)), at(MOVED + 2)),
    );
    expect(await kindsOpen()).toContain('size-drop');
  });

  it('stays quiet too when the old policy is only paused', async () => {
    const { volsync, kopiur, pass, told, whole } = await livedIn('paused');
    const created = at(MOVED + 1);
    const last = new Date(at(MOVED - 1).getTime() + 11 * MINUTE_MS);
    await pass(
      MOVED + 1,
      volsync.read(source('photos', last, true), at(MOVED + 1)),
      kopiur.read(recipe('photos', created), at(MOVED + 1)),
      kopiur.read(timer('photos', created), at(MOVED + 1)),
    );
    expect((await whole()).coverage?.reason).toContain('takes over from ReplicationSource');
    for (let hour = MOVED + 2; hour <= MOVED + 8; hour += 1) {
      const started = new Date(at(hour - 1).getTime() + 20 * MINUTE_MS);
      await pass(hour, kopiur.read(snapshot('photos', started, 8 * GIB), at(hour)));
    }
    expect((await whole()).coverage?.state).toBe('protected');
    expect(await told()).toEqual([]);
  });

  it('that kopiur never takes is found', async () => {
    const { volsync, kopiur, pass, kindsOpen, whole } = await livedIn('lost');
    const created = at(MOVED + 1);
    await pass(
      MOVED + 1,
      volsync.remove(source('photos', at(MOVED)), at(MOVED + 1)),
      kopiur.read(recipe('photos', created), at(MOVED + 1)),
      kopiur.read(timer('photos', created), at(MOVED + 1)),
    );
    for (let hour = MOVED + 2; hour <= MOVED + 6; hour += 1) await pass(hour);
    expect(await kindsOpen()).toContain('never-succeeded');
    expect((await whole()).coverage?.state).toBe('never-succeeded');
  });
});
