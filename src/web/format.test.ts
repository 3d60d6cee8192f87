import { describe, expect, it } from 'vitest';
import { ago, byteSize, duration, percent, quantity } from './format.ts';

describe('what people read', () => {
  it('keeps the two largest units of a duration', () => {
    expect([0, 59, 61, 3_600, 90_061, 8_640_000, -5].map(duration)).toEqual([
      '0 s',
      '59 s',
      '1 min 1 s',
      '1 h',
      '1 d 1 h',
      '100 d',
      '0 s',
    ]);
  });
  it('never rounds a chance to impossible or certain', () => {
    expect([0, 0.004, 0.426, 0.995, 1].map(percent)).toEqual([
      '0 %',
      '< 1 %',
      '43 %',
      '> 99 %',
      '100 %',
    ]);
  });
  it('counts bytes in binary units', () => {
    expect([0, 1_023, 1_024, 1_610_612_736, 420_000_000_000].map(byteSize)).toEqual([
      '0 B',
      '1023 B',
      '1.0 KiB',
      '1.5 GiB',
      '391 GiB',
    ]);
  });
  it('says that a value is not known', () => {
    expect(quantity(null, 'B')).toBe('not known');
    expect(quantity(90, 's')).toBe('1 min 30 s');
    expect(quantity(false, '1')).toBe('false');
  });
  it('tells how long ago', () => {
    const now = Date.parse('2026-11-21T12:00:00Z');
    expect(ago('2026-11-21T11:59:40Z', now)).toBe('just now');
    expect(ago('2026-11-21T09:00:00Z', now)).toBe('3 hours ago');
    expect(ago('2026-11-11T12:00:00Z', now)).toBe('10 days ago');
  });
});
