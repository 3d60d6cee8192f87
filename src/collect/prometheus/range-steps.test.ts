import { assert, integer, property } from 'fast-check';
import { expect, it } from 'vitest';
import { halvesOf, joinSeries, piecesOf } from './range-steps.ts';

function instantsOf({ from, until, stepSeconds }: ReturnType<typeof piecesOf>[number]): number[] {
  const instants: number[] = [];
  for (let at = from.getTime(); at <= until.getTime(); at += stepSeconds * 1_000) instants.push(at);
  return instants;
}

it('covers every grid point of a span once, in pieces and in halves of them', () => {
  const seconds = integer({ min: 0, max: 200_000 });
  assert(
    property(seconds, seconds, integer({ min: 1, max: 900 }), (from, length, stepSeconds) => {
      const span = {
        from: new Date(from * 1_000),
        until: new Date((from + length) * 1_000),
        stepSeconds,
      };
      const pieces = piecesOf(span);
      const wanted: number[] = [];
      for (
        let at = Math.ceil(from / stepSeconds) * stepSeconds;
        at <= from + length;
        at += stepSeconds
      )
        wanted.push(at * 1_000);
      expect(pieces.flatMap(instantsOf)).toEqual(wanted);
      expect(pieces.every((piece) => instantsOf(piece).length <= 5_001)).toBe(true);
      const halves = pieces.flatMap((piece) => halvesOf(piece) ?? [piece]);
      expect(halves.flatMap(instantsOf)).toEqual(wanted);
    }),
    { numRuns: 50 },
  );
});

it('cannot halve an instant', () => {
  const at = new Date(0);
  expect(halvesOf({ from: at, until: at, stepSeconds: 60 })).toBeNull();
});

const sample = (value: number) => ({ at: new Date(value), value });

it('joins series by their labels, whatever their order', () => {
  const joined = joinSeries([
    [{ labels: { a: '1', b: '2' }, samples: [sample(1)] }],
    [
      { labels: { b: '2', a: '1' }, samples: [sample(2)] },
      { labels: { a: '1' }, samples: [sample(3)] },
    ],
  ]);
  expect(joined.map(({ samples }) => samples.map(({ value }) => value))).toEqual([[1, 2], [3]]);
});
