import { describe, expect, it } from 'vitest';
import { bytes, duration, instant } from './quantity.ts';

describe('quantities', () => {
  it('shows two units at most', () => {
    expect(duration(41)).toBe('41 s');
    expect(duration(3_600 * 3 + 20 * 60 + 5)).toBe('3 h 20 min');
    expect(duration(86_400 * 2)).toBe('2 d');
    expect(duration(0.2)).toBe('0 s');
  });

  it('never shows unknown as a number', () => {
    expect(duration(null)).toBe('unknown');
    expect(bytes(null)).toBe('unknown');
  });

  it('uses binary units', () => {
    expect(bytes(0)).toBe('0 B');
    expect(bytes(1_536)).toBe('1.5 KiB');
    expect(bytes(421_337_000_000)).toBe('392.4 GiB');
  });

  it('says when, and how long ago', () => {
    expect(instant('2026-11-20T14:18:02Z', new Date('2026-11-21T00:00:00Z'))).toBe(
      '2026-11-20 14:18 UTC (9 h 41 min ago)',
    );
    expect(instant(null, new Date())).toBe('never');
  });
});
