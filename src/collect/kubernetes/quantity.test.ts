import { assert, nat, property, string } from 'fast-check';
import { expect, test } from 'vitest';
import { parseBytes, parseQuantity } from './quantity.ts';

test.each([
  ['1Gi', 2 ** 30],
  ['500M', 500e6],
  ['1e3', 1000],
  ['1E3', 1000],
  ['2E', 2e18],
  ['0.5', 0.5],
  ['.5Ki', 512],
  ['5.', 5],
  ['250m', 0.25],
  ['128974848', 128_974_848],
  ['-1Ki', -1024],
  ['+2k', 2000],
  [42, 42],
])('reads %s', (text, expected) => {
  expect(parseQuantity(text)).toBe(expected);
});

test.each([
  '',
  'Gi',
  '1GB',
  '1 Gi',
  '1e',
  '0x10',
  '1Gii',
  '1e3Ki',
  null,
  undefined,
  {},
  Number.NaN,
])('refuses %s', (value) => {
  expect(parseQuantity(value)).toBeNull();
});

test('every whole number of every binary suffix is exact', () => {
  const suffixes = ['', 'Ki', 'Mi', 'Gi', 'Ti'];
  assert(
    property(nat(8_000), nat(suffixes.length - 1), (count, power) => {
      expect(parseQuantity(`${count}${suffixes[power] ?? ''}`)).toBe(count * 1024 ** power);
    }),
  );
});

test('exponent and suffix agree', () => {
  assert(
    property(nat(100_000), (count) => {
      expect(parseQuantity(`${count}e6`)).toBe(parseQuantity(`${count}M`));
    }),
  );
});

test('any text gives a finite number or null', () => {
  assert(
    property(string(), (text) => {
      const read = parseQuantity(text);
      expect(read === null || Number.isFinite(read)).toBe(true);
    }),
  );
});

test('bytes are whole and not negative', () => {
  expect(parseBytes('1.5')).toBe(2);
  expect(parseBytes('100m')).toBe(1);
  expect(parseBytes('-1Gi')).toBeNull();
  expect(parseBytes('big')).toBeNull();
  expect(parseBytes('7Ei')).toBe(7 * 2 ** 60);
  expect(parseBytes('8Ei')).toBeNull();
});
