import { describe, expect, it } from 'vitest';
import { createExceptions, EXCEPTION_SLOTS } from './exceptions.ts';

const exceptions = createExceptions(0);

/** When an instant falls in week, day and month. */
function calendarOf(text: string) {
  const at = new Date(text);
  return {
    weekday: at.getUTCDay(),
    dayPart: Math.floor(at.getUTCHours() / 3),
    monthDay: at.getUTCDate(),
  };
}

function remembers(first: string, second: string): boolean {
  const memory = new Int16Array(EXCEPTION_SLOTS);
  exceptions.learn(memory, calendarOf(first), 500);
  return exceptions.near(memory, calendarOf(second), 450) !== 0;
}

describe('an exception', () => {
  it('is expected at the same time of a later week', () => {
    expect(remembers('2026-11-01T02:00:00Z', '2026-11-08T02:20:00Z')).toBe(true);
    expect(remembers('2026-10-25T23:50:00Z', '2026-11-02T00:10:00Z')).toBe(true);
  });

  it('is expected on the same day of a later month', () => {
    expect(remembers('2026-10-15T02:00:00Z', '2026-11-15T09:00:00Z')).toBe(true);
  });

  it('is not expected again on the same day, nor on the next', () => {
    expect(remembers('2026-11-15T02:00:00Z', '2026-11-15T03:00:00Z')).toBe(false);
    expect(remembers('2026-11-15T02:00:00Z', '2026-11-15T20:00:00Z')).toBe(false);
    expect(remembers('2026-11-15T23:00:00Z', '2026-11-16T01:00:00Z')).toBe(false);
    expect(remembers('2026-11-30T23:00:00Z', '2026-12-01T01:00:00Z')).toBe(false);
  });

  it('is not expected at another time', () => {
    expect(remembers('2026-11-01T02:00:00Z', '2026-11-10T02:00:00Z')).toBe(false);
  });

  it('is known before its value is: the farthest above at such a time', () => {
    const memory = new Int16Array(EXCEPTION_SLOTS);
    const highest = (text: string) => exceptions.highest(memory, calendarOf(text));
    exceptions.learn(memory, calendarOf('2026-11-01T02:00:00Z'), 500);
    exceptions.learn(memory, calendarOf('2026-11-01T02:00:00Z'), 1_500);
    exceptions.learn(memory, calendarOf('2026-11-01T02:00:00Z'), -900);
    expect(highest('2026-11-08T02:20:00Z')).toBe(1_500);
    expect(highest('2026-11-09T14:00:00Z')).toBe(0);
  });
});
