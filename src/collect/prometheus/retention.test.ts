import { expect, it } from 'vitest';
import { DAY_MS, HOUR_MS } from '../../domain/time.ts';
import { retentionOf } from './retention.ts';

it.each([
  ['15d', 15 * DAY_MS],
  ['1w2d', 9 * DAY_MS],
  ['90h or 10GiB', 90 * HOUR_MS],
  ['10GiB', Infinity],
  ['0s', Infinity],
  ['', Infinity],
])('%s', (text, milliseconds) => {
  expect(retentionOf(text)).toBe(milliseconds);
});
