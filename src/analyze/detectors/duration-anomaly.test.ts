import { describe, expect, it } from 'vitest';
import { nightly, seeded } from '../../../test/support/run-lines.ts';
import { replayRuns } from '../replay/replay-runs.ts';

/** Nights of so many minutes each, within a tenth. */
function nightsOf(minutes: readonly number[]): string[] {
  const random = seeded(5);
  return minutes.map((length, index) => {
    const started = Date.parse('2026-09-01T02:00:41Z') + index * 86_400_000;
    const ended = started + length * 60_000 * (0.95 + random() / 10);
    const [startedAt, endedAt] = [new Date(started), new Date(ended)].map((at) => at.toISOString());
    return nightly(1, { dueAt: null, startedAt, endedAt });
  });
}

async function tooFast(minutes: readonly number[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { kind, sentence } of replayRuns(nightsOf(minutes)))
    if (kind === 'duration-anomaly' && sentence.includes('shorter')) found.push(sentence);
  return found;
}

describe('duration-anomaly', () => {
  it('does not compare a usual run with the first ones, which copied everything', async () => {
    expect(await tooFast([250, 260, 20, 22, 19])).toEqual([]);
    expect(await tooFast([250, 260, 245, 255, 20, 22, 19])).toEqual([]);
  });

  it('tells a run far too fast from the sixth on', async () => {
    expect(await tooFast([250, 260, 245, 255, 250, 20])).toHaveLength(1);
  });
});
