import { expect, it } from 'vitest';
import { emptyBatch, type FactBatch } from '../domain/facts.ts';
import { MINUTE_MS } from '../domain/time.ts';
import { createFactKeeper } from './fact-keeper.ts';

const T0 = Date.parse('2026-11-21T05:00:00Z');
const minutes = (count: number): Date => new Date(T0 + count * MINUTE_MS);

function keeping() {
  const saved: FactBatch[] = [];
  let broken = false;
  const keeper = createFactKeeper(
    {
      saveFacts: async (_tenant, batch) => {
        if (broken) throw new Error('the store is gone');
        saved.push(batch);
        return { revision: saved.length, changed: true };
      },
    },
    'local',
  );
  const watched = (from: number, until: number, rest: Partial<FactBatch> = {}): Promise<void> =>
    keeper.save({
      ...emptyBatch('cluster', minutes(until)),
      observedWindows: [{ kind: 'Backup', from: minutes(from), until: minutes(until) }],
      ...rest,
    });
  return { saved, keeper, watched, breakStore: (now: boolean) => void (broken = now) };
}

it('holds proof of watching back, joined, until something else is written', async () => {
  const { saved, keeper, watched } = keeping();
  await watched(0, 1);
  await watched(1, 4);
  await watched(4, 7);
  expect(saved).toHaveLength(1);
  const held = { kind: 'Backup', from: minutes(1), until: minutes(7) };
  expect(keeper.windows()).toEqual([held]);
  await watched(7, 8, { removedPolicyIds: ['gone'] });
  expect(saved[1]?.observedWindows).toEqual([{ ...held, until: minutes(8) }]);
  expect(keeper.windows()).toEqual([]);
});

it('holds it no longer than a gap that is bridged', async () => {
  const { saved, watched } = keeping();
  await watched(0, 1);
  await watched(1, 10);
  expect(saved).toHaveLength(1);
  await watched(10, 11);
  expect(saved[1]?.observedWindows).toEqual([
    { kind: 'Backup', from: minutes(1), until: minutes(11) },
  ]);
});

it('keeps two stretches with a gap between them apart', async () => {
  const { keeper, watched } = keeping();
  await watched(0, 1);
  await watched(1, 2);
  await watched(3, 4);
  expect(keeper.windows()).toHaveLength(2);
});

it('writes a problem at once, and loses nothing when a write fails', async () => {
  const { saved, keeper, watched, breakStore } = keeping();
  await watched(0, 1);
  await watched(1, 2);
  breakStore(true);
  await expect(watched(2, 3, { problems: [] })).rejects.toThrow('the store is gone');
  breakStore(false);
  await keeper.store();
  expect(saved[1]?.observedWindows).toEqual([
    { kind: 'Backup', from: minutes(1), until: minutes(2) },
  ]);
});
