import { expect, it, vi } from 'vitest';
import { PATIENCE_MS } from '../../test/support/patience.ts';
import { keepHouse } from './keep-house.ts';

const limits = { sampleDays: 30, rollupDays: 400, runDays: 400 };
const now = new Date('2026-11-21T07:00:00Z');

it('calls until nothing is left, tells of a failure, and ends with the signal', async () => {
  const stop = new AbortController();
  const left = [true, true, false];
  const tidied = vi.fn(async (_tenant: string, _today: Date, _limits: object) => ({
    partitions: 0,
    rows: 1,
    more: left.shift() ?? false,
  }));
  const common = { tenantId: 'local', clock: { now: () => now }, limits, firstAfterMs: 1 };
  const troubles: unknown[] = [];
  const onTrouble = (error: unknown) => void troubles.push(error);
  const good = keepHouse({ ...common, store: { keepHouse: tidied }, onTrouble }, stop.signal);
  const failing = { keepHouse: () => Promise.reject(new Error('no connection')) };
  const bad = keepHouse({ ...common, store: failing, onTrouble }, stop.signal);
  await vi.waitFor(
    () => expect([tidied.mock.calls.length, troubles.length]).toEqual([3, 1]),
    PATIENCE_MS,
  );
  expect(tidied.mock.calls[0]).toEqual(['local', now, { ...limits, rows: 20_000 }]);
  expect(troubles).toEqual([new Error('no connection')]);
  stop.abort();
  await Promise.all([good, bad]);
});
