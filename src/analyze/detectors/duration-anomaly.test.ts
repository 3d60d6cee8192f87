import { describe, expect, it } from 'vitest';
import { nightly, seeded } from '../../../test/support/run-lines.ts';
import type { LineFields } from '../../../test/support/run-lines.ts';
import { replayRuns } from '../replay/replay-runs.ts';

/** Nights of so many minutes each, within a tenth, that stored so much a minute, or what else is said of them. */
function nightsOf(minutes: readonly number[], said?: LineFields): string[] {
  const random = seeded(5);
  return minutes.map((length, index) => {
    const started = Date.parse('2026-09-01T02:00:41Z') + index * 86_400_000;
    const ended = started + length * 60_000 * (0.95 + random() / 10);
    const [startedAt, endedAt] = [new Date(started), new Date(ended)].map((at) => at.toISOString());
    return nightly(1, { addedBytes: length * 1e8, ...said, dueAt: null, startedAt, endedAt });
  });
}

async function tooFast(lines: readonly string[]): Promise<string[]> {
  const found: string[] = [];
  for await (const { kind, sentence } of replayRuns(lines))
    if (kind === 'duration-anomaly' && sentence.includes('shorter')) found.push(sentence);
  return found;
}

describe('duration-anomaly', () => {
  it.each([
    ['that stored far more', {}],
    ['of which nobody knows what they stored', { addedBytes: null }],
  ])('does not compare a usual run with a few first ones %s', async (_, said) => {
    expect(await tooFast(nightsOf([250, 260, 20, 22, 19], said))).toEqual([]);
    expect(await tooFast(nightsOf([250, 260, 245, 255, 20, 22, 19], said))).toEqual([]);
  });

  it('tells a third run far too fast for what it stored', async () => {
    expect(await tooFast(nightsOf([250, 260, 10], { addedBytes: 9e9 }))).toHaveLength(1);
  });

  it('tells a sixth run far too fast whatever it stored', async () => {
    expect(await tooFast(nightsOf([250, 260, 245, 255, 250, 20]))).toHaveLength(1);
  });
});
