import { expect, it } from 'vitest';
import { createFakeStore } from '../../test/support/fake-store.ts';
import type { FakeStore } from '../../test/support/fake-store.ts';
import { CLUSTER, claimFact, runFact, sourceFact } from '../../test/support/judged-facts.ts';
import { defaultSettings } from '../analyze/detectors/job-detectors.ts';
import { emptyBatch } from '../domain/facts.ts';
import { DAY_MS, MINUTE_MS } from '../domain/time.ts';
import { createClusterJudge } from './judge-cluster.ts';

const START = Date.parse('2026-10-01T02:00:00Z');
const at = (nights: number) => new Date(START + nights * DAY_MS);
const source = sourceFact('media', 'photos', {
  schedule: { type: 'cron', expression: '0 2 * * *', timeZone: 'UTC', dialect: 'volsync' },
});
const judgeOf = (store: FakeStore) =>
  createClusterJudge({ store, tenantId: 'local', clusterId: CLUSTER, settings: defaultSettings });

/** A night of a job that saves so much. */
async function save(store: FakeStore, night: number, gigabytes: number): Promise<void> {
  const startedAt = new Date(at(night).getTime() + MINUTE_MS);
  const run = runFact(source, startedAt, { logicalBytes: gigabytes * 1e9, files: null });
  const window = { kind: 'ReplicationSource', from: at(night), until: at(night + 1) };
  const batch = { ...emptyBatch(CLUSTER, at(night + 1)), runs: [run], observedWindows: [window] };
  await store.saveFacts('local', batch);
}

/** … judged in the morning by a judge that knows only what is stored. */
async function judged(store: FakeStore, night: number, gigabytes: number): Promise<void> {
  await save(store, night, gigabytes);
  await judgeOf(store).judge(at(night + 0.3));
}

async function shrunk(): Promise<FakeStore> {
  const store = createFakeStore();
  const first = { resources: [claimFact('media', 'photos')], policies: [source], problems: [] };
  await store.saveFacts('local', { ...emptyBatch(CLUSTER, at(0)), ...first });
  for (let night = 0; night < 30; night += 1) await judged(store, night, 50 + (night % 3));
  await judged(store, 30, 8);
  return store;
}
const open = (store: FakeStore) => [...store.open.values()].map(({ kind }) => kind);
const mark = (store: FakeStore, night: number, undone: boolean) => {
  const { policyId } = source;
  const { resourceId } = claimFact('media', 'photos');
  store.mark({ kind: 'size-drop', policyId, resourceId, at: at(night), undone });
};

it('a level that a person expects is usual from then on, until that is taken back', async () => {
  const store = await shrunk();
  expect(open(store)).toEqual(['size-drop']);
  // By a clock ahead of the cluster's.
  mark(store, 33, false);
  await judgeOf(store).judge(at(30.4));
  expect(open(store)).toEqual([]);
  for (let night = 31; night < 35; night += 1) await judged(store, night, 8.1);
  expect(open(store)).toEqual([]);
  mark(store, 34.5, true);
  await judgeOf(store).judge(at(34.6));
  await judged(store, 35, 8.1);
  expect(open(store)).toEqual(['size-drop']);
});

it('the finding itself comes back when the mark is taken back before the next run', async () => {
  const store = await shrunk();
  mark(store, 30.4, false);
  await judgeOf(store).judge(at(30.4));
  mark(store, 30.5, true);
  await judgeOf(store).judge(at(30.5));
  expect(open(store)).toEqual(['size-drop']);
});

it('a mark is taken in once, also by a judge that was away for days', async () => {
  const [calm, away] = [await shrunk(), await shrunk()];
  for (const store of [calm, away]) mark(store, 30.4, false);
  for (let night = 31; night < 34; night += 1) {
    await judged(calm, night, 8.1);
    await save(away, night, 8.1);
  }
  await judgeOf(away).judge(at(33.3));
  expect([open(calm), open(away)]).toEqual([[], []]);
  for (const store of [calm, away]) {
    await judged(store, 34, 8.1);
    expect(open(store)).toEqual([]);
    await judged(store, 35, 1);
    expect(open(store)).toEqual(['size-drop']);
  }
});
