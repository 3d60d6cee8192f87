import { describe, expect, it } from 'vitest';
import type { Schedule } from '../../domain/facts.ts';
import { dueTimes, intervalSeconds, readSchedule } from './due-times.ts';

const cnpg = (expression: string): Schedule => ({
  type: 'cron',
  expression,
  timeZone: 'UTC',
  dialect: 'cnpg',
});
const MONDAY = new Date('2026-11-02T00:00:00Z');
const due = (expression: string, until: string) =>
  [...dueTimes(cnpg(expression), MONDAY, new Date(until))].map((at) => at.toISOString());

describe('CloudNativePG’s schedules', () => {
  it('have the seconds first', () => {
    expect(due('0 0 3 * * *', '2026-11-04T00:00:00Z')).toEqual([
      '2026-11-02T03:00:00.000Z',
      '2026-11-03T03:00:00.000Z',
    ]);
    expect(due('30 15 4 * * SUN', '2026-11-09T00:00:00Z')).toEqual(['2026-11-08T04:15:00.000Z']);
  });

  it('leave out the weekday in five fields: the nightly one that runs every hour', () => {
    expect(intervalSeconds(cnpg('0 3 * * *'), MONDAY)).toBe(3_600);
    expect(due('0 3 * * *', '2026-11-02T02:00:00Z')).toEqual([
      '2026-11-02T00:03:00.000Z',
      '2026-11-02T01:03:00.000Z',
    ]);
  });

  it.each([
    ['@daily', 86_400],
    ['@every 12h', 43_200],
  ])('%s is every %i s', (expression, seconds) => {
    expect(intervalSeconds(cnpg(expression), MONDAY)).toBe(seconds);
  });

  it.each(['* * * * * *', '0 0 3', '0 0 25 * * *', '@sometimes', ''])(
    'of %j nothing is derived',
    (expression) => {
      expect(readSchedule(cnpg(expression)).type).toBe('unknown');
    },
  );
});
