import { describe, expect, it } from 'vitest';
import { nightly, nights } from '../../../test/support/run-lines.ts';
import { replayRuns } from './replay-runs.ts';

async function kinds(lines: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { kind, raisedAt } of replayRuns(lines)) found.push(`${kind} ${raisedAt}`);
  return found;
}

const GIB = 2 ** 30;
const moved = (day: number, addedBytes: number) =>
  nightly(day, {
    engine: 'kopiur',
    addedBytes,
    dedupRatio: 3,
    endedAt: `2026-11-${String(day).padStart(2, '0')}T03:40:00Z`,
  });
const stored = (day: number, fields = {}) => nightly(day, { addedBytes: 200 * GIB, ...fields });

describe('a job that moves to another engine', () => {
  const uploads = [moved(16, 300 * GIB), ...[17, 18, 19, 20, 21].map((day) => moved(day, 2e8))];

  it('stores and copies in a new way, which is no surprise', async () => {
    expect(await kinds([...nights(1, 15), ...uploads])).toEqual([]);
  });

  it('still knows how much data it held', async () => {
    const lost = nightly(22, { engine: 'kopiur', logicalBytes: 20e9, files: 4_000 });
    expect(await kinds([...nights(1, 15), ...uploads, lost])).toEqual([
      'size-drop 2026-11-22T02:35:00Z',
    ]);
  });
});

describe('much data stored anew', () => {
  it('is the first full backup at a weekend, when all else is as usual', async () => {
    expect(await kinds([...nights(1, 21), stored(22), ...nights(23, 24)])).toEqual([]);
  });

  it('is a blow-up on another day, and when deduplication is not known to be as usual', async () => {
    expect(await kinds([...nights(1, 23), stored(24), nightly(25)])).toEqual([
      'size-spike 2026-11-24T02:35:00Z',
    ]);
    expect(await kinds([...nights(1, 21), stored(22, { dedupRatio: 1.2 })])).toEqual([
      'added-surge 2026-11-22T02:35:00Z',
    ]);
  });
});
