import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { jsonPieces } from './json-pieces.ts';

const joined = (value: object): string => [...jsonPieces(value)].join('');

test('pieces of any value, joined, are its JSON', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.dictionary(fc.string(), fc.anything()), fc.array(fc.anything())),
      (any) => {
        const value: unknown = JSON.parse(JSON.stringify(any) ?? '{}');
        expect(joined(value as object)).toBe(JSON.stringify(value));
      },
    ),
  );
});

test('instants, lists of thousands and members that are not there are told as JSON tells them', () => {
  const rows = Array.from({ length: 1_234 }, (_, index) => ({
    index,
    at: new Date(index),
    no: undefined,
  }));
  const value = { at: new Date(0), left: undefined, rows, deep: { rows, none: [], nothing: {} } };
  expect(joined(value)).toBe(JSON.stringify(value));
  expect(Math.max(...[...jsonPieces(value)].map(({ length }) => length))).toBeLessThan(5_000);
});
