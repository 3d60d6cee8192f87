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

async function sentencesOf(lines: readonly string[], word: 'longer' | 'shorter') {
  const found: string[] = [];
  for await (const { kind, sentence } of replayRuns(lines))
    if (kind === 'duration-anomaly' && sentence.includes(word)) found.push(sentence);
  return found;
}

const tooFast = (lines: readonly string[]) => sentencesOf(lines, 'shorter');
const tooSlow = (lines: readonly string[]) => sentencesOf(lines, 'longer');

const withMuchData = (line: string) => JSON.stringify({ ...JSON.parse(line), addedBytes: 3e11 });

/** Forty nights of twenty minutes from a Tuesday on, but for those that are named. */
function fortyNights(others: Readonly<Record<number, number>>): number[] {
  return Array.from({ length: 40 }, (_, night) => others[night] ?? 20);
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

  // Night 5 is the first Sunday; of the first full backup nobody knows that it is one.
  it('takes the first long Sunday for a full backup where nobody knows what runs stored', async () => {
    const unknown = { addedBytes: null };
    expect(await tooSlow(nightsOf(fortyNights({ 5: 200 }), unknown))).toEqual([]);
    expect(await tooSlow(nightsOf(fortyNights({ 7: 200 }), unknown))).toHaveLength(1);
    expect(await tooSlow(nightsOf(fortyNights({ 26: 200 }), unknown))).toHaveLength(1);
    expect(await tooSlow(nightsOf(fortyNights({ 5: 200 }), { addedBytes: 2e9 }))).toHaveLength(1);
  });

  it.each([
    ['much longer', 200],
    ['much shorter', 5],
  ])('knows Sundays once they were seen, also where each was %s', async (_, usual) => {
    const sundays = [5, 12, 19, 26].map((night) => [night, usual] as const);
    const lengths = fortyNights(Object.fromEntries([...sundays, [33, 1_300]]));
    expect(await tooSlow(nightsOf(lengths, { addedBytes: null }))).toHaveLength(1);
  });

  it('tells no full backup of a Sunday that takes no longer than what it stores explains', async () => {
    const lengths = Array.from({ length: 40 }, (_, night) => (night % 7 === 5 ? 55 : 20));
    const plain = nightsOf(lengths, { addedBytes: 2e9 });
    const lines = plain.map((line, night) => (night % 7 === 5 ? withMuchData(line) : line));
    expect(await tooSlow(lines)).toEqual([]);
    expect(await tooSlow(plain)).toHaveLength(1);
  });
});
