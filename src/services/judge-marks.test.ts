import { expect, it } from 'vitest';
import { createFakeStore } from '../../test/support/fake-store.ts';
import type { FakeStore } from '../../test/support/fake-store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../test/support/judged-facts.ts';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { emptyBatch } from '../domain/facts.ts';
import { HOUR_MS, MINUTE_MS } from '../domain/time.ts';
import { createClusterJudge } from './judge-cluster.ts';

const START = Date.parse('2026-11-02T00:00:00Z');
const at = (hours: number) => new Date(START + hours * HOUR_MS);
const source = sourceFact('media', 'photos');
const judgeOf = (store: FakeStore) =>
  createClusterJudge({ store, tenantId: 'local', clusterId: CLUSTER, settings: defaultSettings });

/** An hour of an hourly job that saves so much; a judge that knows only what is stored. */
async function hour(store: FakeStore, hours: number, gigabytes: number): Promise<void> {
  const startedAt = new Date(at(hours).getTime() + MINUTE_MS);
  const run = runFact(source, startedAt, { logicalBytes: gigabytes * 1e9, files: null });
  const window = { kind: 'ReplicationSource', from: at(hours), until: at(hours + 1) };
  const batch = { ...emptyBatch(CLUSTER, at(hours + 1)), runs: [run], observedWindows: [window] };
  await store.saveFacts('local', batch);
  await judgeOf(store).judge(at(hours + 1));
}

async function shrunk(): Promise<FakeStore> {
  const store = createFakeStore();
  const first = { resources: [claimFact('media', 'photos')], policies: [source], problems: [] };
  await store.saveFacts('local', { ...emptyBatch(CLUSTER, at(0)), ...first });
  for (let hours = 0; hours < 30; hours += 1) await hour(store, hours, 50 + (hours % 3));
  await hour(store, 30, 8);
  return store;
}
const open = (store: FakeStore) => [...store.open.values()].map(({ kind }) => kind);
const mark = (store: FakeStore, atHours: number, undone: boolean) => {
  const { policyId } = source;
  const { resourceId } = claimFact('media', 'photos');
  store.mark({ kind: 'size-drop', policyId, resourceId, at: at(atHours), undone });
};

it('a level that a person expects is usual from then on, until that is taken back', async () => {
  const store = await shrunk();
  expect(open(store)).toEqual(['size-drop']);
  // By a clock ahead of the cluster's.
  mark(store, 33, false);
  await judgeOf(store).judge(at(31));
  expect(open(store)).toEqual([]);
  for (let hours = 31; hours < 36; hours += 1) await hour(store, hours, 8.1);
  expect(open(store)).toEqual([]);
  mark(store, 36, true);
  await judgeOf(store).judge(at(36));
  await hour(store, 36, 8.1);
  expect(open(store)).toEqual(['size-drop']);
});

it('a mark is taken in once, also by a judge that was away for days', async () => {
  const store = await shrunk();
  mark(store, 31.2, false);
  for (let hours = 31; hours < 80; hours += 1) {
    const run = runFact(source, new Date(at(hours).getTime() + MINUTE_MS), { logicalBytes: 8e9 });
    await store.saveFacts('local', { ...emptyBatch(CLUSTER, at(hours + 1)), runs: [run] });
  }
  await judgeOf(store).judge(at(80));
  expect(open(store).filter((kind) => kind === 'size-drop')).toEqual([]);
  await judgeOf(store).judge(at(80));
  expect(open(store).filter((kind) => kind === 'size-drop')).toEqual([]);
});
