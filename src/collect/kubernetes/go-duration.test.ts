import { assert, integer, nat, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseGoDuration } from './go-duration.ts';

test.each([
  ['24.08989161s', 24.08989161],
  ['1h2m3.5s', 3723.5],
  ['1m3.2s', 63.2],
  ['-1m3.2s', -63.2],
  ['720h0m0s', 2_592_000],
  ['1.5h', 5400],
  ['250ms', 0.25],
  ['3µs', 3e-6],
  ['3us', 3e-6],
  ['0', 0],
  ['0s', 0],
  ['.5s', 0.5],
])('reads %s', (text, seconds) => {
  expect(parseGoDuration(text)).toBeCloseTo(seconds, 9);
});

test.each(['', '-', '5', '1d', '1h 2m', 's', '1hm', 'x1s', '1s!', 12, null, undefined])(
  'refuses %s',
  (value) => {
    expect(parseGoDuration(value)).toBeNull();
  },
);

test('what Go writes reads back', () => {
  assert(
    property(nat(10_000), nat(59), integer({ min: 0, max: 59_999 }), (h, m, millis) => {
      const expected = h * 3600 + m * 60 + millis / 1000;
      expect(parseGoDuration(`${h}h${m}m${millis / 1000}s`)).toBeCloseTo(expected, 6);
      expect(parseGoDuration(`-${h}h${m}m${millis / 1000}s`)).toBeCloseTo(-expected, 6);
    }),
  );
});

test('any text gives a finite number or null', () => {
  assert(
    property(string(), (text) => {
      const read = parseGoDuration(text);
      expect(read === null || Number.isFinite(read)).toBe(true);
    }),
  );
});
